import { fileURLToPath } from "node:url";
import type { LabNode, ProbeOrigin } from "@seawall/lab";

/** A kernel that forwards between a client and a container on the bridge of a network. */
export interface ForwardingKernel {
  readonly client: ProbeOrigin;
  /** The host's own address, as the client knows it. */
  readonly host: string;
  /** The container's, on the network. */
  readonly container: string;
}

const listenScript = fileURLToPath(
  new URL("../../../test/lab/scripts/lab-listen.pl", import.meta.url),
);

/** Both are namespaces of the node; the container listens at these roles (`tcp:80`). */
export async function forwardBetween(
  node: LabNode,
  bridge: string,
  roles: readonly string[],
): Promise<ForwardingKernel> {
  const [host, container] = ["198.18.0.1", "172.18.0.2"];
  await node.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
  const links = [
    `link add ${bridge} type bridge`,
    ...["client", "web"].map((name) => `link add ${name} type veth peer name eth0 netns ${name}`),
    `address add ${host}/24 dev client`,
    `address add 172.18.0.1/16 dev ${bridge}`,
    `link set web master ${bridge}`,
    ...[bridge, "client", "web"].map((name) => `link set ${name} up`),
  ];
  for (const name of ["client", "web"]) await node.run(["ip", "netns", "add", name]);
  await node.run(["ip", "-batch", "-"], { input: `${links.join("\n")}\n` });
  const client = await namespaceOf(node, "client", ["198.18.0.2/24", host], ["tcp:9"]);
  await namespaceOf(node, "web", [`${container}/16`, "172.18.0.1"], roles);
  return { client, host, container };
}

async function namespaceOf(
  node: LabNode,
  name: string,
  [address, gateway]: readonly [string, string],
  roles: readonly string[],
): Promise<ProbeOrigin> {
  const lines = [
    ...["link set lo up", "link set eth0 up"],
    ...[`address add ${address} dev eth0`, `route add 0.0.0.0/0 via ${gateway}`],
  ];
  await node.run(["ip", "-netns", name, "-batch", "-"], { input: `${lines.join("\n")}\n` });
  const inside = ["nsenter", `--net=/run/netns/${name}`, "--"];
  const listener = await node.spawn([...inside, "perl", listenScript, ...roles]);
  await listener.waitForOutput(/ready/);
  const namespace = `/proc/${String(listener.pid)}/ns/net`;
  return { name, networkNamespace: () => Promise.resolve(namespace) };
}
