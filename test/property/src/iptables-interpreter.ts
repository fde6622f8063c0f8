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

export interface KernelVerdict {
  readonly action: "accept" | "drop" | "reject-reset" | "reject-unreachable";
  /** The rules whose counters went up, in the order of the walk. */
  readonly hits: readonly KernelRule[];
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
  checkDepth(compiled);
  return compiled;
}

/** A kernel takes no chains that lead on deeper, by jump or goto (net/netfilter/nf_tables_api.c, NFT_JUMP_STACK_SIZE). */
const deepest = 15;

function checkDepth({ chains }: KernelTable): void {
  const depths = new Map<string, number>();
  const depthBelow = (name: string, above: readonly string[]): number => {
    if (above.includes(name)) throw new Error(`chains jump in circles: ${name}`);
    const known = depths.get(name);
    if (known !== undefined) return known;
    const below = (chains.get(name) ?? []).map(({ target }) =>
      target.kind === "chain" ? 1 + depthBelow(target.name, [...above, name]) : 0,
    );
    const depth = Math.max(0, ...below);
    depths.set(name, depth);
    return depth;
  };
  for (const hook of ["INPUT", "FORWARD", "OUTPUT"]) {
    const depth = depthBelow(hook, []);
    if (depth > deepest) throw new Error(`${hook} leads ${String(depth)} chains deep`);
  }
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
