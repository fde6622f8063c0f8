import { labSubnet4, labSubnet6 } from "./addressing.ts";
import { run } from "./execute.ts";
import type { NodeRecord } from "./lab-folder.ts";
import { inNode, inSwitch, nodeEnvironment } from "./namespaces.ts";

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
    lines.push(`link add ${port} type veth peer name eth0 netns ${String(node.pid)}`);
    lines.push(`link set ${port} master sw0`, `link set ${port} up`);
  }
  const ip = inSwitch(initPid, root, ["/usr/sbin/ip", "-batch", "-"]);
  await run(ip, { input: `${lines.join("\n")}\n` });
  await Promise.all(nodes.map(configure));
  await run(inSwitch(initPid, root, ["/bin/sh", "-c", deferDelivery]));
}

/**
 * On plain veth a packet and the answer to it are handled within the sender's own system call, while
 * its socket is locked, and TCP drops ICMP errors that come to a locked socket: a REJECT would look
 * like silence. Ports that receive in a kernel thread make the answer come later, as on a wire.
 */
const deferDelivery = `
for port in /sys/class/net/p[0-9]*; do
  ethtool -K "\${port##*/}" gro on && echo 1 > "$port/threaded"
done`;

async function configure(node: NodeRecord): Promise<void> {
  const prefix = (subnet: string): string => subnet.split("/")[1] ?? "";
  const lines = [
    "link set lo up",
    "link set eth0 up",
    `address add ${node.ipv4}/${prefix(labSubnet4)} dev eth0`,
    // Duplicate address detection would keep the address unusable for a second.
    `address add ${node.ipv6}/${prefix(labSubnet6)} dev eth0 nodad`,
  ];
  const ip = inNode(node.pid, ["ip", "-batch", "-"]);
  await run(ip, { input: `${lines.join("\n")}\n`, env: nodeEnvironment });
  // Segmentation offload would make the switch's ports take the undeferred path.
  const offload = ["ethtool", "-K", "eth0", "tso", "off"];
  await run(inNode(node.pid, offload), { env: nodeEnvironment });
}
