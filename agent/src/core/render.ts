import type { Family, ResolvedPlane, ResolvedState } from "@seawall/policy";
import { askBridges, hook } from "./render-asked.ts";
import { forwardAudit, hostAudit } from "./render-audit.ts";
import { forwardHooks, type Hooked } from "./render-forward.ts";
import { knownChains } from "./render-known.ts";
import type { Ipset, RenderContext } from "./render-place.ts";
import { problemsOf } from "./render-problems.ts";
import { namedSets } from "./render-sets.ts";
import {
  type AddressSetDefinition,
  type Chain,
  inputChain,
  type Rule,
  type Ruleset,
  topChain,
} from "./ruleset.ts";

export type Rendered =
  | { readonly kind: "ruleset"; readonly ruleset: Ruleset }
  /** Something in the state cannot become rules; nothing of it is rendered. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/**
 * The rules that enforce a resolved state. A bridge and scope to which no rule of a family applies
 * has no chain there; a family without any has nothing of ours.
 */
export function render(state: ResolvedState, { ipset }: { readonly ipset: Ipset }): Rendered {
  const problems = problemsOf(state, ipset);
  if (problems.length > 0) return { kind: "refused", problems };
  const IPv4 = familyRules(state, "IPv4", ipset);
  const IPv6 = familyRules(state, "IPv6", ipset);
  return {
    kind: "ruleset",
    ruleset: {
      chains: { IPv4: IPv4.chains, IPv6: IPv6.chains },
      sets: { IPv4: IPv4.sets, IPv6: IPv6.sets },
    },
  };
}

interface FamilyRules {
  readonly chains: readonly Chain[];
  readonly sets: readonly AddressSetDefinition[];
}

function familyRules(state: ResolvedState, family: Family, ipset: Ipset): FamilyRules {
  const { audit, known } = state;
  const enforced = { family, ipset, audit: false, known };
  // No peer is held in an audit.
  const audited = { family, ipset, audit: true, known: [] };
  const entered = [
    ...entryChains(topChain, family, [
      ...(audit === undefined ? [] : [forwardAudit(audit, state, audited)]),
      forwardHooks(state, enforced),
    ]),
    ...entryChains(inputChain, family, [
      ...(audit === undefined ? [] : [hostAudit(audit, audited)]),
      hostHooks(state, enforced),
    ]),
  ];
  const chains = [...entered, ...ledTo(knownChains(known, family), entered)];
  const planes = [state, ...(audit === undefined ? [] : [audit])];
  return { chains, sets: namedSets(planes, chains, family) };
}

/** The chain that a chain of the kernel leads to, and all behind it; none where it would lead nowhere. */
function entryChains(name: string, family: Family, parts: readonly Hooked[]): readonly Chain[] {
  const hooks = parts.flatMap((part) => part.hooks);
  if (hooks.length === 0) return [];
  const chains = parts.flatMap((part) => part.chains);
  return [{ name, rules: [...alwaysAllowed[family], ...hooks] }, ...chains];
}

/** What containers send to the host itself. */
function hostHooks(plane: ResolvedPlane, context: RenderContext): Hooked {
  const host = askBridges(plane, "host", context);
  return {
    hooks: host.map((asked) => hook(asked, ["-i", asked.at])),
    chains: host.flatMap(({ chains }) => chains),
  };
}

function ledTo(chains: readonly Chain[], from: readonly Chain[]): readonly Chain[] {
  const named = new Set(
    from
      .flatMap(({ rules }) => rules)
      .flatMap(({ target }) => ("chain" in target ? [target.chain] : [])),
  );
  return chains.filter(({ name }) => named.has(name));
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
