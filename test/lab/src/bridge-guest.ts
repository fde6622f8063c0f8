import { isIPv6 } from "node:net";
import type { DockerHost } from "./docker-host.ts";
import type { ProbeOrigin } from "./lab-node.ts";

export interface GuestOptions {
  /** Also the name of its interface's end on the host: at most 15 characters. */
  readonly name: string;
  /** Addresses of the network with their prefix lengths; Docker must not have given them away. */
  readonly addresses: readonly string[];
  /** Its ways out: the network's gateway addresses. */
  readonly gateways: readonly string[];
}

/**
 * A network namespace on a Docker network's bridge that Docker does not know of: rules that tell
 * bridges apart take it for a container, and it goes on sending while Docker stops and starts.
 */
export async function attachGuest(
  host: DockerHost,
  network: string,
  { name, addresses, gateways }: GuestOptions,
): Promise<ProbeOrigin> {
  const bridge = await host.bridgeOf(network);
  await host.run(["ip", "netns", "add", name]);
  const outside = [`link add ${name} type veth peer name eth0 netns ${name}`];
  outside.push(`link set ${name} master ${bridge}`, `link set ${name} up`);
  await host.run(["ip", "-batch", "-"], { input: `${outside.join("\n")}\n` });
  const inside = [
    "link set lo up",
    "link set eth0 up",
    ...addresses.map((cidr) => `address add ${cidr} dev eth0${cidr.includes(":") ? " nodad" : ""}`),
    ...gateways.map(
      (gateway) => `route add ${isIPv6(gateway) ? "::/0" : "0.0.0.0/0"} via ${gateway}`,
    ),
  ];
  await host.run(["ip", "-netns", name, "-batch", "-"], { input: `${inside.join("\n")}\n` });
  return {
    name,
    networkNamespace: () => Promise.resolve(host.path(`/run/netns/${name}`)),
  };
}
