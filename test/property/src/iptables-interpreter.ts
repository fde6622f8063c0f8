import type { TextTable } from "@seawall/agent/testing";
import { setMatch } from "./address-match.ts";
import { checkDepth } from "./chain-depth.ts";
import { type KernelRule, parseRule } from "./iptables-rule.ts";
import type { KernelPacket } from "./kernel-packet.ts";

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
  const compiled = {
    chains: new Map(
      [...table].map(([name, rules]) => [
        name,
        rules.map((text) => parseRule(name, text, matches)),
      ]),
    ),
  };
  checkDepth(["INPUT", "FORWARD", "OUTPUT"], (name) =>
    (compiled.chains.get(name) ?? []).flatMap(({ target }) =>
      target.kind === "chain" ? [target.name] : [],
    ),
  );
  return compiled;
}

/** Walks FORWARD or INPUT. A packet that comes back from it is left to others: accepted, as far as we are concerned. */
export function traverse(table: KernelTable, packet: KernelPacket): KernelVerdict {
  const walked: Walk = { table, packet, hits: [], mark: 0 };
  const hook = packet.out === undefined ? "INPUT" : "FORWARD";
  const action = walk(walked, hook) ?? "accept";
  if (walked.mark !== 0) throw new Error(`a mark is left behind: ${String(walked.mark)}`);
  return { action, hits: walked.hits };
}

interface Walk {
  readonly table: KernelTable;
  readonly packet: KernelPacket;
  readonly hits: KernelRule[];
  /** Of the packet; rules change it. */
  mark: number;
}

/** What a chain decides; undefined: it was left without a decision. */
function walk(walked: Walk, name: string): KernelVerdict["action"] | undefined {
  const { table, packet, hits } = walked;
  const rules = table.chains.get(name);
  if (rules === undefined) throw new Error(`jump to ${name}, which is not there`);
  for (const rule of rules) {
    if (!rule.matches.every((match) => match(packet, walked.mark))) continue;
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
      case "MARK":
        walked.mark = (walked.mark & ~target.mask) ^ target.value;
        break;
      case "REJECT":
        if (target.by === "port-unreachable") return "reject-unreachable";
        if (packet.protocol !== "tcp") throw new Error(`tcp-reset without -p tcp: ${rule.text}`);
        return "reject-reset";
      case "chain": {
        const decided = walk(walked, target.name);
        if (decided !== undefined || target.isGoto) return decided;
      }
    }
  }
  return undefined;
}
