import type { Family, ResolvedState } from "@seawall/policy";
import {
  dispatch,
  type LayoutChain,
  type LayoutRule,
  list,
  notAtInterface,
  rulesIn,
} from "./layout.ts";
import { across, askBridges } from "./render-asked.ts";
import { forwardAudit, hostAudit } from "./render-audit.ts";
import { forwardHooks } from "./render-forward.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { knownChains } from "./render-known.ts";
import { heldBridges } from "./render-new-bridges.ts";
import type { RenderContext } from "./render-place.ts";
import { portChains } from "./render-ports.ts";
import { inputChain, outputChain, topChain } from "./ruleset.ts";

/**
 * What decides in one family, ahead of it what is only counted. What is forwarded is led to `topChain`, what is for
 * the host to `inputChain`, where these are here, and what it sends to `outputChain`.
 */
export function deciding(state: ResolvedState, family: Family): readonly LayoutChain[] {
  const { audit, known } = state;
  const enforced = { family, audit: false, guard: false, known };
  // No peer is held in an audit.
  const audited = { ...enforced, audit: true, known: [] };
  const held = newBridges(state);
  const forwarded = forwardHooks(state, enforced);
  const toHost = hostHooks(state, enforced);
  const cutsToHost = leadSomewhere([...held.toHost, toHost]);
  return withKnown(enforced, [
    ...entryChains(
      topChain,
      family,
      [
        ...held.forwarded,
        ...(audit === undefined ? [] : [forwardAudit(audit, state, audited)]),
        forwarded,
      ],
      [...held.forwarded, forwarded],
    ),
    ...entryChains(
      inputChain,
      family,
      [...held.toHost, ...(audit === undefined ? [] : [hostAudit(audit, state, audited)]), toHost],
      [...held.toHost, toHost],
    ),
    // One is enough: nobody accepts ahead of it, and what comes in is guarded.
    ...(cutsToHost ? [list(outputChain, [cut])] : []),
  ]);
}

/**
 * The same verdicts once more, for what others have let through: what is denied here got past the chains that
 * decide. Nothing is logged or audited twice.
 */
export function guarding(state: ResolvedState, family: Family): readonly LayoutChain[] {
  const { known, options } = state;
  const guarded = { family, audit: false, guard: true, known };
  const held = newBridges(state);
  const forwarded =
    options.forwardGuard === "On" ? [...held.forwarded, forwardHooks(state, guarded)] : [];
  const toHost = options.inputGuard === "On" ? [...held.toHost, hostHooks(state, guarded)] : [];
  return withKnown(guarded, [
    ...entryChains(topChain, family, forwarded),
    ...entryChains(inputChain, family, toHost),
  ]);
}

/** Ahead of everything: nobody knows yet what is said about these. */
function newBridges(state: ResolvedState) {
  const [from, to] = [heldBridges(state, "from"), heldBridges(state, "to")];
  return { forwarded: [from, to], toHost: [from] };
}

/**
 * The chain that is asked first, and all behind it; none where it would lead nowhere. Where no part denies, because
 * all of it is audited, nothing is cut either, whatever marks there still are.
 */
function entryChains(
  name: string,
  family: Family,
  parts: readonly Hooked[],
  denying = parts,
): readonly LayoutChain[] {
  const hooks = parts.flatMap((part) => part.hooks);
  if (hooks.length === 0) return [];
  const chains = parts.flatMap((part) => part.chains);
  const first = leadSomewhere(denying) ? [cut] : [];
  return [list(name, [...first, ...alwaysAllowed[family], ...hooks]), ...chains];
}

function leadSomewhere(parts: readonly Hooked[]): boolean {
  return parts.some(({ hooks }) => hooks.length > 0);
}

/** What comes to the host itself: to a published port without having been redirected, or from a container. */
function hostHooks(state: ResolvedState, context: RenderContext): Hooked {
  const host = askBridges(state, "host", context);
  const toHost = dispatch(`${topChain}-HOST`, "from", across(host));
  const end = toHost.map(({ name }): LayoutRule => {
    return { match: [], target: { kind: "goto", chain: name }, label: "to the host itself" };
  });
  const ports = portChains(`${topChain}-PORT`, state.bindings, state, context, end);
  return {
    hooks:
      ports.length === 0
        ? jumpTo(toHost, "to the host itself")
        : jumpTo(ports, "to a published port", [notAtInterface("from", "lo")]),
    chains: [...ports, ...toHost, ...host.flatMap(({ chains }) => chains)],
  };
}

/** Some are led to from both entries. */
function withKnown(
  { known, family }: RenderContext,
  entered: readonly LayoutChain[],
): readonly LayoutChain[] {
  const distinct = [...new Map(entered.map((chain) => [chain.name, chain])).values()];
  return [...distinct, ...ledTo(knownChains(known, family), distinct)];
}

function ledTo(
  chains: readonly LayoutChain[],
  from: readonly LayoutChain[],
): readonly LayoutChain[] {
  const named = new Set(
    from.flatMap(rulesIn).flatMap(({ target }) => ("chain" in target ? [target.chain] : [])),
  );
  return chains.filter(({ name }) => named.has(name));
}

const cut: LayoutRule = { match: [{ kind: "cut" }], target: { kind: "drop" }, label: "cut" };

const established: LayoutRule = {
  match: [{ kind: "established" }],
  target: { kind: "return" },
  label: "established",
};

/** Established connections go on; errors and discovery without which IP itself stops working. */
const alwaysAllowed: Readonly<Record<Family, readonly LayoutRule[]>> = {
  IPv4: [established, icmp("path MTU", 3, 4)],
  IPv6: [
    established,
    icmp("path MTU", 2),
    // Router and neighbour solicitation and advertisement, redirect (RFC 4861).
    ...[133, 134, 135, 136, 137].map((type) => icmp("neighbour discovery", type)),
  ],
};

function icmp(label: string, type: number, code?: number): LayoutRule {
  const match = { kind: "icmp", type, ...(code === undefined ? {} : { code }) } as const;
  return { match: [match], target: { kind: "return" }, label };
}
