import type { LabRecord, NodeRecord } from "./lab-folder.ts";
import { addAddress, announce, routeSegments } from "./routes.ts";
import { connectNodes } from "./switch.ts";

/** Puts nodes that have just booted on the lab's network: cables, addresses, the ways there and back. */
export async function joinNetwork(
  lab: Pick<LabRecord, "initPid" | "root" | "nodes">,
  booted: readonly NodeRecord[],
): Promise<void> {
  await connectNodes(lab, booted);
  await routeSegments(lab.nodes, booted);
  for (const node of lab.nodes) {
    const give = booted.includes(node) ? addAddress : announce;
    for (const cidr of node.addresses) await give(cidr, node, lab.nodes);
  }
}
