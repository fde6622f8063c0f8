import { type Family, formatAddress, type ResolvedState } from "@seawall/policy";
import type { LayoutRule, Match } from "./layout.ts";
import { goBack } from "./render-place.ts";

// No container is named: whoever can redirect that port, Docker or root, has done so on purpose.

/** What Docker leads to NATS or to the controller in a container of this host. */
export function managementForwarded(state: ResolvedState, family: Family): readonly LayoutRule[] {
  return managementRules(state, family, (address, port) => [
    {
      ...{ kind: "publishedPort", protocol: "TCP", address },
      ports: { first: port, last: port },
    },
  ]);
}

/** What docker-proxy takes to them. */
export function managementInput(state: ResolvedState, family: Family): readonly LayoutRule[] {
  return managementRules(state, family, (address, port) => [
    { kind: "addresses", end: "to", cidrs: [`${address}/${alone[family]}`] },
    { kind: "ports", protocol: "TCP", ranges: [{ first: port, last: port }] },
  ]);
}

const alone = { IPv4: "32", IPv6: "128" } as const;

function managementRules(
  { management }: ResolvedState,
  family: Family,
  match: (address: string, port: number) => readonly Match[],
): readonly LayoutRule[] {
  return management
    .filter(({ address }) => address.family === family)
    .map(({ address, port, container }) => ({
      match: match(formatAddress(address), port),
      target: goBack,
      label: `never cut: ${container}`,
    }));
}
