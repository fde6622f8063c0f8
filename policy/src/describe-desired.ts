import { createHash } from "node:crypto";
import { isEmptyAddressSet } from "./address-set.ts";
import type {
  AddressSet,
  DesiredDirection,
  DesiredPolicy,
  DesiredState,
  Direction,
  NetworkSelector,
  PortMatch,
  PortRange,
} from "./desired-state.ts";
import { formatSelector } from "./selector-text.ts";

/** CIDRs that are written out; a longer list is told by its first ones, its length and its digest. */
const MOST_CIDRS = 8;
const SHOWN_OF_MANY = 3;

/**
 * The state in words: a line for each policy, default and rule, in the order in
 * which they are judged. No two lines of a state are equal, and two states have
 * the same lines only when they enforce the same.
 */
export function describeDesired(desired: DesiredState): readonly string[] {
  return desired.policies.flatMap((policy) => [
    `${policy.name}: ${policy.tier}, priority ${String(policy.priority)}, on ${describeNetworks(policy.networkSelector)}`,
    ...describeDirection(policy, "ingress", policy.ingress),
    ...describeDirection(policy, "egress", policy.egress),
  ]);
}

function describeDirection(
  policy: DesiredPolicy,
  direction: Direction,
  desired: DesiredDirection | undefined,
): readonly string[] {
  if (desired === undefined) {
    return [];
  }
  const where = describeNetworks(policy.networkSelector);
  const [peerWord, portWord] = direction === "ingress" ? ["from", "to"] : ["to", "at"];
  return [
    ...desired.rules.map(
      ({ name, action, addresses, networks, ports }) =>
        `${policy.name} ${direction} ${name}: ${action} ${peerWord} ${describePeers(addresses, networks)} ${portWord} ${describePorts(ports)} on ${where}`,
    ),
    `${policy.name} ${direction} default: ${desired.defaultAction} on ${where}`,
  ];
}

function describeNetworks({ names, labels }: NetworkSelector): string {
  const selector = formatSelector(labels);
  const named = names === undefined ? "every network" : names.join(" or ");
  return selector === "" ? named : `${named} with ${selector}`;
}

function describePeers(
  addresses: AddressSet | undefined,
  networks: readonly NetworkSelector[] = [],
): string {
  const bridges = networks.map((selector) => `network ${describeNetworks(selector)}`);
  const isBridgesOnly = addresses !== undefined && isEmptyAddressSet(addresses);
  return [
    ...(isBridgesOnly && bridges.length > 0 ? [] : [describeAddresses(addresses)]),
    ...bridges,
  ].join("; ");
}

function describeAddresses(addresses: AddressSet | undefined): string {
  if (addresses === undefined) {
    return "anywhere";
  }
  const cidrs = [...addresses.v4, ...addresses.v6];
  if (cidrs.length === 0) {
    return "nowhere";
  }
  if (cidrs.length <= MOST_CIDRS) {
    return cidrs.join(", ");
  }
  const digest = createHash("sha256").update(cidrs.join("\n")).digest("hex").slice(0, 12);
  return `${cidrs.slice(0, SHOWN_OF_MANY).join(", ")} and ${String(cidrs.length - SHOWN_OF_MANY)} more CIDRs (sha256 ${digest})`;
}

function describePorts(ports: readonly PortMatch[] | undefined): string {
  return ports === undefined ? "every port" : ports.map(describePort).join(", ");
}

function describePort(match: PortMatch): string {
  switch (match.kind) {
    case "port":
      return match.ports === undefined
        ? match.protocol
        : `${match.protocol}/${describeRange(match.ports)}`;
    case "publishedPort":
      return `published ${match.protocol}/${describeRange(match.ports)}`;
    case "icmp":
      return "ICMP";
  }
}

function describeRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}
