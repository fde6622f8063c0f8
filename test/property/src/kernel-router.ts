import type { Plan } from "@seawall/agent/core";
import { dockerTables, save } from "@seawall/agent/testing";
import {
  type Engine,
  type Lab,
  type LabNode,
  type ProbeOrigin,
  probeIcmp,
  probeTcp,
  probeUdp,
  startLab,
  type Verdict,
} from "@seawall/lab";
import { type Address, type Family, formatAddress, type Packet } from "@seawall/policy";
import { hostAddresses, type Place, ports } from "./drawn-addresses.ts";

/** A node whose kernel forwards between namespaces, as a Docker host's does between bridges and the world. */
export interface KernelRouter {
  /** Replaces all tables by Docker's chains, and carries the plan out. */
  install(plan: Plan): Promise<void>;
  /** Leads nothing into our chains in filter any more. */
  bypassFilter(): Promise<void>;
  /** Replaces all tables of iptables by Docker's chains, and our table of nftables by what `nft -f` makes of this. */
  installNft(text: string): Promise<void>;
  /** Makes the published ports of these packets; the index of a packet is its slot. */
  publish(packets: readonly Packet[]): Promise<void>;
  /** Sends the first packet of a connection and says what came of it. `slot` keeps published ports apart. */
  send(packet: Packet, slot: number): Promise<Verdict>;
  /** What `iptables-save -c` prints. */
  save(family: Family): Promise<string>;
  /** What `nft -j list table` prints of our table. */
  listNft(): Promise<string>;
  stop(): Promise<void>;
}

const programs = { IPv4: "iptables-nft", IPv6: "ip6tables-nft" } as const;
const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];
/** As long as can be, so that a busy machine is not taken for silence: after 1 s TCP sends a second packet. */
const timeoutMs = 950;
const linkLocal = "fe80::77";
const listenScript = new URL("../../lab/scripts/lab-listen.pl", import.meta.url).pathname;

/** With a namespace at every place; the engine says which Debian, and so which iptables and nft. */
export async function startKernelRouter(
  places: readonly Place[],
  engine?: Engine,
): Promise<KernelRouter> {
  const lab = await startLab({ ...(engine && { engine }), hosts: [], nodes: [{ name: "router" }] });
  try {
    const node = lab.node("router");
    const settings = [
      ...["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"],
      // Or a client would be told to go straight to the container behind a published port.
      ...["net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0"],
      ...["net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"],
    ];
    await node.run(["sysctl", "-q", "-w", ...settings]);
    // Every address below these is the host's own: one for each published port.
    const local = ["172.16.0.0/16", "fd16::/64"].map((block) => `route add local ${block} dev lo`);
    const bridges = [...new Set(places.map((place) => place.interface))];
    await ip(node, [...local, ...bridges.flatMap(bridgeLines)]);
    const origins = new Map<string, ProbeOrigin>();
    for (const [index, place] of places.entries()) {
      const origin = await attach(node, place, `end${String(index)}`, neighboursOf(place, places));
      for (const family of families) origins.set(place.addresses[family], origin);
    }
    await listen(node, [], ports);
    return routerOf(lab, node, origins);
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function neighboursOf(place: Place, places: readonly Place[]): readonly Place[] {
  return places.filter((other) => other !== place && other.interface === place.interface);
}

/** All at one go: to start a program takes longer than what it does. */
async function ip(node: LabNode, lines: readonly string[], ...prefix: string[]): Promise<void> {
  await node.run([...prefix, "ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** Only into its network, unlike `ip netns exec` and `ip -netns`, which make mounts of their own as well. */
function inside(name: string): readonly string[] {
  return ["nsenter", `--net=/run/netns/${name}`, "--"];
}

function bridgeLines(bridge: string): readonly string[] {
  return [
    `link add ${bridge} type bridge`,
    `address add ${hostAddresses.IPv4}/32 dev ${bridge}`,
    `address add ${hostAddresses.IPv6}/128 dev ${bridge} nodad`,
    `address add ${linkLocal}/64 dev ${bridge} nodad`,
    `link set ${bridge} up`,
  ];
}

/** A namespace on a port of the bridge, which reaches its neighbours without the router, and all others by it. */
async function attach(
  node: LabNode,
  place: Place,
  name: string,
  neighbours: readonly Place[],
): Promise<ProbeOrigin> {
  const { interface: bridge, addresses } = place;
  await node.run(["ip", "netns", "add", name]);
  await ip(node, [
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `link set ${name} master ${bridge} up`,
    `route add ${addresses.IPv4}/32 dev ${bridge}`,
    `route add ${addresses.IPv6}/128 dev ${bridge}`,
  ]);
  // Or the answer would come within the sender's own system call, and TCP drops an ICMP error then.
  await node.run(["ethtool", "-K", name, "gro", "on"]);
  await node.run(["tee", `/sys/class/net/${name}/threaded`], { input: "1" });
  await node.run([...inside(name), "ethtool", "-K", "eth0", "tso", "off"]);
  const lines = [
    ...["link set lo up", "link set eth0 up"],
    `address add ${addresses.IPv4}/32 dev eth0`,
    `address add ${addresses.IPv6}/128 dev eth0 nodad`,
    ...neighbours.flatMap(({ addresses: { IPv4, IPv6 } }) => [
      `route add ${IPv4}/32 dev eth0`,
      `route add ${IPv6}/128 dev eth0`,
    ]),
    `route add 0.0.0.0/0 via ${hostAddresses.IPv4} dev eth0 onlink`,
    `route add ::/0 via ${linkLocal} dev eth0`,
  ];
  await ip(node, lines, ...inside(name));
  await redirectAll(node, name);
  const pid = await listen(node, inside(name), [9]);
  return { name, networkNamespace: () => Promise.resolve(`/proc/${String(pid)}/ns/net`) };
}

/** Whatever port a drawing names, somebody answers. */
async function redirectAll(node: LabNode, name: string): Promise<void> {
  for (const program of Object.values(programs)) {
    const rules = ["tcp", "udp"].map(
      (protocol) => `-A PREROUTING -p ${protocol} -j REDIRECT --to-ports 9`,
    );
    await node.run([...inside(name), `${program}-restore`], {
      input: ["*nat", ...rules, "COMMIT", ""].join("\n"),
    });
  }
}

async function listen(
  node: LabNode,
  prefix: readonly string[],
  on: readonly number[],
): Promise<number> {
  const roles = on.flatMap((port) => [`tcp:${String(port)}`, `udp:${String(port)}`]);
  const listener = await node.spawn([...prefix, "perl", listenScript, ...roles]);
  await listener.waitForOutput(/ready/);
  return listener.pid;
}

function routerOf(
  lab: Lab,
  node: LabNode,
  origins: ReadonlyMap<string, ProbeOrigin>,
): KernelRouter {
  const restore = async (family: Family, input: string, ...argv: string[]) =>
    await node.run([`${programs[family]}-restore`, ...argv], { input });
  return {
    install: async ({ sets, commits }) => {
      for (const family of families) await restore(family, save(dockerTables));
      await node.run(["ipset", "destroy"]);
      for (const { text } of sets) await node.run(["ipset", "restore"], { input: text });
      for (const { family, text } of commits) await restore(family, text, "--noflush");
    },
    bypassFilter: async () => {
      for (const family of families) {
        const lines = ["*filter", "-F DOCKER-USER", "-F INPUT", "COMMIT", ""];
        await restore(family, lines.join("\n"), "--noflush");
      }
    },
    installNft: async (text) => {
      for (const family of families) await restore(family, save(dockerTables));
      const emptied = ["add table inet seawall", "delete table inet seawall", text].join("\n");
      await node.run(["nft", "-f", "-"], { input: emptied });
    },
    publish: async (packets) => {
      for (const family of families) {
        const rules = packets.flatMap((packet, slot) => dnat(packet, slot, family));
        await restore(family, ["*nat", ...rules, "COMMIT", ""].join("\n"));
      }
    },
    send: async (packet, slot) => await send(node, origins, packet, slot),
    save: async (family) => await node.run([`${programs[family]}-save`, "-c"]),
    listNft: async () => {
      const tables = await node.run(["nft", "list", "tables"]);
      if (!tables.includes("table inet seawall\n")) return '{"nftables": []}';
      return await node.run(["nft", "-j", "list", "table", "inet", "seawall"]);
    },
    stop: () => lab.stop(),
  };
}

async function send(
  node: LabNode,
  origins: ReadonlyMap<string, ProbeOrigin>,
  packet: Packet,
  slot: number,
): Promise<Verdict> {
  const source = formatAddress(packet.source);
  const from = origins.get(source);
  if (from === undefined) throw new Error(`nobody has ${source}`);
  if (packet.protocol === "ICMP") {
    const inNetns = {
      ...node,
      exec: (argv: readonly string[]) => node.exec([...inside(from.name), ...argv]),
    };
    return await probeIcmp(inNetns, { address: formatAddress(packet.destination) }, { source });
  }
  const isPublished = packet.publishedPort !== undefined;
  const target = {
    address: isPublished ? sentTo(packet, slot) : formatAddress(packet.destination),
    port: packet.publishedPort ?? packet.destinationPort ?? 0,
  };
  const probe = packet.protocol === "TCP" ? probeTcp : probeUdp;
  return await probe(from, target, { source, timeoutMs });
}

function dnat(packet: Packet, slot: number, family: Family): readonly string[] {
  const { protocol, publishedPort, destinationPort, destination } = packet;
  if (destination.family !== family || publishedPort === undefined || protocol === "ICMP")
    return [];
  const to = `${bracketed(destination)}:${String(destinationPort)}`;
  return [
    `-A PREROUTING -d ${sentTo(packet, slot)} -p ${protocol.toLowerCase()} --dport ${String(publishedPort)} -j DNAT --to-destination ${to}`,
  ];
}

/** Its own address of the host, unless it says which. */
function sentTo({ publishedAddress, source: { family } }: Packet, slot: number): string {
  if (publishedAddress !== undefined) return formatAddress(publishedAddress);
  return family === "IPv4" ? `172.16.1.${String(slot + 1)}` : `fd16::${(slot + 1).toString(16)}`;
}

function bracketed(address: Address): string {
  return address.family === "IPv6" ? `[${formatAddress(address)}]` : formatAddress(address);
}
