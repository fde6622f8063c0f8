import {
  type AddressSet,
  type Family,
  type ResolvedPeerNetwork,
  type ResolvedPeers,
  type ResolvedRule,
  type Scope,
  unionAddressSets,
} from "@seawall/policy";
import { atInterface, type End, type Match } from "./layout.ts";

/** More CIDRs than this may be one set: a packet then costs the same for 40 as for 10,000. */
const mostPlainCidrs = 32;

/** The matches of which one has to fit; none where there is no address of this family. */
export function atAddresses(
  end: End,
  addresses: AddressSet,
  family: Family,
  key?: string,
): readonly (readonly Match[])[] {
  const cidrs = family === "IPv4" ? addresses.v4 : addresses.v6;
  if (cidrs.length === 0) return [];
  const isSet = key !== undefined && cidrs.length > mostPlainCidrs;
  return [[{ kind: "addresses", end, cidrs, ...(isSet ? { key } : {}) }]];
}

/**
 * The matches of which one has to fit, for both ends of a rule. An end that is not said = anywhere, one empty
 * match. Addresses said but none of this family = nowhere, no match: leaving it out would widen it to everything.
 */
export function peerMatches(
  rule: ResolvedRule,
  scope: Scope,
  family: Family,
): readonly (readonly Match[])[] {
  const of = (end: End) => {
    const peers = rule[end];
    return peers === undefined
      ? [[]]
      : groupsOf(rule, end, peers, scope).flatMap((group) => groupMatches(group, end, family));
  };
  const to = of("to");
  return of("from").flatMap((from) => to.map((match) => [...from, ...match]));
}

/** Addresses of one end that are matched alike. */
interface Group {
  /** What their set is called. */
  readonly key: string;
  readonly bridge?: string;
  /** Absent: whatever the bridge brings. */
  readonly addresses?: AddressSet;
}

function groupsOf(
  { policy, rule }: ResolvedRule,
  end: End,
  { addresses, networks }: ResolvedPeers,
  scope: Scope,
): readonly Group[] {
  // What goes to the host itself is judged by the same rules as what goes out.
  const key = [policy, scope === "host" ? "egress" : scope, rule, end].join("/");
  return [
    { key, addresses },
    ...byBridge(networks).map((network) => ({ key: `${key}/${network.bridge}`, ...network })),
  ];
}

/** One of each bridge: what is said of it together. */
function byBridge(networks: readonly ResolvedPeerNetwork[]): readonly ResolvedPeerNetwork[] {
  return [...new Set(networks.map(({ bridge }) => bridge))].map((bridge) => {
    const own = networks.filter((network) => network.bridge === bridge);
    const sets = own.flatMap(({ addresses }) => addresses ?? []);
    return sets.length < own.length ? { bridge } : { bridge, addresses: unionAddressSets(sets) };
  });
}

function groupMatches(
  { key, bridge, addresses }: Group,
  end: End,
  family: Family,
): readonly (readonly Match[])[] {
  const via = bridge === undefined ? [] : [atInterface(end, bridge)];
  if (addresses === undefined) return [via];
  return atAddresses(end, addresses, family, key).map((match) => [...via, ...match]);
}
