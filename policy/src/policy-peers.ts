import type { Direction } from "./desired-state.ts";
import type { FieldPath } from "./field-path.ts";
import type { FleetPolicySpec, PolicyPeer } from "./fleet-policy.ts";

/** A peer and where it stands in its policy. */
export interface PlacedPeer {
  readonly peer: PolicyPeer;
  readonly direction: Direction;
  readonly path: FieldPath;
}

/** Every peer of every rule. */
export function peersOf({ ingress, egress, internal }: FleetPolicySpec): readonly PlacedPeer[] {
  const at = (
    direction: Direction,
    rule: number,
    end: "from" | "to",
    peers: readonly PolicyPeer[] = [],
  ) =>
    peers.map((peer, index) => ({
      peer,
      direction,
      path: ["spec", direction, "rules", rule, end, index],
    }));
  return [
    ...(ingress?.rules ?? []).flatMap(({ from }, rule) => at("ingress", rule, "from", from)),
    ...(egress?.rules ?? []).flatMap(({ to }, rule) => at("egress", rule, "to", to)),
    ...(internal?.rules ?? []).flatMap(({ from, to }, rule) => [
      ...at("internal", rule, "from", from),
      ...at("internal", rule, "to", to),
    ]),
  ];
}
