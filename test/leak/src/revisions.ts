import { closed, type LeakHost } from "./leak-host.ts";
import { repositoryPath } from "./repository-path.ts";

const rounds = (times: number): readonly number[] =>
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
    rules: [${more}{name: blocked, action: ${action}, from: [{addressGroup: blocked}]}]
  egress: {defaultAction: ${action}}
`;
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

export function groupRevisions(site: LeakHost, times: number): readonly string[] {
  return rounds(times).map((round) => blocked(site, round));
}

/** In turn four policies that have nothing in common but what they deny, with a rule that is always new. */
export function policyRevisions(times: number): readonly string[] {
  return rounds(times).map((round) => {
    const fresh = `{name: fresh, action: Allow, ports: [{port: ${1000 + round}}]}, `;
    const shapes = [
      openBut("Deny", fresh),
      closed("Reject", fresh),
      openBut("Reject", fresh),
      closed("Deny", fresh),
    ];
    return shapes[round % shapes.length] ?? "";
  });
}

/** Applies one after the other; each is enforced before the next comes. */
export async function applyEach({ fleet }: LeakHost, manifests: readonly string[]): Promise<void> {
  const program = `${repositoryPath}/test/leak/dist/apply-each.js`;
  const input = JSON.stringify(manifests);
  await fleet.controller.run(["node", program], { input, timeoutMs: 600_000 });
}
