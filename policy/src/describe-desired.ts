import { createHash } from "node:crypto";
import { isEmptyAddressSet } from "./address-set.ts";
import type {
  AddressSet,
  DesiredDirection,
  DesiredPeers,
  DesiredPolicy,
  DesiredState,
  Direction,
  DockerSelector,
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
    `${policy.name}: ${policy.tier}, priority ${String(policy.priority)}, on ${describeTarget(policy)}${policy.mode === "Audit" ? ", in Audit" : ""}`,
    ...describeDirection(policy, "ingress", policy.ingress),
    ...describeDirection(policy, "egress", policy.egress),
    ...describeDirection(policy, "internal", policy.internal),
    ...(policy.egress?.host === true
      ? [`${policy.name} egress: also to the host itself on ${describeTarget(policy)}`]
      : []),
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
  const where = describeTarget(policy);
  return [
    ...desired.rules.map(
      ({ name, action, from, to, ports, log }) =>
        `${policy.name} ${direction} ${name}: ${action}${log === true ? " and log" : ""} ${describeEnds(direction, from, to)} ${direction === "egress" ? "at" : "to"} ${describePorts(ports)} on ${where}`,
    ),
    `${policy.name} ${direction} default: ${desired.defaultAction} on ${where}`,
  ];
}

function describeSelector({ names, labels }: DockerSelector, what: string): string {
  const selector = formatSelector(labels);
  const named = names === undefined ? `every ${what}` : names.map(plainName).join(" or ");
  return selector === "" ? named : `${named} with ${selector}`;
}

/** A name that could be read as several, or as more than a name, is quoted. */
function plainName(name: string): string {
  return /^[\w.*/-]+$/.test(name) ? name : JSON.stringify(name);
}

function describeTarget({
  networkSelector,
  containerSelector,
  interfaces = [],
}: DesiredPolicy): string {
  if (networkSelector === undefined) return `interface ${interfaces.join(" or ")}`;
  const networks = describeSelector(networkSelector, "network");
  return containerSelector === undefined
    ? networks
    : `${describeSelector(containerSelector, "container")} of ${networks}`;
}

function describeEnds(
  direction: Direction,
  from: DesiredPeers | undefined,
  to: DesiredPeers | undefined,
): string {
  switch (direction) {
    case "ingress":
      return `from ${describePeers(from)}`;
    case "egress":
      return `to ${describePeers(to)}`;
    case "internal":
      return `from ${describePeers(from)} to ${describePeers(to)}`;
  }
}

function describePeers(peers: DesiredPeers | undefined): string {
  const others = [
    ...(peers?.networks ?? []).map((one) => `network ${describeSelector(one, "network")}`),
    ...(peers?.containers ?? []).map((one) => `container ${describeSelector(one, "container")}`),
  ];
  const isOthersOnly = peers !== undefined && isEmptyAddressSet(peers.addresses);
  return [
    ...(isOthersOnly && others.length > 0 ? [] : [describeAddresses(peers?.addresses)]),
    ...others,
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
