import type {
  AddressSet,
  Direction,
  Family,
  ResolvedBridge,
  ResolvedDirection,
  ResolvedRule,
  ResolvedState,
  RuleAction,
  Tier,
} from "@seawall/policy";
import { portArgs } from "./port-args.ts";
import { problemsOf, shortId } from "./render-problems.ts";
import {
  type Chain,
  type Origin,
  type Rule,
  type Ruleset,
  type Target,
  topChain,
} from "./ruleset.ts";

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
      const own = directionChains(bridge, direction, family);
      const [first] = own;
      if (first === undefined) continue;
      chains.push(...own);
      hooks.push({
        match: hookMatch(bridge.bridge, direction),
        target: { kind: "jump", chain: first.name },
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

/**
 * One chain; behind each tier with a Pass another one for what comes after it, entered by goto from there.
 * So a return leaves the whole list, from whichever of them, and the defaults stand once, in the last.
 */
function directionChains(
  bridge: ResolvedBridge,
  direction: Direction,
  family: Family,
): readonly Chain[] {
  const resolved = bridge[direction];
  if (resolved === undefined) return [];
  const letter = direction === "egress" ? "E" : "I";
  const name = `${topChain}-${letter}-${shortId(bridge.networkId)}`;
  const defaults = defaultRule(resolved, bridge.network, direction);
  let chains: readonly Chain[] = [];
  for (const { suffix, rules } of splitAtPasses(resolved.rules).toReversed()) {
    const [next] = chains;
    const onward: Target =
      next === undefined ? { kind: "return" } : { kind: "goto", chain: next.name };
    const own = rules.flatMap((rule) => ruleRules(rule, bridge.network, direction, family, onward));
    const end =
      next === undefined ? defaults : [{ match: [], target: onward, label: "the next tier" }];
    // A chain that would only lead on is left out.
    if (own.length === 0 && (next !== undefined || end.length === 0)) continue;
    chains = [{ name: `${name}${suffix}`, rules: [...own, ...end] }, ...chains];
  }
  return chains;
}

/** What follows a tier with a Pass: the tiers behind it, or nothing but the defaults. */
const suffixBehind: Readonly<Record<Tier, string>> = {
  Guardrail: "-S",
  Standard: "-B",
  Baseline: "-D",
};

/** The rules up to the end of each tier with a Pass, and those behind the last one. */
function splitAtPasses(
  rules: readonly ResolvedRule[],
): readonly { readonly suffix: string; readonly rules: readonly ResolvedRule[] }[] {
  const passing = new Set(rules.flatMap(({ action, tier }) => (action === "Pass" ? [tier] : [])));
  let part = { suffix: "", rules: [] as ResolvedRule[] };
  const parts = [part];
  for (const [index, rule] of rules.entries()) {
    part.rules.push(rule);
    if (!passing.has(rule.tier) || rules[index + 1]?.tier === rule.tier) continue;
    part = { suffix: suffixBehind[rule.tier], rules: [] };
    parts.push(part);
  }
  return parts;
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
  return verdicts(defaultAction, [], { kind: "return" }).map((verdict) => ({
    ...verdict,
    ...rule,
  }));
}

function ruleRules(
  rule: ResolvedRule,
  network: string,
  direction: Direction,
  family: Family,
  onward: Target,
): readonly Rule[] {
  const origin: Origin = { policy: rule.policy, rule: rule.rule, direction, network };
  const label = `${rule.policy}/${rule.rule}`;
  const ports = portArgs(rule.ports, family);
  return peerArgs(rule, direction, family).flatMap((peer) =>
    ports.flatMap((port) =>
      verdicts(rule.action, port, onward).map(({ match, target }) => ({
        match: [...peer, ...match],
        target,
        label,
        origin,
      })),
    ),
  );
}

// No addresses said = anywhere, one empty match. Addresses said but none of this family = nowhere,
// no rule: leaving the match out would widen it to everything.
function peerArgs(
  { addresses, networks = [] }: ResolvedRule,
  direction: Direction,
  family: Family,
): readonly (readonly string[])[] {
  const [via, at] = direction === "ingress" ? ["-i", "-s"] : ["-o", "-d"];
  const addressArgs = (set: AddressSet | undefined): readonly (readonly string[])[] =>
    set === undefined ? [[]] : (family === "IPv4" ? set.v4 : set.v6).map((cidr) => [at, cidr]);
  return [
    ...addressArgs(addresses),
    ...networks.flatMap((network) =>
      addressArgs(network.addresses).map((address) => [via, network.bridge, ...address]),
    ),
  ];
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
  action: RuleAction,
  port: readonly string[],
  onward: Target,
): readonly Pick<Rule, "match" | "target">[] {
  switch (action) {
    case "Allow":
      return [{ match: port, target: { kind: "return" } }];
    case "Pass":
      return [{ match: port, target: onward }];
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
