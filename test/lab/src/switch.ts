import { readdir, readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { type NodeAddresses, prefixLength, routerAddresses } from "./addressing.ts";
import { execute, run } from "./execute.ts";
import type { LabRecord, NodeRecord } from "./lab-folder.ts";
import { inNode, inSwitch, nodeEnvironment } from "./namespaces.ts";

type SwitchedLab = Pick<LabRecord, "initPid" | "root" | "nodes">;

/**
 * The lab's switches: a bridge for each segment in the network namespace of the lab's init, with one
 * cable to each node there. The machine's own network namespace takes no part in it.
 */
export async function makeSwitches(lab: SwitchedLab): Promise<void> {
  const names = [...new Set(lab.nodes.map((node) => node.segment))].map(switchOf);
  const lines = names.flatMap((name) => [
    `link add ${name} type bridge mcast_snooping 0`,
    `link set ${name} up`,
  ]);
  await atSwitch(lab, lines);
}

/** Lays the cables of nodes that have just booted. */
export async function connectNodes(lab: SwitchedLab, booted: readonly NodeRecord[]): Promise<void> {
  const lines = portsOf(lab, booted).flatMap(({ port, mac, device, node, segment }) => [
    `link add ${port} type veth peer name ${device} address ${mac} netns ${String(node.pid)}`,
    `link set ${port} master ${switchOf(segment)}`,
    `link set ${port} up`,
  ]);
  await atSwitch(lab, lines);
  await Promise.all(booted.map(configure));
  await run(inSwitch(lab.initPid, lab.root, ["/bin/sh", "-c", deferDelivery]));
  await hastenDelivery();
}

/** Takes away what is left of a node's cables; they go with its network namespace, at their leisure. */
export async function disconnectNode(lab: SwitchedLab, node: NodeRecord): Promise<void> {
  for (const { port } of portsOf(lab, [node])) {
    await execute(inSwitch(lab.initPid, lab.root, ["/usr/sbin/ip", "link", "del", port]));
  }
}

interface Port extends Cable {
  readonly port: string;
  /** Of the node's end: the others remember it across a reboot. */
  readonly mac: string;
}

function portsOf(lab: SwitchedLab, nodes: readonly NodeRecord[]): readonly Port[] {
  const ports = lab.nodes.flatMap(cablesOf).map((cable, index): Port => {
    const last = index.toString(16).padStart(2, "0");
    return { ...cable, port: `p${String(index)}`, mac: `02:00:5e:a0:00:${last}` };
  });
  return ports.filter(({ node }) => nodes.includes(node));
}

async function atSwitch({ initPid, root }: SwitchedLab, lines: readonly string[]): Promise<void> {
  const ip = inSwitch(initPid, root, ["/usr/sbin/ip", "-batch", "-"]);
  await run(ip, { input: `${lines.join("\n")}\n` });
}

function switchOf(segment: number): string {
  return `sw${String(segment)}`;
}

interface Cable {
  readonly node: NodeRecord;
  readonly device: "eth0" | "eth1";
  readonly segment: number;
  readonly addresses: NodeAddresses;
}

function cablesOf(node: NodeRecord): readonly Cable[] {
  const own: Cable = { node, device: "eth0", segment: node.segment, addresses: node };
  if (node.routerOf === null) return [own];
  const segment = node.routerOf;
  return [own, { node, device: "eth1", segment, addresses: routerAddresses(segment) }];
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

/**
 * A port has room for 256 packets, and loses what comes while its thread waits for a busy machine.
 * Two labs may have threads of the same names; hastening those twice does no harm.
 */
async function hastenDelivery(): Promise<void> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (!/^napi\/p\d+-\d+$/.test(name.trim())) continue;
    try {
      setPriority(Number(pid), constants.priority.PRIORITY_HIGHEST);
    } catch {
      // The port of a lab that ends just now.
    }
  }
}

async function configure(node: NodeRecord): Promise<void> {
  const cables = cablesOf(node);
  const lines = cables.flatMap(({ device, addresses: { ipv4, ipv6 } }) => [
    `link set ${device} up`,
    `address add ${ipv4}/${String(prefixLength.ipv4)} dev ${device}`,
    // Duplicate address detection would keep the address unusable for a second.
    `address add ${ipv6}/${String(prefixLength.ipv6)} dev ${device} nodad`,
  ]);
  const ip = inNode(node.pid, ["ip", "-batch", "-"]);
  await run(ip, { input: `link set lo up\n${lines.join("\n")}\n`, env: nodeEnvironment });
  for (const { device } of cables) {
    // Segmentation offload would make the switch's ports take the undeferred path.
    const offload = ["ethtool", "-K", device, "tso", "off"];
    await run(inNode(node.pid, offload), { env: nodeEnvironment });
  }
}
