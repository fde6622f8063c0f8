import {
  type AddressSet,
  type Family,
  type ResolvedPeerNetwork,
  type ResolvedPeers,
  type ResolvedRule,
  type Scope,
  unionAddressSets,
} from "@seawall/policy";
import type { Ipset } from "./render-place.ts";
import type { AddressSetDefinition, MatchWord } from "./ruleset.ts";

/** More CIDRs than this are one set, where there are sets: a packet then costs the same for 40 as for 10,000. */
const mostPlainCidrs = 32;

export const ends = ["from", "to"] as const;
export type End = (typeof ends)[number];

const words = {
  from: { via: "-i", at: "-s", in: "src" },
  to: { via: "-o", at: "-d", in: "dst" },
} as const;

export function ofFamily(set: AddressSet, family: Family): readonly string[] {
  return family === "IPv4" ? set.v4 : set.v6;
}

export function viaBridge(end: End, bridge: string): readonly string[] {
  return [words[end].via, bridge];
}

export function atCidr(end: End, cidr: string): readonly string[] {
  return [words[end].at, cidr];
}

/**
 * The matches of which one has to fit, for both ends of a rule. An end that is not said = anywhere, one empty
 * match. Addresses said but none of this family = nowhere, no match: leaving it out would widen it to everything.
 */
export function peerMatches(
  rule: ResolvedRule,
  scope: Scope,
  family: Family,
  ipset: Ipset,
): readonly (readonly MatchWord[])[] {
  const of = (end: End) => {
    const peers = rule[end];
    return peers === undefined
      ? [[]]
      : groupsOf(rule, end, peers, scope).flatMap((group) =>
          groupMatches(group, end, family, ipset),
        );
  };
  const to = of("to");
  return of("from").flatMap((from) => to.map((match) => [...from, ...match]));
}

/** The sets that the rule names where there are sets. */
export function setsOf(
  rule: ResolvedRule,
  scope: Scope,
  family: Family,
): readonly AddressSetDefinition[] {
  return ends.flatMap((end) => {
    const peers = rule[end];
    if (peers === undefined) return [];
    return groupsOf(rule, end, peers, scope).flatMap(({ key, addresses }) => {
      const cidrs = addresses === undefined ? [] : ofFamily(addresses, family);
      return cidrs.length > mostPlainCidrs ? [{ key, cidrs }] : [];
    });
  });
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
  ipset: Ipset,
): readonly (readonly MatchWord[])[] {
  const via = bridge === undefined ? [] : viaBridge(end, bridge);
  if (addresses === undefined) return [via];
  const cidrs = ofFamily(addresses, family);
  return cidrs.length > mostPlainCidrs && ipset === "available"
    ? [[...via, "-m", "set", "--match-set", { set: key }, words[end].in]]
    : cidrs.map((cidr) => [...via, ...atCidr(end, cidr)]);
}
