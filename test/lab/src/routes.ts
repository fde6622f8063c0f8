import { isIPv6 } from "node:net";
import { routerAddresses, subnetsOf } from "./addressing.ts";
import { run } from "./execute.ts";
import type { NodeRecord } from "./lab-folder.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";

/** Makes routers forward that have just booted, and tells such nodes the way to other segments. */
export async function routeSegments(
  nodes: readonly NodeRecord[],
  booted: readonly NodeRecord[],
): Promise<void> {
  const isRouter = ({ routerOf }: NodeRecord): boolean => routerOf !== null;
  const routers = nodes.filter(isRouter);
  await Promise.all(booted.filter(isRouter).map(forward));
  await Promise.all(
    booted.map(async (node) => {
      const lines = [...routesOf(node, routers)];
      if (lines.length === 0) return;
      await inside(node, ["ip", "-batch", "-"], `${lines.join("\n")}\n`);
    }),
  );
}

/**
 * As on a real router that runs Docker too: it forwards before Docker starts, and has rules of its
 * own, because Docker may set the policy of FORWARD to DROP all the same (20.10 does for IPv6).
 * Docker puts its jump to DOCKER-USER ahead of them.
 */
async function forward(router: NodeRecord): Promise<void> {
  await inside(router, [...setSysctl, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
  for (const iptables of ["iptables", "ip6tables"]) {
    await inside(router, [iptables, ...accept, "-i", "eth0", "-o", "eth1"]);
    await inside(router, [iptables, ...accept, "-i", "eth1", "-o", "eth0"]);
  }
}

const setSysctl = ["sysctl", "-q", "-w"];
const accept = ["-A", "FORWARD", "-j", "ACCEPT"];

function routesOf(node: NodeRecord, routers: readonly NodeRecord[]): readonly string[] {
  if (node.segment !== 0) {
    const { ipv4, ipv6 } = routerAddresses(node.segment);
    return [`route add 0.0.0.0/0 via ${ipv4}`, `route add ::/0 via ${ipv6}`];
  }
  return routers.flatMap(({ name, ipv4, ipv6, routerOf }) => {
    if (name === node.name || routerOf === null) return [];
    const subnets = subnetsOf(routerOf);
    return [`route add ${subnets.ipv4} via ${ipv4}`, `route add ${subnets.ipv6} via ${ipv6}`];
  });
}

/** Gives a node one more address, with its prefix length, and tells all others the way there. */
export async function addAddress(
  cidr: string,
  owner: NodeRecord,
  nodes: readonly NodeRecord[],
): Promise<void> {
  const flags = isIPv6(addressIn(cidr)) ? ["nodad"] : [];
  await inside(owner, ["ip", "address", "replace", cidr, "dev", "eth0", ...flags]);
  await announce(cidr, owner, nodes);
}

/** Tells all other nodes the way to an address of `owner`. */
export async function announce(
  cidr: string,
  owner: NodeRecord,
  nodes: readonly NodeRecord[],
): Promise<void> {
  const address = addressIn(cidr);
  const host = `${address}/${isIPv6(address) ? "128" : "32"}`;
  const others = nodes.filter((node) => node.name !== owner.name);
  await Promise.all(
    others.map(async (node) => {
      const hop = nextHop(node, owner.segment, nodes, isIPv6(address) ? "ipv6" : "ipv4");
      if (hop !== undefined) await inside(node, ["ip", "route", "replace", host, ...hop]);
    }),
  );
}

function addressIn(cidr: string): string {
  return cidr.split("/")[0] ?? cidr;
}

/** From a node to a segment; `undefined`: by its default route. */
function nextHop(
  from: NodeRecord,
  segment: number,
  nodes: readonly NodeRecord[],
  family: "ipv4" | "ipv6",
): readonly string[] | undefined {
  if (from.segment === segment) return ["dev", "eth0"];
  if (from.routerOf === segment) return ["dev", "eth1"];
  if (from.segment !== 0) return undefined;
  const router = nodes.find((node) => node.routerOf === segment);
  if (router === undefined) throw new Error(`segment ${String(segment)} has no router`);
  return ["via", router[family]];
}

async function inside(node: NodeRecord, argv: readonly string[], input = ""): Promise<void> {
  await run(inNode(node.pid, argv), { input, env: nodeEnvironment });
}
