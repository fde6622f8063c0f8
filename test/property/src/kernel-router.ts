import {
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
import { dockerTable } from "./drawn-state.ts";

/** A network namespace behind one of the router's interfaces, with an address in each family. */
export interface Endpoint {
  /** The router's interface it hangs on. */
  readonly interface: string;
  /** One only: a UDP answer would come from whichever the kernel prefers. */
  readonly address: Readonly<Record<Family, string>>;
}

/** A node whose kernel forwards between endpoints, as a Docker host's does between bridges and the world. */
export interface KernelRouter {
  /** Replaces the filter tables by Docker's chains and these texts. */
  install(texts: Readonly<Record<Family, string>>): Promise<void>;
  /** Sends the first packet of a connection and says what came of it. `slot` keeps published ports apart. */
  send(packet: Packet, slot: number): Promise<Verdict>;
  /** Makes the published ports of these packets; the index of a packet is its slot. */
  publish(packets: readonly Packet[]): Promise<void>;
  stop(): Promise<void>;
}

const programs = { IPv4: "iptables-nft", IPv6: "ip6tables-nft" } as const;
const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];
const gateway = { IPv4: "169.254.77.1", IPv6: "fe80::77" } as const;

export async function startKernelRouter(endpoints: readonly Endpoint[]): Promise<KernelRouter> {
  const lab = await startLab({ hosts: [], nodes: [{ name: "router" }] });
  try {
    const node = lab.node("router");
    for (const key of ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]) {
      await node.run(["sysctl", "-q", "-w", `${key}=1`]);
    }
    // Every address below these is the host's own: one for each published port.
    await node.run(["ip", "route", "add", "local", "172.16.0.0/16", "dev", "lo"]);
    await node.run(["ip", "-6", "route", "add", "local", "fd16::/64", "dev", "lo"]);
    const origins = new Map<string, ProbeOrigin>();
    for (const [index, endpoint] of endpoints.entries()) {
      origins.set(endpoint.interface, await attach(node, endpoint, `end${String(index)}`));
    }
    return routerOf(lab, node, origins);
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** The interface itself is a bridge, as Docker's are; the endpoint is a port of it. */
async function attach(
  node: LabNode,
  { interface: bridge, address }: Endpoint,
  name: string,
): Promise<ProbeOrigin> {
  const ip = async (...argv: string[]) => await node.run(["ip", ...argv]);
  const inside = async (...argv: string[]) =>
    await node.run(["ip", "netns", "exec", name, ...argv]);
  await ip("link", "add", bridge, "type", "bridge");
  await ip("address", "add", `${gateway.IPv4}/32`, "dev", bridge);
  await ip("-6", "address", "add", `${gateway.IPv6}/64`, "dev", bridge, "nodad");
  await ip("netns", "add", name);
  await ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
  await ip("link", "set", name, "master", bridge, "up");
  await ip("link", "set", bridge, "up");
  // Or the answer would come within the sender's own system call, and TCP drops an ICMP error then.
  await node.run(["ethtool", "-K", name, "gro", "on"]);
  await node.run(["tee", `/sys/class/net/${name}/threaded`], { input: "1" });
  await inside("ip", "link", "set", "lo", "up");
  await inside("ip", "link", "set", "eth0", "up");
  await inside("ethtool", "-K", "eth0", "tso", "off");
  await inside("ip", "address", "add", `${address.IPv4}/32`, "dev", "eth0");
  await ip("route", "add", `${address.IPv4}/32`, "dev", bridge);
  await inside("ip", "-6", "address", "add", `${address.IPv6}/128`, "dev", "eth0", "nodad");
  await ip("-6", "route", "add", `${address.IPv6}/128`, "dev", bridge);
  await inside("ip", "route", "add", "default", "via", gateway.IPv4, "dev", "eth0", "onlink");
  await inside("ip", "-6", "route", "add", "default", "via", gateway.IPv6, "dev", "eth0");
  // Whatever port a drawing names, somebody answers.
  for (const program of Object.values(programs)) {
    for (const protocol of ["tcp", "udp"]) {
      await inside(
        program,
        "-t",
        "nat",
        "-A",
        "PREROUTING",
        "-p",
        protocol,
        "-j",
        "REDIRECT",
        "--to-ports",
        "9",
      );
    }
  }
  const listener = await node.spawn([
    "ip",
    "netns",
    "exec",
    name,
    "perl",
    listenScript,
    "tcp:9",
    "udp:9",
  ]);
  await listener.waitForOutput(/ready/);
  return { name, networkNamespace: () => Promise.resolve(`/proc/${String(listener.pid)}/ns/net`) };
}

const listenScript = new URL("../../lab/scripts/lab-listen.pl", import.meta.url).pathname;

function routerOf(
  lab: Lab,
  node: LabNode,
  origins: ReadonlyMap<string, ProbeOrigin>,
): KernelRouter {
  const restore = async (program: string, input: string, ...argv: string[]) =>
    await node.run([program, ...argv], { input });
  return {
    install: async (texts) => {
      for (const family of families) {
        await restore(`${programs[family]}-restore`, dockerTable);
        if (texts[family] !== "")
          await restore(`${programs[family]}-restore`, texts[family], "--noflush");
      }
    },
    publish: async (packets) => {
      for (const family of families) {
        await restore(
          `${programs[family]}-restore`,
          [
            "*nat",
            ...packets.flatMap((packet, slot) => dnat(packet, slot, family)),
            "COMMIT",
            "",
          ].join("\n"),
        );
      }
    },
    send: async (packet, slot) => await send(node, origins, packet, slot),
    stop: () => lab.stop(),
  };
}

async function send(
  node: LabNode,
  origins: ReadonlyMap<string, ProbeOrigin>,
  packet: Packet,
  slot: number,
): Promise<Verdict> {
  const from = origins.get(packet.in);
  if (from === undefined) throw new Error(`nothing hangs on ${packet.in}`);
  const source = formatAddress(packet.source);
  if (packet.protocol === "ICMP") {
    const inNetns = {
      ...node,
      exec: (argv: readonly string[]) => node.exec(["ip", "netns", "exec", from.name, ...argv]),
    };
    return await probeIcmp(inNetns, { address: formatAddress(packet.destination) }, { source });
  }
  const isPublished = packet.publishedPort !== undefined;
  const target = {
    address: isPublished
      ? publishedAddress(packet.source.family, slot)
      : formatAddress(packet.destination),
    port: packet.publishedPort ?? packet.destinationPort ?? 0,
  };
  const probe = packet.protocol === "TCP" ? probeTcp : probeUdp;
  return await probe(from, target, { source, timeoutMs: 600 });
}

function dnat(packet: Packet, slot: number, family: Family): readonly string[] {
  const { protocol, publishedPort, destinationPort, destination } = packet;
  if (destination.family !== family || publishedPort === undefined || protocol === "ICMP")
    return [];
  const to = `${bracketed(destination)}:${String(destinationPort)}`;
  return [
    `-A PREROUTING -d ${publishedAddress(family, slot)} -p ${protocol.toLowerCase()} --dport ${String(publishedPort)} -j DNAT --to-destination ${to}`,
  ];
}

function publishedAddress(family: Family, slot: number): string {
  return family === "IPv4" ? `172.16.1.${String(slot + 1)}` : `fd16::${(slot + 1).toString(16)}`;
}

function bracketed(address: Address): string {
  return address.family === "IPv6" ? `[${formatAddress(address)}]` : formatAddress(address);
}
