import type { Family, ResolvedState } from "@seawall/policy";
import { cutMark } from "./cut-mark.ts";
import { markDenied } from "./denied-mark.ts";
import { markText } from "./mark-text.ts";
import type { ObservedKernel } from "./observed-kernel.ts";
import { auditHooks } from "./render-audit.ts";
import { forwardHooks } from "./render-forward.ts";
import type { Hooked } from "./render-hooked.ts";
import { knownChains } from "./render-known.ts";
import { managementForwarded, managementInput } from "./render-management.ts";
import { deniedChain } from "./render-names.ts";
import { heldBridges } from "./render-new-bridges.ts";
import type { Ipset, RenderContext } from "./render-place.ts";
import { problemsOf } from "./render-problems.ts";
import { namedSets } from "./render-sets.ts";
import { toHostHooks } from "./render-to-host.ts";
import {
  type AddressSetDefinition,
  type Chain,
  inputChain,
  outputChain,
  type PerTable,
  perTable,
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
  /** This kernel cannot tell anybody of a packet: what is denied is denied without a word. */
  readonly nflog?: "missing";
}

/** What this kernel can do. */
export function renderOptionsOf({
  ipset,
  nflog,
}: Pick<ObservedKernel, "ipset" | "nflog">): RenderOptions {
  return { ipset: ipset === "missing" ? "missing" : "available", ...(nflog && { nflog }) };
}

/**
 * The rules that enforce a resolved state. A bridge and scope to which no rule of a family applies
 * has no chain there; a table without any has nothing of ours.
 */
export function render(state: ResolvedState, { ipset, nflog }: RenderOptions): Rendered {
  const problems = problemsOf(state, ipset);
  if (problems.length > 0) return { kind: "refused", problems };
  const of = (family: Family) => {
    const { chains, sets } = familyRules(state, family, ipset);
    return { chains: nflog === "missing" ? withoutLogs(chains) : chains, sets };
  };
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

function withoutLogs(chains: PerTable<readonly Chain[]>): PerTable<readonly Chain[]> {
  return perTable((table) =>
    chains[table].map(({ name, rules }) => ({
      name,
      rules: rules.filter(({ target }) => target.kind !== "log"),
    })),
  );
}

/** What decides, ahead of it what is only counted. */
function filterChains(state: ResolvedState, family: Family, ipset: Ipset): readonly Chain[] {
  const { audit, known } = state;
  const enforced = { family, ipset, audit: false, guard: false, known };
  // No peer is held in an audit.
  const audited = { ...enforced, audit: true, known: [] };
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
  return tableChains(enforced, [
    ...entryChains(topChain, family, forwarded),
    ...entryChains(inputChain, family, toHost),
    // One is enough: nobody accepts ahead of it, and what comes in is guarded.
    ...(denies(toHost) ? [{ name: outputChain, rules: [cut] }] : []),
  ]);
}

/**
 * The same verdicts once more, behind filter: Docker leaves DOCKER-USER out while it starts, and whoever accepts
 * ahead of us lets through what we deny. What is denied here got past filter; nothing is logged or audited twice.
 */
function guardChains(state: ResolvedState, family: Family, ipset: Ipset): readonly Chain[] {
  const { known, options } = state;
  const guarded = { family, ipset, audit: false, guard: true, known };
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

/** Ahead of everything: nobody knows yet what is said about these. */
function newBridges(state: ResolvedState, context: RenderContext) {
  const [from, to] = [heldBridges(state, "-i", context), heldBridges(state, "-o", context)];
  return { forwarded: [from, to], toHost: [from] };
}

/** What one chain of the kernel leads to, in the order in which it is asked. */
interface Entry {
  /** What no policy denies. */
  readonly management: readonly Rule[];
  readonly held: readonly Hooked[];
  readonly audits: readonly Hooked[];
  readonly enforced: Hooked;
}

/**
 * The chain that a chain of the kernel leads to, and all behind it; none where it would lead nowhere. Where no part
 * denies, because all of it is audited, nothing is cut either, whatever marks there still are.
 */
function entryChains(name: string, family: Family, entry: Entry): readonly Chain[] {
  const parts = [...entry.held, ...entry.audits, entry.enforced];
  const hooks = parts.flatMap((part) => part.hooks);
  if (hooks.length === 0) return [];
  const chains = parts.flatMap((part) => part.chains);
  const first = denies(entry) ? [cut] : [];
  return [
    { name, rules: [...first, ...alwaysAllowed[family], ...entry.management, ...hooks] },
    ...chains,
  ];
}

function denies({ held, enforced }: Entry): boolean {
  return [...held, enforced].some(({ hooks }) => hooks.length > 0);
}

/** All chains of a table. Some are led to from several places. */
function tableChains(context: RenderContext, entered: readonly Chain[]): readonly Chain[] {
  const distinct = [...new Map(entered.map((chain) => [chain.name, chain])).values()];
  const shared = [...knownChains(context), { name: deniedChain, rules: [markDenied] }];
  return [...distinct, ...ledTo(shared, distinct)];
}

function ledTo(chains: readonly Chain[], from: readonly Chain[]): readonly Chain[] {
  const named = new Set(
    from
      .flatMap(({ rules }) => rules)
      .flatMap(({ target }) => ("chain" in target ? [target.chain] : [])),
  );
  return chains.filter(({ name }) => named.has(name));
}

const cut: Rule = {
  match: ["-m", "connmark", "--mark", markText(cutMark)],
  target: { kind: "drop" },
  label: "cut",
};

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
