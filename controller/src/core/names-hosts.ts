import type { FleetPolicy } from "@seawall/policy";
import type { ResourceTree } from "./change-set.ts";

/** Whether a rule of the tree names hosts by label, so that what it compiles to depends on the fleet's directory. */
export function namesHosts(tree: ResourceTree): boolean {
  return [...tree.values()].some(
    (resource) => resource.kind === "FleetPolicy" && peersOf(resource).some(isHostPeer),
  );
}

function peersOf({ spec: { ingress, egress, internal } }: FleetPolicy) {
  return [
    ...(ingress?.rules ?? []).flatMap(({ from }) => from ?? []),
    ...(egress?.rules ?? []).flatMap(({ to }) => to ?? []),
    ...(internal?.rules ?? []).flatMap(({ from, to }) => [...(from ?? []), ...(to ?? [])]),
  ];
}

function isHostPeer({ hostSelector }: ReturnType<typeof peersOf>[number]): boolean {
  return hostSelector !== undefined;
}
