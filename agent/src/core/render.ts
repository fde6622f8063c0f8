import type {
  Action,
  Direction,
  Family,
  ResolvedBridge,
  ResolvedDirection,
  ResolvedRule,
  ResolvedState,
} from "@seawall/policy";
import { isPlainInterfaceName } from "./interface-name.ts";
import { portArgs } from "./port-args.ts";
import { type Chain, type Origin, type Rule, type Ruleset, topChain } from "./ruleset.ts";

export type Rendered =
  | { readonly kind: "ruleset"; readonly ruleset: Ruleset }
  /** Something in the state cannot become rules; nothing of it is rendered. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/**
 * The rules that enforce a resolved state. A bridge and direction to which no rule of a family applies
 * has no chain there; a family without any has nothing of ours.
 */
export function render(state: ResolvedState): Rendered {
  const problems = problemsOf(state);
  if (problems.length > 0) return { kind: "refused", problems };
  return {
    kind: "ruleset",
    ruleset: { IPv4: familyChains(state, "IPv4"), IPv6: familyChains(state, "IPv6") },
  };
}

function familyChains(state: ResolvedState, family: Family): readonly Chain[] {
  const hooks: Rule[] = [];
  const chains: Chain[] = [];
  // All egress before any ingress: which of two bridges denies a packet must not hang on their names.
  for (const direction of ["egress", "ingress"] as const) {
    for (const bridge of state.bridges) {
      const chain = directionChain(bridge, direction, family);
      if (chain === undefined) continue;
      chains.push(chain);
      hooks.push({
        match: hookMatch(bridge.bridge, direction),
        target: { kind: "jump", chain: chain.name },
        label: `${direction} of ${bridge.network}`,
      });
    }
  }
  if (chains.length === 0) return [];
  return [{ name: topChain, rules: [...alwaysAllowed[family], ...hooks] }, ...chains];
}

/** Established connections go on; errors and discovery without which IP itself stops working. */
const alwaysAllowed: Readonly<Record<Family, readonly Rule[]>> = {
  IPv4: [
    allow(["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"], "established"),
    allow(["-p", "icmp", "-m", "icmp", "--icmp-type", "3/4"], "path MTU"),
  ],
  IPv6: [
    allow(["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"], "established"),
    allow(icmpv6(2), "path MTU"),
    // Router and neighbour solicitation and advertisement, redirect (RFC 4861).
    ...[133, 134, 135, 136, 137].map((type) => allow(icmpv6(type), "neighbour discovery")),
  ],
};

function allow(match: readonly string[], label: string): Rule {
  return { match, target: { kind: "return" }, label };
}

function icmpv6(type: number): readonly string[] {
  return ["-p", "ipv6-icmp", "-m", "icmp6", "--icmpv6-type", String(type)];
}

// Only what crosses the bridge's border: traffic between its own containers is not this chain's.
function hookMatch(bridge: string, direction: Direction): readonly string[] {
  return direction === "egress"
    ? ["-i", bridge, "!", "-o", bridge]
    : ["!", "-i", bridge, "-o", bridge];
}

function directionChain(
  bridge: ResolvedBridge,
  direction: Direction,
  family: Family,
): Chain | undefined {
  const resolved = bridge[direction];
  if (resolved === undefined) return undefined;
  const rules = [
    ...resolved.rules.flatMap((rule) => ruleRules(rule, bridge.network, direction, family)),
    ...defaultRule(resolved, bridge.network, direction),
  ];
  if (rules.length === 0) return undefined;
  const letter = direction === "egress" ? "E" : "I";
  return { name: `${topChain}-${letter}-${shortId(bridge.networkId)}`, rules };
}

function defaultRule(
  { defaultAction, defaultPolicy }: ResolvedDirection,
  network: string,
  direction: Direction,
): readonly Rule[] {
  // The end of the chain is a return already.
  if (defaultAction === "Allow") return [];
  const rule = {
    label: `${defaultPolicy ?? ""}/default`,
    ...(defaultPolicy === undefined
      ? {}
      : { origin: { policy: defaultPolicy, rule: "default", direction, network } }),
  };
  return verdicts(defaultAction, []).map((verdict) => ({ ...verdict, ...rule }));
}

function ruleRules(
  rule: ResolvedRule,
  network: string,
  direction: Direction,
  family: Family,
): readonly Rule[] {
  const origin: Origin = { policy: rule.policy, rule: rule.rule, direction, network };
  const label = `${rule.policy}/${rule.rule}`;
  const ports = portArgs(rule.ports, family);
  return addressArgs(rule, direction, family).flatMap((address) =>
    ports.flatMap((port) =>
      verdicts(rule.action, port).map(({ match, target }) => ({
        match: [...address, ...match],
        target,
        label,
        origin,
      })),
    ),
  );
}

// No addresses said = anywhere, one empty match. Addresses said but none of this family = nowhere,
// no rule: leaving the match out would widen it to everything.
function addressArgs(
  { addresses }: ResolvedRule,
  direction: Direction,
  family: Family,
): readonly (readonly string[])[] {
  if (addresses === undefined) return [[]];
  const cidrs = family === "IPv4" ? addresses.v4 : addresses.v6;
  return cidrs.map((cidr) => [direction === "ingress" ? "-s" : "-d", cidr]);
}

/**
 * The rules that decide so for what these port arguments match. A rejected TCP connection is reset:
 * the kernel drops an ICMP error for a socket that is in use at that moment, as a container's is
 * while it sends, and connect() would fail a second later only (net/ipv4/tcp_ipv4.c, tcp_v4_err).
 * Not one that came through a published port: to a bridge's port the kernel sends the reset as it is,
 * with the address behind the DNAT, which the client does not know (nf_reject_ipv4.c, nf_send_reset);
 * ICMP errors are translated back.
 */
function verdicts(
  action: Action,
  port: readonly string[],
): readonly Pick<Rule, "match" | "target">[] {
  switch (action) {
    case "Allow":
      return [{ match: port, target: { kind: "return" } }];
    case "Deny":
      return [{ match: port, target: { kind: "drop" } }];
    case "Reject": {
      const unreachable = {
        match: port,
        target: { kind: "reject", by: "port-unreachable" },
      } as const;
      const tcp = port.length === 0 ? ["-p", "tcp"] : port;
      if (tcp[1] !== "tcp" || tcp.includes("DNAT")) return [unreachable];
      const match = [...tcp, "-m", "conntrack", "!", "--ctstate", "DNAT"];
      return [{ match, target: { kind: "reject", by: "tcp-reset" } }, unreachable];
    }
  }
}

function shortId(networkId: string): string {
  return networkId.slice(0, 12);
}

function problemsOf({ bridges }: ResolvedState): readonly string[] {
  const problems: string[] = [];
  const byBridge = new Map<string, string>();
  const byId = new Map<string, string>();
  for (const { network, networkId, bridge } of bridges) {
    if (!isPlainInterfaceName(bridge)) {
      problems.push(`network ${network}: ${JSON.stringify(bridge)} is not a usable interface name`);
    }
    if (!/^[0-9a-f]{12,}$/.test(networkId)) {
      problems.push(`network ${network}: ${JSON.stringify(networkId)} is not a network id`);
    }
    const sameBridge = byBridge.get(bridge);
    if (sameBridge !== undefined) {
      problems.push(`networks ${sameBridge} and ${network} share bridge ${bridge}`);
    }
    const sameId = byId.get(shortId(networkId));
    if (sameId !== undefined) {
      problems.push(`networks ${sameId} and ${network} have ids that begin alike`);
    }
    byBridge.set(bridge, network);
    byId.set(shortId(networkId), network);
  }
  return problems;
}
