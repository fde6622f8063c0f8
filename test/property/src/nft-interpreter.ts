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
  return {
    bases,
    chains: new Map(
      [...table.chains].map(([name, { rules }]) => [
        name,
        rules.map((text) => parseNftRule(name, text, table)),
      ]),
    ),
    maps: table.maps,
  };
}

/** Asks the chains of the hook. A packet that they leave is left to others: accepted, as far as we are concerned. */
export function traverseNft(
  table: NftKernelTable,
  packet: KernelPacket,
): KernelVerdict<NftKernelRule> {
  const hits: NftKernelRule[] = [];
  for (const base of table.bases.get(packet.out === undefined ? "input" : "forward") ?? []) {
    const action = walk(table, base, packet, hits, 0);
    if (action !== undefined) return { action, hits };
  }
  return { action: "accept", hits };
}

/** What a chain decides; undefined: it was left without a decision. */
function walk(
  table: NftKernelTable,
  name: string,
  packet: KernelPacket,
  hits: NftKernelRule[],
  depth: number,
): KernelVerdict<NftKernelRule>["action"] | undefined {
  if (depth > 16) throw new Error("chains lead in circles");
  const rules = table.chains.get(name);
  if (rules === undefined) throw new Error(`led to ${name}, which is not there`);
  for (const rule of rules) {
    if (!rule.matches.every((match) => match(packet))) continue;
    hits.push(rule);
    const { verdict } = rule;
    switch (verdict.kind) {
      case "return":
        return undefined;
      case "drop":
        return "drop";
      case "log":
        break;
      case "reject":
        if (verdict.by === "port-unreachable") return "reject-unreachable";
        if (packet.protocol !== "tcp")
          throw new Error(`tcp reset of ${packet.protocol}: ${rule.text}`);
        return "reject-reset";
      case "jump": {
        const decided = walk(table, verdict.chain, packet, hits, depth + 1);
        if (decided !== undefined) return decided;
        break;
      }
      case "goto":
        return walk(table, verdict.chain, packet, hits, depth + 1);
      case "vmap": {
        const found = table.maps.get(verdict.map)?.verdicts.get(packet[verdict.key] ?? "");
        if (found === undefined) break;
        // A map knows no jump: nothing comes back to the rule with it.
        const [, chain] = found.split(" ");
        return chain === undefined ? undefined : walk(table, chain, packet, hits, depth + 1);
      }
    }
  }
  return undefined;
}
