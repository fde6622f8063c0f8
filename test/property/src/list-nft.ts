import { type ObservedTables, parseNftTable } from "@seawall/agent/core";
import type { NftTables, NftTextChain, NftTextTable } from "./nft-tables.ts";

/** What the agent reads of our table, from what `nft -j list table inet seawall` would print. */
export function observedNft(tables: NftTables): NonNullable<ObservedTables["nft"]> {
  const table = tables.get(name);
  if (table === undefined) return "absent";
  const parsed = parseNftTable(JSON.stringify({ nftables: listed(table) }));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.table;
}

/** All tables, whichever way they came about: nft lists what is in one in the order in which it was made. */
export function nftText(tables: NftTables): string {
  const all = [...tables]
    .toSorted(byName)
    .map(([table, { chains, sets, maps }]) => [
      table,
      [...chains].toSorted(byName),
      [...sets].map(([set, { members, ...rest }]) => [set, rest, members.toSorted()]).toSorted(),
      [...maps]
        .map(([map, { verdicts, ...rest }]) => [map, rest, [...verdicts].toSorted()])
        .toSorted(),
    ]);
  return JSON.stringify(all, undefined, 1);
}

const name = "seawall";
const common = { family: "inet", table: name } as const;

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function listed({ chains, sets, maps }: NftTextTable): readonly object[] {
  return [
    { table: { family: "inet", name } },
    ...[...sets].map(([set, { declaration, members }]) => ({
      set: { ...common, name: set, type: declaration, elem: members.map(memberOf) },
    })),
    ...[...maps].map(([map, { declaration, verdicts }]) => ({
      map: { ...common, name: map, type: declaration, elem: [...verdicts].map(entryOf) },
    })),
    ...[...chains].map(([chain, { base }]) => ({
      chain: { ...common, name: chain, ...baseOf(base) },
    })),
    ...[...chains].flatMap(([chain, { rules }]) =>
      rules.map((text) => ({ rule: { ...common, chain, ...ruleOf(text) } })),
    ),
  ];
}

function memberOf(cidr: string): unknown {
  const [addr, len] = cidr.split("/");
  const isSingle = len === undefined || len === (cidr.includes(":") ? "128" : "32");
  return isSingle ? addr : { prefix: { addr, len: Number(len) } };
}

function entryOf([key, verdict]: readonly [string, string]): unknown {
  const target = /^goto (?<to>.+)$/.exec(verdict)?.groups?.["to"];
  return [key, target === undefined ? { return: null } : { goto: { target } }];
}

function baseOf(base: NftTextChain["base"]): object {
  if (base === undefined) return {};
  return { type: "filter", hook: base.hook, prio: base.priority, policy: base.policy };
}

/** What a rule does is one thing of which only the text counts. */
function ruleOf(text: string): object {
  const found = /^(?<does>.*?) ?comment "(?<comment>[^"]*)"$/.exec(text)?.groups;
  return { comment: found?.["comment"] ?? "", expr: [found?.["does"] ?? text] };
}
