import { setMatch } from "./address-match.ts";
import { type KernelRule, parseRule } from "./iptables-rule.ts";
import type { KernelPacket } from "./kernel-packet.ts";
import type { TextTable } from "./kernel-tables.ts";

/**
 * What a kernel would do with a packet, read from iptables and ipset text alone. It knows chains, matches and
 * targets and nothing of policies.
 */
export interface KernelTable {
  readonly chains: ReadonlyMap<string, readonly KernelRule[]>;
}

/** What becomes of a packet. */
export interface KernelVerdict<Hit = KernelRule> {
  readonly action: "accept" | "drop" | "reject-reset" | "reject-unreachable";
  /** The rules that matched, in the order of the walk. */
  readonly hits: readonly Hit[];
}

/** Reads every rule of a table once. `sets` holds what the sets that it names contain. */
export function compileTable(
  table: TextTable,
  sets: ReadonlyMap<string, readonly string[]>,
): KernelTable {
  const matches = new Map([...sets].map(([name, cidrs]) => [name, setMatch(cidrs)]));
  return {
    chains: new Map(
      [...table].map(([name, rules]) => [
        name,
        rules.map((text) => parseRule(name, text, matches)),
      ]),
    ),
  };
}

/** Walks FORWARD or INPUT. A packet that comes back from it is left to others: accepted, as far as we are concerned. */
export function traverse(table: KernelTable, packet: KernelPacket): KernelVerdict {
  const hits: KernelRule[] = [];
  const hook = packet.out === undefined ? "INPUT" : "FORWARD";
  return { action: walk(table, hook, packet, hits, 0) ?? "accept", hits };
}

/** What a chain decides; undefined: it was left without a decision. */
function walk(
  table: KernelTable,
  name: string,
  packet: KernelPacket,
  hits: KernelRule[],
  depth: number,
): KernelVerdict["action"] | undefined {
  if (depth > 16) throw new Error("chains jump in circles");
  const rules = table.chains.get(name);
  if (rules === undefined) throw new Error(`jump to ${name}, which is not there`);
  for (const rule of rules) {
    if (!rule.matches.every((match) => match(packet))) continue;
    hits.push(rule);
    const { target } = rule;
    switch (target.kind) {
      case "RETURN":
        return undefined;
      case "ACCEPT":
        return "accept";
      case "DROP":
        return "drop";
      case "NFLOG":
        break;
      case "REJECT":
        if (target.by === "port-unreachable") return "reject-unreachable";
        if (packet.protocol !== "tcp") throw new Error(`tcp-reset without -p tcp: ${rule.text}`);
        return "reject-reset";
      case "chain": {
        const decided = walk(table, target.name, packet, hits, depth + 1);
        if (decided !== undefined || target.isGoto) return decided;
      }
    }
  }
  return undefined;
}
