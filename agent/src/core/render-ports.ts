import {
  caseOf,
  type Family,
  holdsUnknown,
  type ResolvedBinding,
  type ResolvedDirection,
  type ResolvedPlane,
  type ResolvedState,
} from "@seawall/policy";
import {
  dispatch,
  type LayoutChain,
  type LayoutRule,
  list,
  type Match,
  rulesIn,
} from "./layout.ts";
import { heldRules } from "./render-denial.ts";
import { directionChains } from "./render-direction.ts";
import { heldAtPorts, type PortsWithin } from "./render-held-ports.ts";
import { goBack, type Place, type RenderContext, unlessDenied } from "./render-place.ts";
import { type Target, topChain } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";
import { type KnownBinding, specialise } from "./specialise.ts";

/**
 * Chains that judge what comes to published ports and was not redirected, the first of them to be asked; none where
 * nothing is to be judged. `end` is what happens to what comes to none of them: what does, never meets it.
 */
export function portChains(
  name: string,
  { bindings, heldPorts = [] }: Pick<ResolvedState, "bindings" | "heldPorts">,
  plane: ResolvedPlane,
  context: RenderContext,
  end: readonly LayoutRule[],
): readonly LayoutChain[] {
  const asked = bindings
    .filter((binding) => familyOf(binding) === context.family)
    .map((binding) => ({ binding, ...askPort(binding, plane, context) }));
  // In an audit these rules only lead away from what is behind them.
  const held = context.audit && end.length === 0 ? [] : heldPorts;
  const entries = asked.flatMap(({ binding, target }) => {
    const match = portMatch(binding);
    const label = `${binding.network}: published ${String(binding.hostPort)}`;
    if (target === "held") return [{ binding, rules: heldRules(context, label, match) }];
    // Nothing to lead it away from.
    if (target === undefined && end.length === 0 && held.length === 0) return [];
    return [{ binding, rules: [{ match, target: target ?? goBack, label }] }];
  });
  if (entries.length === 0 && held.length === 0) return [];
  const rest: Rest = (within) => [...heldAtPorts(held, within, context), ...end];
  return [...treeOf(name, entries, rest), ...distinct(asked.flatMap(({ chains }) => chains))];
}

/** What happens to what comes to no binding, at these ports or at any. */
type Rest = (within?: PortsWithin) => readonly LayoutRule[];

interface AskedPort {
  /** Undefined: nobody has anything to say. `held`: it is not known to whom it leads. */
  readonly target?: Target | "held";
  readonly chains: readonly LayoutChain[];
}

/** Egress of the bridge that the client sends by, then ingress of the container's. */
function askPort(
  binding: ResolvedBinding,
  plane: ResolvedPlane,
  context: RenderContext,
): AskedPort {
  const { to } = binding;
  if (to === undefined) return context.audit ? { chains: [] } : { target: "held", chains: [] };
  const known = { ...binding, to };
  const inward = ingressChains(known, plane, context);
  const onward = entry(inward);
  const leaving = plane.bridges.flatMap(({ bridge, network, egress }) => {
    if (egress === undefined) return [];
    const place: Place = { ...context, scope: "egress", network, asksOn: inward.length > 0 };
    const chains = specialChains(egress, known, place);
    return chains.length === 0 ? [] : [{ bridge, network, chains }];
  });
  if (leaving.length === 0) {
    return inward.length === 0 ? { chains: [] } : { target: onward, chains: inward };
  }
  const clients = dispatch(
    `${topChain}-P-${digest(context.audit, keyOf(binding)).slice(0, 8)}`,
    "from",
    leaving.map(({ bridge, network, chains: [first] }) => ({
      at: bridge,
      rules: [
        {
          match: [],
          target: { kind: "jump", chain: first?.name ?? "" },
          label: `egress of ${network}`,
        },
      ],
    })),
    inward.length === 0
      ? []
      : [{ match: unlessDenied(context), target: onward, label: "nothing against it" }],
  );
  return {
    target: entry(clients),
    chains: [...clients, ...leaving.flatMap(({ chains }) => chains), ...inward],
  };
}

/** What judges a connection to this container by a published port, the same for all bindings that mean the same. */
function ingressChains(
  binding: KnownBinding,
  plane: ResolvedPlane,
  context: RenderContext,
): readonly LayoutChain[] {
  const { to, hostPort } = binding;
  const bridge = plane.bridges.find((one) => one.bridge === to.bridge);
  if (bridge?.ingress === undefined) return [];
  const fitting = caseOf(bridge.ingress, to.address, hostPort);
  const place: Place = { ...context, scope: "ingress", network: bridge.network, asksOn: false };
  const direction =
    fitting === undefined
      ? { cases: [], holds: holdsUnknown(bridge.ingress, hostPort) }
      : { cases: [{ key: "", list: fitting.list }], holds: false };
  return specialChains(direction, binding, place);
}

/**
 * Named after their rules: many bindings mean the same, and share them. What a set holds is no part of that, because
 * a change of its members must touch no rule.
 */
function specialChains(
  direction: ResolvedDirection,
  binding: KnownBinding,
  place: Place,
): readonly LayoutChain[] {
  const special = specialise(direction, binding);
  const { scope, network, audit } = place;
  const unnamed = directionChains(special, place, "").map(withoutMembers);
  const name = `${topChain}-Q-${digest(unnamed, scope, network, audit).slice(0, 16)}`;
  return directionChains(special, place, name);
}

function withoutMembers(chain: LayoutChain): readonly unknown[] {
  return rulesIn(chain).map(({ match, ...rule }) => ({
    ...rule,
    match: match.map((one) =>
      one.kind === "addresses" && one.key !== undefined ? { ...one, cidrs: [] } : one,
    ),
  }));
}

/** So many ports are asked one after the other. */
const mostInRow = 8;

interface Entry {
  readonly binding: ResolvedBinding;
  readonly rules: readonly LayoutRule[];
}

/** By protocol, and by ranges of ports where there are many. */
function treeOf(name: string, entries: readonly Entry[], rest: Rest): readonly LayoutChain[] {
  const protocols = [...new Set(entries.map(({ binding }) => binding.protocol))].toSorted();
  const branches = protocols.map((protocol) => {
    const own = entries
      .filter(({ binding }) => binding.protocol === protocol)
      .toSorted((a, b) => a.binding.hostPort - b.binding.hostPort);
    return rangeBranch(name, own, rest);
  });
  return [
    list(name, [...branches.flatMap(({ rules }) => rules), ...rest()]),
    ...branches.flatMap(({ chains }) => chains),
  ];
}

interface Branch {
  readonly rules: readonly LayoutRule[];
  readonly chains: readonly LayoutChain[];
}

/** Entries of one protocol, by port. */
function rangeBranch(root: string, entries: readonly Entry[], rest: Rest): Branch {
  const ports = [...new Set(entries.map(({ binding }) => binding.hostPort))];
  const [first] = entries;
  if (first === undefined || ports.length <= mostInRow) {
    return { rules: entries.flatMap(({ rules }) => rules), chains: [] };
  }
  const size = Math.ceil(ports.length / mostInRow);
  const branches = Array.from({ length: mostInRow }, (_, index) => {
    const range = new Set(ports.slice(index * size, (index + 1) * size));
    const own = entries.filter(({ binding }) => range.has(binding.hostPort));
    return rangeBranch(root, own, rest);
  });
  const range = { first: ports.at(0) ?? 0, last: ports.at(-1) ?? 0 };
  const text = `${String(range.first)}:${String(range.last)}`;
  const { protocol } = first.binding;
  const chain = `${root}-${digest(protocol.toLowerCase(), text).slice(0, 8)}`;
  const match: readonly Match[] = [{ kind: "ports", protocol, ranges: [range] }];
  const label = `${protocol.toLowerCase()} ports ${text}`;
  return {
    rules: [{ match, target: { kind: "goto", chain }, label }],
    chains: [
      list(chain, [...branches.flatMap(({ rules }) => rules), ...rest({ protocol, range })]),
      ...branches.flatMap(({ chains }) => chains),
    ],
  };
}

function portMatch({ protocol, hostAddress, hostPort }: ResolvedBinding): readonly Match[] {
  const ranges = [{ first: hostPort, last: hostPort }];
  const port: Match = { kind: "ports", protocol, ranges };
  if (isEveryAddress(hostAddress)) return [port];
  const cidrs = [`${hostAddress}/${hostAddress.includes(":") ? "128" : "32"}`];
  return [{ kind: "addresses", end: "to", cidrs }, port];
}

function isEveryAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function familyOf({ hostAddress }: ResolvedBinding): Family {
  return hostAddress.includes(":") ? "IPv6" : "IPv4";
}

/** On into the first of these; none: nobody else is asked. */
function entry([first]: readonly LayoutChain[]): Target {
  return first === undefined ? goBack : { kind: "goto", chain: first.name };
}

function keyOf({ protocol, hostAddress, hostPort }: ResolvedBinding): string {
  return `${protocol} ${hostAddress} ${String(hostPort)}`;
}

function distinct(chains: readonly LayoutChain[]): readonly LayoutChain[] {
  return [...new Map(chains.map((chain) => [chain.name, chain])).values()];
}

function digest(...what: readonly unknown[]): string {
  return sha256(JSON.stringify(what));
}
