import {
  isPlainInterfaceName,
  type ResolvedBridge,
  type ResolvedPlane,
  type ResolvedRule,
  type ResolvedState,
  remembered,
} from "@seawall/policy";
import { ends } from "./layout.ts";
import { shortId } from "./render-names.ts";
import { planesOf, rulesOf } from "./scoped-rules.ts";

/** What in the state cannot become rules, in words. */
export function problemsOf(state: ResolvedState): readonly string[] {
  const planes = planesOf(state);
  const outside = planes.some(({ interfaces }) => interfaces.length > 0);
  return [
    ...new Set([
      ...planes.flatMap(planeProblems),
      ...(outside ? state.dockerBridges : []).flatMap((name) =>
        interfaceProblems("bridge of Docker", name),
      ),
    ]),
  ];
}

function planeProblems({ bridges, interfaces, known }: ResolvedPlane): readonly string[] {
  return [
    ...bridges.flatMap((bridge) => bridgeProblems(bridge)),
    ...twins(
      bridges,
      ({ bridge }) => bridge,
      (one, other) => `networks ${one.network} and ${other.network} share bridge ${one.bridge}`,
    ),
    ...alikeIds(bridges, ({ network }) => network),
    ...interfaces.flatMap(({ interface: name }) => interfaceProblems("outside Docker", name)),
    ...known.flatMap(({ bridge, networkId }) => idProblems(`network of ${bridge}`, networkId)),
    ...alikeIds(known, ({ bridge }) => `of ${bridge}`),
  ];
}

const bridgeProblems = remembered((resolved: ResolvedBridge): readonly string[] => {
  const { network, networkId, bridge } = resolved;
  const rules = rulesOf({ bridges: [resolved], interfaces: [] }).map(({ rule }) => rule);
  return [
    ...interfaceProblems(`network ${network}`, bridge),
    ...idProblems(`network ${network}`, networkId),
    ...rules
      .flatMap(peerBridges)
      .flatMap((peer) => interfaceProblems(`peer of network ${network}`, peer)),
  ];
});

function peerBridges(rule: ResolvedRule): readonly string[] {
  return ends.flatMap((end) => [
    ...(rule[end]?.networks ?? []).map(({ bridge }) => bridge),
    ...(rule[end]?.unresolved ?? []),
  ]);
}

function interfaceProblems(whose: string, name: string): readonly string[] {
  if (isPlainInterfaceName(name)) return [];
  return [`${whose}: ${JSON.stringify(name)} is not a usable interface name`];
}

function idProblems(whose: string, networkId: string): readonly string[] {
  if (/^[0-9a-f]{12,}$/.test(networkId)) return [];
  return [`${whose}: ${JSON.stringify(networkId)} is not a network id`];
}

function alikeIds<T extends { readonly networkId: string }>(
  networks: readonly T[],
  nameOf: (network: T) => string,
): readonly string[] {
  return twins(
    networks,
    ({ networkId }) => shortId(networkId),
    (one, other) => `networks ${nameOf(one)} and ${nameOf(other)} have ids that begin alike`,
  );
}

/** A problem for everything that has the key of something before it. */
function twins<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  problemOf: (one: T, other: T) => string,
): readonly string[] {
  const before = new Map<string, T>();
  return items.flatMap((item) => {
    const twin = before.get(keyOf(item));
    before.set(keyOf(item), item);
    return twin === undefined ? [] : [problemOf(twin, item)];
  });
}
