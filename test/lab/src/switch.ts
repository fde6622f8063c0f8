import { labSubnet4, labSubnet6 } from "./addressing.ts";
import { run } from "./execute.ts";
import type { NodeRecord } from "./lab-folder.ts";
import { inNetworkOf } from "./namespaces.ts";

/**
 * The lab's switch: a bridge in the network namespace of the lab's init, with one cable to each
 * node. The machine's own network namespace takes no part in it.
 */
export async function connectNodes(
  initPid: number,
  root: string,
  nodes: readonly NodeRecord[],
): Promise<void> {
  const lines = ["link add sw0 type bridge mcast_snooping 0", "link set sw0 up"];
  for (const [index, node] of nodes.entries()) {
    const port = `p${String(index)}`;
    // `netns` takes a process id; this `ip` runs in the machine's pid namespace, so that fits.
    lines.push(`link add ${port} type veth peer name eth0 netns ${String(node.pid)}`);
    lines.push(`link set ${port} master sw0`, `link set ${port} up`);
  }
  await batch(initPid, root, lines);
  await Promise.all(nodes.map((node) => configure(root, node)));
}

async function configure(root: string, node: NodeRecord): Promise<void> {
  const prefix = (subnet: string): string => subnet.split("/")[1] ?? "";
  await batch(node.pid, root, [
    "link set lo up",
    "link set eth0 up",
    `address add ${node.ipv4}/${prefix(labSubnet4)} dev eth0`,
    // Duplicate address detection would keep the address unusable for a second.
    `address add ${node.ipv6}/${prefix(labSubnet6)} dev eth0 nodad`,
  ]);
}

async function batch(pid: number, root: string, lines: readonly string[]): Promise<void> {
  const argv = inNetworkOf(pid, root, ["/usr/sbin/ip", "-batch", "-"]);
  await run(argv, { input: `${lines.join("\n")}\n` });
}
