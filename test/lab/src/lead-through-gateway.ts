import { attachGuest } from "./bridge-guest.ts";
import type { DockerHost } from "./docker-host.ts";
import type { LabNode } from "./lab-node.ts";

/** A Docker network of the host, and free addresses of it. */
export interface GatewayPlace {
  readonly network: string;
  /** The host's own. */
  readonly host: string;
  readonly gateway: string;
}

/**
 * From now on the controller's name leads the host to something on one of its Docker networks, which passes on what is
 * sent to it: so that what is denied to that network cuts the host off.
 */
export async function leadThroughGateway(
  node: DockerHost,
  controller: LabNode,
  { network, host, gateway }: GatewayPlace,
): Promise<void> {
  const addresses = [`${gateway}/24`];
  await attachGuest(node, network, { name: "gateway", addresses, gateways: [host] });
  const inside = ["ip", "netns", "exec", "gateway"];
  await node.run([...inside, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  const nat = [...inside, "iptables", "-t", "nat"];
  const target = ["-j", "DNAT", "--to-destination", controller.ipv4];
  await node.run([...nat, "-A", "PREROUTING", "-d", gateway, "-p", "tcp", ...target]);
  await node.run([...nat, "-A", "POSTROUTING", "-j", "MASQUERADE"]);
  const known = `/[[:space:]]${controller.name}$/d`;
  const now = `$a${gateway} ${controller.name}`;
  await node.run(["sed", "-i", "-e", known, "-e", now, "/etc/hosts"]);
}
