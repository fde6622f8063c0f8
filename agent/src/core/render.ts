import type { Family, ResolvedState } from "@seawall/policy";
import { across, askBridges } from "./render-asked.ts";
import { forwardAudit, hostAudit } from "./render-audit.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { forwardHooks } from "./render-forward.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { knownChains } from "./render-known.ts";
import { managementForwarded, managementInput } from "./render-management.ts";
import { heldBridges } from "./render-new-bridges.ts";
import type { Ipset, RenderContext } from "./render-place.ts";
import { portChains } from "./render-ports.ts";
import { problemsOf } from "./render-problems.ts";
import { namedSets } from "./render-sets.ts";
import {
  type AddressSetDefinition,
  type Chain,
  inputChain,
  type PerTable,
  type Rule,
  type Ruleset,
  tables,
  topChain,
} from "./ruleset.ts";

export type Rendered =
  | { readonly kind: "ruleset"; readonly ruleset: Ruleset }
  /** Something in the state cannot become rules; nothing of it is rendered. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface RenderOptions {
  readonly ipset: Ipset;
}

/**
 * The rules that enforce a resolved state. A bridge and scope to which no rule of a family applies
 * has no chain there; a table without any has nothing of ours.
 */
export function render(state: ResolvedState, { ipset }: RenderOptions): Rendered {
  const problems = problemsOf(state, ipset);
  if (problems.length > 0) return { kind: "refused", problems };
  const of = (family: Family) => familyRules(state, family, ipset);
  const [IPv4, IPv6] = [of("IPv4"), of("IPv6")];
  return {
    kind: "ruleset",
    ruleset: {
      chains: { IPv4: IPv4.chains, IPv6: IPv6.chains },
      sets: { IPv4: IPv4.sets, IPv6: IPv6.sets },
    },
  };
}

interface FamilyRules {
  readonly chains: PerTable<readonly Chain[]>;
  readonly sets: readonly AddressSetDefinition[];
}

function familyRules(state: ResolvedState, family: Family, ipset: Ipset): FamilyRules {
  const planes = [state, ...(state.audit === undefined ? [] : [state.audit])];
  const chains = {
    filter: filterChains(state, family, ipset),
    security: guardChains(state, family, ipset),
  };
  const all = tables.flatMap((table) => chains[table]);
  return { chains, sets: namedSets(planes, all, family) };
}

/** What decides, ahead of it what is only counted. */
function filterChains(state: ResolvedState, family: Family, ipset: Ipset): readonly Chain[] {
  const { audit, known } = state;
  const enforced = { family, ipset, audit: false, guard: false, known };
  // No peer is held in an audit.
  const audited = { ...enforced, audit: true, known: [] };
  const held = newBridges(state);
  return withKnown(enforced, [
    ...entryChains(topChain, framed(managementForwarded(state, family), family), [
      ...held.forwarded,
      ...(audit === undefined ? [] : [forwardAudit(audit, state, audited)]),
      forwardHooks(state, enforced),
    ]),
    ...entryChains(inputChain, framed(managementInput(state, family), family), [
      ...held.toHost,
      ...(audit === undefined ? [] : [hostAudit(audit, state, audited)]),
      hostHooks(state, enforced),
    ]),
  ]);
}

/**
 * The same verdicts once more, behind filter: Docker leaves DOCKER-USER out while it starts, and whoever accepts
 * ahead of us lets through what we deny. What is denied here got past filter; nothing is logged or audited twice.
 */
function guardChains(state: ResolvedState, family: Family, ipset: Ipset): readonly Chain[] {
  const { known, options } = state;
  const guarded = { family, ipset, audit: false, guard: true, known };
  const held = newBridges(state);
  const forwarded =
    options.forwardGuard === "On" ? [...held.forwarded, forwardHooks(state, guarded)] : [];
  const toHost = options.inputGuard === "On" ? [...held.toHost, hostHooks(state, guarded)] : [];
  return withKnown(guarded, [
    ...entryChains(topChain, framed(managementForwarded(state, family), family), forwarded),
    ...entryChains(inputChain, framed(managementInput(state, family), family), toHost),
  ]);
}

/** What is decided ahead of all policies, in this order. */
function framed(management: readonly Rule[], family: Family): readonly Rule[] {
  return [cut, ...alwaysAllowed[family], ...management];
}

/** Ahead of everything: nobody knows yet what is said about these. */
function newBridges(state: ResolvedState) {
  const [from, to] = [heldBridges(state, "-i"), heldBridges(state, "-o")];
  return { forwarded: [from, to], toHost: [from] };
}

/** The chain that a chain of the kernel leads to, and all behind it; none where it would lead nowhere. */
function entryChains(
  name: string,
  frame: readonly Rule[],
  parts: readonly Hooked[],
): readonly Chain[] {
  const hooks = parts.flatMap((part) => part.hooks);
  if (hooks.length === 0) return [];
  const chains = parts.flatMap((part) => part.chains);
  return [{ name, rules: [...frame, ...hooks] }, ...chains];
}

/** What comes to the host itself: to a published port without having been redirected, or from a container. */
function hostHooks(state: ResolvedState, context: RenderContext): Hooked {
  const host = askBridges(state, "host", context);
  const toHost = dispatchChains(`${topChain}-HOST`, "-i", across(host, "-i"));
  const end = toHost.flatMap(({ name }, index): readonly Rule[] =>
    index > 0
      ? []
      : [{ match: [], target: { kind: "goto", chain: name }, label: "to the host itself" }],
  );
  const ports = portChains(`${topChain}-PORT`, state.bindings, state, context, end);
  return {
    hooks:
      ports.length === 0
        ? jumpTo(toHost, "to the host itself")
        : jumpTo(ports, "to a published port", ["!", "-i", "lo"]),
    chains: [...ports, ...toHost, ...host.flatMap(({ chains }) => chains)],
  };
}

/** Some are led to from both entries. */
function withKnown({ known, family }: RenderContext, entered: readonly Chain[]): readonly Chain[] {
  const distinct = [...new Map(entered.map((chain) => [chain.name, chain])).values()];
  return [...distinct, ...ledTo(knownChains(known, family), distinct)];
}

function ledTo(chains: readonly Chain[], from: readonly Chain[]): readonly Chain[] {
  const named = new Set(
    from
      .flatMap(({ rules }) => rules)
      .flatMap(({ target }) => ("chain" in target ? [target.chain] : [])),
  );
  return chains.filter(({ name }) => named.has(name));
}

/**
 * The bit of a connection's mark that ends it, whoever of both sends next. An entry of conntrack that is only
 * deleted comes back with the next packet, in the other direction if need be.
 */
const cutMark = 0x4000_0000;

const cut: Rule = {
  match: ["-m", "connmark", "--mark", markText(cutMark)],
  target: { kind: "drop" },
  label: "cut",
};

function markText(bit: number): string {
  return `0x${bit.toString(16)}/0x${bit.toString(16)}`;
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
