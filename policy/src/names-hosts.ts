import { peersOf } from "./policy-peers.ts";
import type { Resource } from "./resource.ts";

/** Whether a rule of these names hosts by label, so that what they compile to depends on the whole fleet. */
export function namesHosts(resources: Iterable<Resource>): boolean {
  return [...resources].some(
    (resource) =>
      resource.kind === "FleetPolicy" &&
      peersOf(resource.spec).some(({ peer }) => peer.hostSelector !== undefined),
  );
}
