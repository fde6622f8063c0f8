import { closed, type LeakHost } from "./leak-host.ts";
import { repositoryPath } from "./repository-path.ts";

const upTo = (times: number): readonly number[] =>
  Array.from({ length: times }, (_, index) => index + 1);

/** Open into `shop` but for the group, and no way out of it. */
export function openBut(action: "Deny" | "Reject", more = ""): string {
  return `---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec:
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Allow
    rules: [${more}${denyBlocked(action)}]
  egress: {defaultAction: ${action}}
`;
}

function denyBlocked(action: "Deny" | "Reject"): string {
  return `{name: blocked, action: ${action}, from: [{addressGroup: blocked}]}, `;
}

/** The client is in the group at all times; who else is, changes. More than 32 CIDRs become an ipset. */
export function blocked({ client }: LeakHost, round: number): string {
  // No two are neighbours, or they would be one CIDR.
  const addresses = Array.from({ length: (round * 7) % 60 }, (_, index) => index * 2);
  const cidrs = [
    ...addresses.map((last) => `198.18.${round}.${last}/32`),
    `${client.ipv4}/32`,
    ...addresses.map((last) => `2001:db8:bad:${round}::${last}/128`),
    `${client.ipv6}/128`,
    // The office stays outside.
  ];
  return `---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: blocked}
spec: {cidrs: [${cidrs.map((cidr) => JSON.stringify(cidr)).join(", ")}]}
`;
}

export interface Revisions {
  readonly name: string;
  readonly manifests: (site: LeakHost, times: number) => readonly string[];
}

export const groupChanges: Revisions = {
  name: "an address group changes",
  manifests: (site, times) => upTo(times).map((round) => blocked(site, round)),
};

/** In turn four policies that have nothing in common but what they deny and the group, with a rule that is always new. */
export const policyChanges: Revisions = {
  name: "a policy is updated",
  manifests: (_, times) => upTo(times).map(policy),
};

function policy(round: number): string {
  const fresh = `{name: fresh, action: Allow, ports: [{port: ${1000 + round}}]}, `;
  const shapes = [
    openBut("Deny", fresh),
    closed("Reject", fresh + denyBlocked("Reject")),
    openBut("Reject", fresh),
    closed("Deny", fresh + denyBlocked("Deny")),
  ];
  return shapes[round % shapes.length] ?? "";
}

/** Applies one after the other; each is enforced before the next comes. */
export async function applyEach({ fleet }: LeakHost, manifests: readonly string[]): Promise<void> {
  const program = `${repositoryPath}/test/leak/dist/apply-each.js`;
  const input = JSON.stringify(manifests);
  await fleet.controller.run(["node", program], { input, timeoutMs: 600_000 });
}
