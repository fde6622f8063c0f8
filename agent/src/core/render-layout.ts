import { type Family, type ResolvedState, remembered } from "@seawall/policy";
import { markDenied } from "./denied-mark.ts";
import { type LayoutChain, type LayoutRule, list, rulesIn } from "./layout.ts";
import { auditHooks } from "./render-audit.ts";
import { forwardHooks } from "./render-forward.ts";
import type { Hooked } from "./render-hooked.ts";
import { knownChains } from "./render-known.ts";
import { managementForwarded, managementInput } from "./render-management.ts";
import { deniedChain } from "./render-names.ts";
import { heldBridges } from "./render-new-bridges.ts";
import type { RenderContext } from "./render-place.ts";
import { toHostHooks } from "./render-to-host.ts";
import { inputChain, outputChain, topChain } from "./ruleset.ts";

/**
 * What decides in one family, ahead of it what is only counted. What is forwarded is led to `topChain`, what is for
 * the host to `inputChain`, where these are here, and what it sends to `outputChain`.
 * @param nflog `missing`: this kernel cannot tell anybody of a packet, so what is denied is denied without a word
 */
export function deciding(
  state: ResolvedState,
  family: Family,
  nflog?: "missing",
): readonly LayoutChain[] {
  const { audit, known } = state;
  const enforced = { family, audit: false, guard: false, known };
  const audited = { ...enforced, audit: true, known: noneKnown };
  const held = newBridges(state, enforced);
  const forwarded: Entry = {
    management: managementForwarded(state, family),
    held: held.forwarded,
    audits:
      audit === undefined
        ? []
        : [auditHooks(`${topChain}-AUDIT`, forwardHooks(audit, state, audited))],
    enforced: forwardHooks(state, state, enforced),
  };
  const toHost: Entry = {
    management: managementInput(state, family),
    held: held.toHost,
    audits:
      audit === undefined
        ? []
        : [auditHooks(`${topChain}-AUDIT-INPUT`, toHostHooks(audit, state, audited))],
    enforced: toHostHooks(state, state, enforced),
  };
  const chains = tableChains(enforced, [
    ...entryChains(topChain, family, forwarded),
    ...entryChains(inputChain, family, toHost),
    // One is enough: nobody accepts ahead of it, and what comes in is guarded.
    ...(denies(toHost) ? [list(outputChain, [cut])] : []),
  ]);
  return nflog === "missing" ? withoutLogs(chains) : chains;
}

/**
 * The same verdicts once more, for what others have let through: what is denied here got past the chains that
 * decide. Nothing is logged or audited twice.
 */
export function guarding(state: ResolvedState, family: Family): readonly LayoutChain[] {
  const { known, options } = state;
  const guarded = { family, audit: false, guard: true, known };
  const held = newBridges(state, guarded);
  const forwarded: Entry = {
    management: managementForwarded(state, family),
    held: held.forwarded,
    audits: [],
    enforced: forwardHooks(state, state, guarded),
  };
  const toHost: Entry = {
    management: managementInput(state, family),
    held: held.toHost,
    audits: [],
    enforced: toHostHooks(state, state, guarded),
  };
  return tableChains(guarded, [
    ...(options.forwardGuard === "On" ? entryChains(topChain, family, forwarded) : []),
    ...(options.inputGuard === "On" ? entryChains(inputChain, family, toHost) : []),
  ]);
}

/** No peer is held in an audit. One list, by which what is remembered is found again. */
const noneKnown: RenderContext["known"] = [];

function withoutLogs(chains: readonly LayoutChain[]): readonly LayoutChain[] {
  const silent = (rules: readonly LayoutRule[]) =>
    rules.filter(({ target }) => target.kind !== "log");
  return chains.map((chain) =>
    chain.kind === "list"
      ? { ...chain, rules: silent(chain.rules) }
      : {
          ...chain,
          entries: chain.entries.map(({ at, rules }) => ({ at, rules: silent(rules) })),
          rest: silent(chain.rest),
        },
  );
}

/** Ahead of everything: nobody knows yet what is said about these. */
function newBridges(state: ResolvedState, context: RenderContext) {
  const [from, to] = [heldBridges(state, "from", context), heldBridges(state, "to", context)];
  return { forwarded: [from, to], toHost: [from] };
}

/** What one chain of the kernel leads to, in the order in which it is asked. */
interface Entry {
  /** What no policy denies. */
  readonly management: readonly LayoutRule[];
  readonly held: readonly Hooked[];
  readonly audits: readonly Hooked[];
  readonly enforced: Hooked;
}

/**
 * The chain that is asked first, and all behind it; none where it would lead nowhere. Where no part denies, because
 * all of it is audited, nothing is cut either, whatever marks there still are.
 */
function entryChains(name: string, family: Family, entry: Entry): readonly LayoutChain[] {
  const parts = [...entry.held, ...entry.audits, entry.enforced];
  const hooks = parts.flatMap((part) => part.hooks);
  if (hooks.length === 0) return [];
  const chains = parts.flatMap((part) => part.chains);
  const first = denies(entry) ? [cut] : [];
  const rules = [...first, ...alwaysAllowed[family], ...entry.management, ...hooks];
  return [list(name, rules), ...chains];
}

function denies({ held, enforced }: Entry): boolean {
  return [...held, enforced].some(({ hooks }) => hooks.length > 0);
}

/** All chains of a table. Some are led to from several places. */
function tableChains(
  context: RenderContext,
  entered: readonly LayoutChain[],
): readonly LayoutChain[] {
  const distinct = [...new Map(entered.map((chain) => [chain.name, chain])).values()];
  const shared = [...knownChains(context), list(deniedChain, [markDenied])];
  return [...distinct, ...ledTo(shared, distinct)];
}

function ledTo(
  chains: readonly LayoutChain[],
  from: readonly LayoutChain[],
): readonly LayoutChain[] {
  const named = new Set(from.flatMap((chain) => targetsOf(chain)));
  return chains.filter(({ name }) => named.has(name));
}

const targetsOf = remembered((chain: LayoutChain): readonly string[] => [
  ...new Set(rulesIn(chain).flatMap(({ target }) => ("chain" in target ? [target.chain] : []))),
]);

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
