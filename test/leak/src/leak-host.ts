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

/** A fleet of hosts to send packets to, and a client outside that sends and counts them. */
export interface LeakFleet {
  readonly fleet: Fleet;
  readonly client: LabNode;
  /** On the client's port 7000. */
  readonly outside: DatagramCounter;
}

/** One host of it with network `shop`, and what is there. */
export interface LeakHost extends LeakFleet {
  readonly host: DockerHost;
  /** Of its subnets: 10.7.NUMBER.0/24 and 2001:db8:70:NUMBER::/64. */
  readonly number: number;
  /** TCP 80, published as 8080; counts on UDP 53, published as 5353. */
  readonly web: Container;
  /** Sends from network `shop`, whatever becomes of Docker. */
  readonly guest: ProbeOrigin;
}

/** The only addresses from which policies let anybody in. */
export const office = { v4: "198.51.100.10", v6: "2001:db8:7::10" } as const;

export async function startLeakFleet(
  hosts: readonly HostOptions[],
  engine?: Engine,
): Promise<LeakFleet> {
  const fleet = await startFleet({
    hosts: hosts.map((host) => ({ ...host, labels: { host: host.name } })),
    clients: [{ name: "client", addresses: [`${office.v4}/24`, `${office.v6}/64`] }],
    ...(engine === undefined ? {} : { engine }),
  });
  const client = fleet.lab.node("client");
  return { fleet, client, outside: await startCounter(client, 7000) };
}

export async function furnish(
  leakFleet: LeakFleet,
  name: string,
  number: number,
): Promise<LeakHost> {
  const { fleet, client } = leakFleet;
  const place = { host: fleet.lab.host(name), number };
  await createShop(place);
  const { v4, v6 } = subnets(place);
  await client.run(["ip", "route", "add", `${v4}.0/24`, "via", place.host.ipv4]);
  await client.run(["ip", "route", "add", `${v6}::/64`, "via", place.host.ipv6]);
  const [web, guest] = await Promise.all([startWeb(place), attachShopGuest(place)]);
  // Docker's start takes the longer the more networks there are.
  for (const more of ["one", "two", "three", "four"]) await place.host.createNetwork(more);
  return { ...leakFleet, ...place, web, guest };
}

type Place = Pick<LeakHost, "host" | "number">;

function subnets({ number }: Place): { readonly v4: string; readonly v6: string } {
  return { v4: `10.7.${String(number)}`, v6: `2001:db8:70:${String(number)}` };
}

export async function createShop(place: Place): Promise<void> {
  const { v4, v6 } = subnets(place);
  const version = await place.host.docker("version", "--format", "{{.Server.Version}}");
  await place.host.createNetwork("shop", {
    subnet4: `${v4}.0/24`,
    subnet6: `${v6}::/64`,
    // Docker 28 drops what comes to a container's own address from elsewhere, unless it is told not to.
    extraArgs: version.startsWith("28.") ? directAccess : [],
  });
}

const directAccess = ["ipv4", "ipv6"].flatMap((family) => [
  "--opt",
  `com.docker.network.bridge.gateway_mode_${family}=nat-unprotected`,
]);

export function startWeb({ host }: Place): Promise<Container> {
  return host.runContainer({
    name: "web",
    network: "shop",
    publish: ["8080:80", "5353:53/udp"],
    listen: ["tcp:80"],
    count: [53],
    extraArgs: ["--restart", "always"],
  });
}

export function attachShopGuest(place: Place): Promise<ProbeOrigin> {
  const { v4, v6 } = subnets(place);
  return attachGuest(place.host, "shop", {
    name: "guest",
    addresses: [`${v4}.200/24`, `${v6}::200/64`],
    gateways: [`${v4}.1`, `${v6}::1`],
  });
}

/** Moves the guest to the bridge that `shop` has now. */
export async function reattachShopGuest({ host }: Place): Promise<void> {
  await host.run(["ip", "link", "set", "guest", "master", await host.bridgeOf("shop")]);
  // The gateway it knew is gone.
  await host.run(["ip", "-netns", "guest", "neigh", "flush", "dev", "eth0"]);
}

/** Everything denied into and out of `shop` on this host, but for the office, and what `more` rules allow. */
export function closed(host: string, action: "Deny" | "Reject" = "Deny", more = ""): string {
  const from = `[{ipBlock: {cidr: ${office.v4}/32}}, {ipBlock: {cidr: "${office.v6}/128"}}]`;
  return `---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed-${host}}
spec:
  hostSelector: {matchLabels: {host: ${host}}}
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: ${action}
    rules: [${more}{name: office, action: Allow, from: ${from}}]
  egress: {defaultAction: ${action}}
`;
}

/** Commits these manifests, and waits until all hosts enforce them. */
export async function enforce(fleet: Fleet, manifests: string): Promise<void> {
  await fleet.mustSeawall(["apply", "-f", "-"], manifests);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
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

/** Without the agent, and with nothing left that leads to our chains but from DOCKER-USER. */
export async function switchGuardsOff({ fleet, host }: LeakHost): Promise<void> {
  await fleet.stopAgent(host.name);
  for (const iptables of ["iptables", "ip6tables"]) {
    for (const [table, chain] of guards) await host.run([iptables, "-t", table, "-F", chain]);
  }
}

/** Nobody else has rules there. */
const guards = [
  ["security", "FORWARD"],
  ["security", "INPUT"],
  ["filter", "INPUT"],
] as const;
