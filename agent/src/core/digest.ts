import { remembered } from "@seawall/policy";
import { nftReadBackOf } from "./nft-diff.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedNftTable } from "./parse-nft.ts";
import type { ObservedChain, ObservedFamily } from "./parse-save.ts";
import { tables } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";

/** What a chain says, without counters. Only comparable with what the same iptables printed before. */
export const chainDigest = remembered((chain: ObservedChain): string =>
  sha256(chain.rules.map(({ text }) => text).join("\n")),
);

/**
 * One digest over everything of ours in both families and both backends, as read back, with the content of the sets
 * that rules of ours name. The order of chains does not count.
 */
export const rulesetDigest = remembered(({ IPv4, IPv6, ipset, nft }: ObservedTables): string => {
  const tables = nft === undefined || nft === "absent" ? [] : [nftText(nft)];
  return sha256([familyText(IPv4, ipset), familyText(IPv6, ipset), ...tables].join("\n\n"));
});

function nftText(table: ObservedNftTable): string {
  const parts = [...nftReadBackOf(table)].map(([part, text]) => `${part} ${text}`);
  const contents = [...table.sets, ...table.maps].map(([name, { digest }]) => `${name} ${digest}`);
  return [...parts, ...contents].sort().join("\n");
}

function familyText(found: ObservedFamily | "absent", ipset: ObservedTables["ipset"]): string {
  if (found === "absent") return "absent";
  const rules = tables.flatMap((table) => {
    const { chains, jumps } = found.tables[table];
    return [
      ...[...chains.values()].map((chain) => `${table} ${chain.name} ${chainDigest(chain)}`).sort(),
      ...[...jumps].flatMap(([parent, there]) =>
        there.map(({ position, text }) => `${table} ${parent} ${String(position)} ${text}`),
      ),
    ];
  });
  const sets = [...found.setsInUse].sort().map((name) => `${name} ${setText(name, ipset)}`);
  return [...rules, ...sets].join("\n");
}

function setText(name: string, ipset: ObservedTables["ipset"]): string {
  return ipset === "missing" ? "unread" : (ipset.get(name)?.digest ?? "missing");
}
