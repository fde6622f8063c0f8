import { type FleetPolicy, peersOf } from "@seawall/policy";

/** The address groups that a policy's rules name. */
export function groupsOf({ spec }: FleetPolicy): readonly string[] {
  return [...new Set(peersOf(spec).flatMap(({ peer }) => peer.addressGroup ?? []))];
}
