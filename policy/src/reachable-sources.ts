import {
  addressSetOfTexts,
  emptyAddressSet,
  intersectAddressSets,
  subtractAddressSets,
  unionAddressSets,
} from "./address-set.ts";
import type { AddressSet, Family, Tier } from "./desired-state.ts";
import type { ResolvedDirection, ResolvedList, ResolvedRule } from "./resolved-state.ts";
import { caseOf, holdsUnknown, matchesPorts, type Packet, type PacketPorts } from "./simulate.ts";

/** A connection to a container, from anywhere outside the host. */
export type IncomingConnection = PacketPorts & Pick<Packet, "destination">;

/** Every address of a family. */
export const everyAddress: Readonly<Record<Family, AddressSet>> = {
  IPv4: addressSetOfTexts(["0.0.0.0/0"]),
  IPv6: addressSetOfTexts(["::/0"]),
};

/**
 * The source addresses outside the host, of this family, from which the policies let this come: it is the
 * destination's, unless docker-proxy stands in between. undefined, where no policy speaks: every one. Equal to asking
 * `simulate` for each.
 */
export function reachableSources(
  ingress: ResolvedDirection | undefined,
  connection: IncomingConnection,
  family: Family = connection.destination.family,
): AddressSet {
  const every = everyAddress[family];
  if (ingress === undefined) return every;
  const list = caseOf(ingress, connection.destination, connection.publishedPort)?.list;
  if (list === undefined) {
    return holdsUnknown(ingress, connection.publishedPort) ? emptyAddressSet : every;
  }
  return allowedBy(list, connection, every);
}

/** Sources that no rule has decided, in the tier that is judged and past it. */
interface Undecided {
  readonly tier: Tier | undefined;
  readonly here: AddressSet;
  readonly passed: AddressSet;
  readonly allowed: AddressSet;
}

function allowedBy(
  list: ResolvedList,
  connection: IncomingConnection,
  every: AddressSet,
): AddressSet {
  const start = { tier: undefined, here: every, passed: emptyAddressSet, allowed: emptyAddressSet };
  const end = list.rules
    .filter((rule) => matchesPorts(rule, connection))
    .reduce<Undecided>(decide, start);
  return list.defaultAction === "Allow"
    ? unionAddressSets([end.allowed, end.here, end.passed])
    : end.allowed;
}

function decide(before: Undecided, rule: ResolvedRule): Undecided {
  const { here, passed, allowed } = before.tier === rule.tier ? before : nextTier(before);
  // What comes from outside comes by no bridge, so no network and no container is its sender.
  const matched = rule.from === undefined ? here : intersectAddressSets(here, rule.from.addresses);
  return {
    tier: rule.tier,
    here: subtractAddressSets(here, matched),
    passed: rule.action === "Pass" ? unionAddressSets([passed, matched]) : passed,
    allowed: rule.action === "Allow" ? unionAddressSets([allowed, matched]) : allowed,
  };
}

function nextTier({ here, passed, allowed }: Undecided): Omit<Undecided, "tier"> {
  return { here: unionAddressSets([here, passed]), passed: emptyAddressSet, allowed };
}
