import { canonicalJson } from "./canonical-json.ts";
import type { DirectionNumbers } from "./direction-numbers.ts";
import { remembered } from "./remembered.ts";
import type { ResolvedDirection, ResolvedState } from "./resolved-state.ts";
import { heldAtNewBridge } from "./simulate.ts";

/** Any interface that has no name here. */
export const ELSEWHERE = "";
/** A bridge that may be Docker's, and of which nothing is known. No interface can be called so. */
export const NEW_BRIDGE = "br-?";

/** Every interface that policies of either state tell from others, and those two, sorted. */
export function interfacesToldApart(...states: readonly ResolvedState[]): readonly string[] {
  const names = states.flatMap(({ dockerBridges, knownBridges = [], interfaces, bridges }) => [
    ...[...dockerBridges, ...knownBridges, "lo"],
    ...[...bridges.map(({ bridge }) => bridge), ...interfaces.map((one) => one.interface)],
    ...bridges.flatMap(({ ingress, egress, internal, host }) =>
      [ingress, egress, internal, host].flatMap((one) => one ?? []).flatMap(peerBridges),
    ),
  ]);
  return [...new Set([ELSEWHERE, NEW_BRIDGE, ...names])].toSorted();
}

function peerBridges({ cases }: ResolvedDirection): readonly string[] {
  return cases
    .flatMap(({ list }) => list.rules)
    .flatMap(({ from, to }) => [from, to].flatMap((one) => one ?? []))
    .flatMap(({ networks, unresolved }) => [
      ...networks.map(({ bridge }) => bridge),
      ...unresolved,
    ]);
}

/** What comes or goes by each of these is one to a state. */
export interface InterfaceClass {
  readonly names: readonly [string, ...string[]];
}

/** Interfaces of which no state says anything different, as the ones that packets come in by, or go out by. */
export function classesOf(
  names: readonly string[],
  end: "in" | "out",
  states: readonly ResolvedState[],
  numbers: DirectionNumbers,
): readonly InterfaceClass[] {
  const found = new Map<string, [string, ...string[]]>();
  for (const name of names) {
    const key = canonicalJson(states.map((state) => signature(name, end, state, numbers)));
    const known = found.get(key);
    if (known === undefined) found.set(key, [name]);
    else known.push(name);
  }
  return [...found.values()].map((one) => ({ names: one }));
}

/** All that decides about an interface. */
function signature(
  name: string,
  end: "in" | "out",
  state: ResolvedState,
  numbers: DirectionNumbers,
) {
  const bridge = state.bridges.find((one) => one.bridge === name);
  const outside = state.interfaces.find((one) => one.interface === name);
  const scopes = end === "in" ? (["egress", "host"] as const) : (["ingress"] as const);
  return [
    name === "lo",
    state.dockerBridges.includes(name),
    heldAtNewBridge(state, end === "in" ? { in: name } : { in: "lo", out: name }) !== undefined,
    ...scopes.map((scope) => numbers.of(bridge?.[scope])),
    numbers.of(outside?.[end === "in" ? "egress" : "ingress"]),
    peersOf(state)[end === "in" ? "from" : "to"].get(name) ?? "",
    ...state.known.filter((one) => one.bridge === name).map(({ addresses }) => addresses),
  ];
}

/** As which peers the rules of a state speak of each bridge. */
const peersOf = remembered((state: ResolvedState) => ({
  from: peersByBridge("from", state),
  to: peersByBridge("to", state),
}));

function peersByBridge(
  end: "from" | "to",
  { bridges, interfaces }: ResolvedState,
): ReadonlyMap<string, string> {
  const found = new Map<string, string[]>();
  const add = (bridge: string, what: unknown) => {
    const known = found.get(bridge) ?? [];
    known.push(canonicalJson(what));
    found.set(bridge, known);
  };
  const directions = [
    ...bridges.flatMap(({ ingress, egress, internal, host }) => [ingress, egress, internal, host]),
    ...interfaces.flatMap(({ ingress, egress }) => [ingress, egress]),
  ];
  const peers = directions
    .flatMap((direction) => direction?.cases ?? [])
    .flatMap(({ list }) => list.rules)
    .map((rule) => rule[end]);
  peers.forEach((one, index) => {
    for (const { bridge, addresses } of one?.networks ?? [])
      add(bridge, [index, addresses ?? null]);
    for (const bridge of one?.unresolved ?? []) add(bridge, [index]);
  });
  return new Map([...found].map(([bridge, all]) => [bridge, all.join(" ")]));
}
