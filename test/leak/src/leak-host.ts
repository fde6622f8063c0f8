import {
  attachGuest,
  type Container,
  type DatagramCounter,
  type DockerHost,
  type Engine,
  eventually,
  type Fleet,
  type HostOptions,
  type LabNode,
  type ProbeOrigin,
  startCounter,
  startFleet,
} from "@seawall/lab";

/** A fleet of one host with network `shop`, and a client outside that sends and counts packets. */
export interface LeakHost {
  readonly fleet: Fleet;
  readonly client: LabNode;
  /** On the client's port 7000. */
  readonly outside: DatagramCounter;
  readonly host: DockerHost;
  readonly hasFirewalld: boolean;
  /** TCP 80, published as 8080; counts on UDP 53, published as 5353. */
  readonly web: Container;
  /** Sends from network `shop`, whatever becomes of Docker. */
  readonly guest: ProbeOrigin;
}

/** The only addresses from which policies let anybody in. */
export const office = { v4: "198.51.100.10", v6: "2001:db8:7::10" } as const;

const shop = { v4: "10.7.1", v6: "2001:db8:70:1:" } as const;

export async function startLeakHost(
  engine: Engine,
  options: Omit<HostOptions, "name"> = {},
): Promise<LeakHost> {
  const fleet = await startFleet({
    engine,
    hosts: [{ ...options, name: "alpha", labels: {} }],
    clients: [{ name: "client", addresses: [`${office.v4}/24`, `${office.v6}/64`] }],
  });
  const client = fleet.lab.node("client");
  const host = fleet.lab.host("alpha");
  await createShop(host);
  await client.run(["ip", "route", "add", `${shop.v4}.0/24`, "via", host.ipv4]);
  await client.run(["ip", "route", "add", `${shop.v6}:/64`, "via", host.ipv6]);
  const [web, guest] = await Promise.all([startWeb(host), attachShopGuest(host)]);
  // Docker's start takes the longer the more networks there are.
  for (const more of ["one", "two", "three", "four"]) await host.createNetwork(more);
  const { firewalld: hasFirewalld = false } = options;
  const outside = await startCounter(client, 7000);
  return { fleet, client, host, hasFirewalld, web, guest, outside };
}

export async function createShop(host: DockerHost): Promise<void> {
  const version = await host.docker("version", "--format", "{{.Server.Version}}");
  await host.createNetwork("shop", {
    subnet4: `${shop.v4}.0/24`,
    subnet6: `${shop.v6}:/64`,
    // Docker 28 drops what comes to a container's own address from elsewhere, unless it is told not to.
    driverOptions: version.startsWith("28.") ? directAccess : {},
  });
}

const directAccess = {
  "com.docker.network.bridge.gateway_mode_ipv4": "nat-unprotected",
  "com.docker.network.bridge.gateway_mode_ipv6": "nat-unprotected",
};

/**
 * A container that ended with its Docker lives on as a network namespace while the kernel tries to say goodbye on its
 * connections, some 100 s where that is denied (tcp_orphan_retries in ip-sysctl.rst). Until then it has an interface on
 * the bridge, answers for its addresses, and takes what is for the container that has them now.
 */
const saysGoodbyeOnce = { "net.ipv4.tcp_orphan_retries": "1" };

/** Always at the same addresses: streams go there before and after it was started anew. */
export function startWeb(host: DockerHost): Promise<Container> {
  return host.runContainer({
    name: "web",
    network: "shop",
    publish: ["8080:80", "5353:53/udp"],
    listen: ["tcp:80"],
    count: [53],
    restart: "always",
    sysctls: saysGoodbyeOnce,
    ...{ ipv4: `${shop.v4}.80`, ipv6: `${shop.v6}:80` },
  });
}

export function attachShopGuest(host: DockerHost): Promise<ProbeOrigin> {
  return attachGuest(host, "shop", {
    name: "guest",
    addresses: [`${shop.v4}.200/24`, `${shop.v6}:200/64`],
    gateways: [`${shop.v4}.1`, `${shop.v6}:1`],
  });
}

/** Moves the guest to the bridge that `shop` has now. */
export async function reattachShopGuest(host: DockerHost): Promise<void> {
  await host.run(["ip", "link", "set", "guest", "master", await host.bridgeOf("shop")]);
  // The gateway it knew is gone.
  await host.run(["ip", "-netns", "guest", "neigh", "flush", "dev", "eth0"]);
}

/** Everything denied into and out of `shop`, but for the office, and what `more` rules allow. */
export function closed(action: "Deny" | "Reject" = "Deny", more = ""): string {
  const from = `[{ipBlock: {cidr: ${office.v4}/32}}, {ipBlock: {cidr: "${office.v6}/128"}}]`;
  return `---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec:
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: ${action}
    rules: [${more}{name: office, action: Allow, from: ${from}}]
  egress: {defaultAction: ${action}}
`;
}

/** Commits these manifests, and waits until the host enforces them. */
export async function enforce({ fleet }: LeakHost, manifests: string): Promise<void> {
  await fleet.mustSeawall(["apply", "-f", "-", "--wait", "--timeout=110s"], manifests);
}

/** Takes the policy away, and waits until the host has no rule of it any more. */
export async function forbidNothing({ fleet }: LeakHost): Promise<void> {
  await fleet.mustSeawall(["delete", "fleetpolicy", "closed"]);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=110s"]);
}

/** All that stands beside DOCKER-USER, and what holds new networks: as the host's options say. */
export async function setGuards(
  { fleet, host, hasFirewalld }: LeakHost,
  to: "On" | "Off",
): Promise<void> {
  const newNetworks = to === "On" ? "Hold" : "Open";
  const options = [`forwardGuard=${to}`, `inputGuard=${to}`, `newNetworks=${newNetworks}`];
  const flags = options.flatMap((option) => ["--option", option]);
  await fleet.mustSeawall(["set", "host", host.name, ...flags]);
  const wait = ["wait", "hosts", "--for=InSync", "--timeout=110s"];
  if (!hasFirewalld) {
    await fleet.mustSeawall(wait);
    return;
  }
  // Docker may still make its rules anew behind a reload. What it puts ahead of ours just then is read back, said to have
  // failed, and put right; `wait` ends at the first of these.
  const isInSync = async (): Promise<boolean> => (await fleet.seawall(wait)).code === 0;
  await eventually(isInSync, { what: `${host.name} to be in sync`, timeoutMs: 110_000 });
}

/** The agent says that what it read back is as it should be. */
export async function agentInSync({ fleet, host: { name } }: LeakHost): Promise<void> {
  const state = async (): Promise<string | undefined> =>
    [...(await fleet.agent(name).output()).matchAll(/"to":"(\w+)"/g)].at(-1)?.[1];
  await eventually(async () => (await state()) === "InSync", {
    what: `the agent of ${name} to be InSync`,
    timeoutMs: 60_000,
  });
}
