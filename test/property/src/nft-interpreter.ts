import { checkDepth } from "./chain-depth.ts";
import type { KernelVerdict } from "./iptables-interpreter.ts";
import type { KernelPacket } from "./kernel-packet.ts";
import { type NftKernelRule, parseNftRule } from "./nft-rule.ts";
import type { NftTextTable } from "./nft-tables.ts";

/**
 * What a kernel would do with a packet, read from the text of a table of nftables alone. It knows chains, maps,
 * matches and verdicts and nothing of policies.
 */
export interface NftKernelTable {
  /** By hook, the chains that the kernel asks. */
  readonly bases: ReadonlyMap<string, readonly string[]>;
  readonly chains: ReadonlyMap<string, readonly NftKernelRule[]>;
  readonly maps: NftTextTable["maps"];
}

/** Reads every rule of a table once. */
export function compileNft(table: NftTextTable): NftKernelTable {
  const bases = new Map<string, string[]>();
  for (const [name, { base }] of table.chains) {
    if (base === undefined) continue;
    if (base.policy !== "accept") throw new Error(`${name} does not accept`);
    bases.set(base.hook, [...(bases.get(base.hook) ?? []), name]);
  }
  const compiled = {
    bases,
    chains: new Map(
      [...table.chains].map(([name, { rules }]) => [
        name,
        rules.map((text) => parseNftRule(name, text, table)),
      ]),
    ),
    maps: table.maps,
  };
  checkDepth([...bases.values()].flat(), (name) =>
    (compiled.chains.get(name) ?? []).flatMap((rule) => ledTo(rule, compiled)),
  );
  return compiled;
}

function ledTo(
  { verdict }: NftKernelRule,
  { maps }: Pick<NftKernelTable, "maps">,
): readonly string[] {
  switch (verdict.kind) {
    case "jump":
    case "goto":
      return [verdict.chain];
    case "vmap":
      return [...(maps.get(verdict.map)?.verdicts.values() ?? [])].flatMap(
        (text) => chainOf(text) ?? [],
      );
    default:
      return [];
  }
}

/** Where an element of a map leads; undefined: back. A map knows no jump, so nothing comes back to the rule with it. */
function chainOf(verdict: string): string | undefined {
  const [, chain] = verdict.split(" ");
  return chain;
}

/** Asks the chains of the hook. A packet that they leave is left to others: accepted, as far as we are concerned. */
export function traverseNft(
  table: NftKernelTable,
  packet: KernelPacket,
): KernelVerdict<NftKernelRule> {
  const walked: Walk = { table, packet, hits: [], mark: 0 };
  const action = ask(walked) ?? "accept";
  if (walked.mark !== 0) throw new Error(`a mark is left behind: ${String(walked.mark)}`);
  return { action, hits: walked.hits };
}

interface Walk {
  readonly table: NftKernelTable;
  readonly packet: KernelPacket;
  readonly hits: NftKernelRule[];
  /** Of the packet; rules change it. */
  mark: number;
}

type Decided = KernelVerdict<NftKernelRule>["action"] | undefined;

function ask(walked: Walk): Decided {
  const { table, packet } = walked;
  for (const base of table.bases.get(packet.out === undefined ? "input" : "forward") ?? []) {
    const action = walk(walked, base);
    if (action !== undefined) return action;
  }
  return undefined;
}

/** What a chain decides; undefined: it was left without a decision. */
function walk(walked: Walk, name: string): Decided {
  const { table, packet, hits } = walked;
  const rules = table.chains.get(name);
  if (rules === undefined) throw new Error(`led to ${name}, which is not there`);
  for (const rule of rules) {
    if (!rule.matches.every((match) => match(packet, walked.mark))) continue;
    hits.push(rule);
    const { verdict } = rule;
    switch (verdict.kind) {
      case "return":
        return undefined;
      case "drop":
        return "drop";
      case "log":
        break;
      case "mark":
        walked.mark = ((walked.mark & verdict.keeps) | verdict.adds) >>> 0;
        break;
      case "reject":
        if (verdict.by === "port-unreachable") return "reject-unreachable";
        if (packet.protocol !== "tcp")
          throw new Error(`tcp reset of ${packet.protocol}: ${rule.text}`);
        return "reject-reset";
      case "jump": {
        const decided = walk(walked, verdict.chain);
        if (decided !== undefined) return decided;
        break;
      }
      case "goto":
        return walk(walked, verdict.chain);
      case "vmap": {
        const found = table.maps.get(verdict.map)?.verdicts.get(packet[verdict.key] ?? "");
        if (found === undefined) break;
        const chain = chainOf(found);
        return chain === undefined ? undefined : walk(walked, chain);
      }
    }
  }
  return undefined;
}
