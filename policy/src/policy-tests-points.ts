import { type Address, lastAddress, parseAddress, parseCidr } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import type { DockerContainer } from "./host-view.ts";
import {
  representatives,
  representativesAmong,
  type Span,
} from "./policy-tests-representatives.ts";
import type { BridgeEnd, TestWay } from "./policy-tests-ways.ts";

/** An address at an end of a test. */
export interface TestPoint {
  readonly address: Address;
  /** No running container is known to have it. */
  readonly madeUp: boolean;
}

const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** The families in which there may be packets on this way. */
export function familiesOf({ from, to }: TestWay): readonly Family[] {
  for (const end of [from, to]) if (end.kind === "block") return [end.block.family];
  return FAMILIES.filter((family) =>
    [from, to].every((end) => end.kind === "bridge" && hasFamily(end, family)),
  );
}

/** Of each class the first: addresses of running containers, and where none has one, of the network. */
export function pointsOf(
  end: BridgeEnd,
  family: Family,
  sets: readonly (readonly Span[])[],
): readonly TestPoint[] {
  const known = end.containers.flatMap((container) =>
    addressesAt(end, container).filter((address) => address.family === family),
  );
  if (known.length > 0) {
    return representativesAmong(
      known.map(({ value }) => value),
      sets,
    ).map((value) => ({ address: { family, value }, madeUp: false }));
  }
  const subnets = subnetsOf(end, family);
  const values =
    subnets.length === 0 ? [0n] : subnets.flatMap((subnet) => representatives(subnet, sets));
  return values.map((value) => ({ address: { family, value }, madeUp: true }));
}

// What is not known may be of either family.
function hasFamily(end: BridgeEnd, family: Family): boolean {
  const known = end.containers.flatMap((container) => addressesAt(end, container));
  if (known.length > 0) return known.some((address) => address.family === family);
  const isUnknown = FAMILIES.every((one) => subnetsOf(end, one).length === 0);
  return isUnknown || subnetsOf(end, family).length > 0;
}

function addressesAt({ network }: BridgeEnd, { attachments }: DockerContainer): readonly Address[] {
  return attachments
    .filter(({ networkId }) => networkId === network.id)
    .flatMap(({ addresses }) => addresses)
    .map(parseAddress)
    .flatMap((parsed) => (parsed.ok ? [parsed.address] : []));
}

function subnetsOf({ network }: BridgeEnd, family: Family): readonly Span[] {
  return network.subnets
    .map(parseCidr)
    .flatMap((parsed) => (parsed.ok && parsed.cidr.family === family ? [parsed.cidr] : []))
    .map((cidr) => ({ first: cidr.network, last: lastAddress(cidr) }));
}
