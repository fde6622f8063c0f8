import {
  type DockerHost,
  eventually,
  type Fleet,
  type LabNode,
  type ProbeOrigin,
  startFleet,
} from "@seawall/lab";
import { type KeptRunning, keepRunning } from "./keep-running.ts";
import { senders } from "./policy-change.ts";
import { repositoryPath } from "./repository-path.ts";

/** A fleet whose programs start again when they end, and whose state is on small disks. */
export interface ChaosFleet {
  readonly fleet: Fleet;
  readonly controller: KeptRunning;
  readonly sites: readonly ChaosSite[];
  /** Outside: it sends for everybody there, and listens on TCP 7000 and 7001. */
  readonly client: LabNode;
}

/** A host with the container `web` on network `shop`, and `app` on network `side`. */
export interface ChaosSite {
  readonly host: DockerHost;
  /** Decides which subnets its networks have. */
  readonly index: number;
  readonly agent: KeptRunning;
}

const names = ["alpha", "beta", "gamma", "delta", "epsilon"] as const;

export const mostHosts = names.length;

export function hostNames(count: number): readonly string[] {
  return names.slice(0, count);
}

/** Where Seawall keeps its state, and how much fits in. */
export const stateDisk = "/var/lib/seawall";
const diskSize = { host: "8m", controller: "64m" } as const;

/** `say` gets a line whenever one of its programs ends by itself. */
export async function startChaosFleet(
  hosts: readonly string[],
  say: (line: string) => void,
): Promise<ChaosFleet> {
  const addresses = Object.values(senders).flatMap(({ v4, v6 }) => [`${v4}/24`, `${v6}/64`]);
  const fleet = await startFleet({
    engine: "26.1",
    hosts: hosts.map((name, index) => ({
      name,
      labels: { env: index % 2 === 0 ? "prod" : "dev" },
    })),
    clients: [{ name: "client", addresses }],
  });
  try {
    return await furnish(fleet, say);
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

async function furnish(fleet: Fleet, say: (line: string) => void): Promise<ChaosFleet> {
  const client = fleet.lab.node("client");
  const listener = await client.spawn(listen("tcp:7000", "tcp:7001"));
  await listener.waitForOutput(/ready/);
  await fleet.stopController();
  await moveToDisk(fleet.controller, diskSize.controller);
  const controller = await keepRunning(fleet.controller, ["seawall", "controller", "run"], say);
  const sites = await Promise.all(
    fleet.lab.hosts.map(async (host, index): Promise<ChaosSite> => {
      await Promise.all([
        createShop(host, index),
        createSide(host, index),
        route(client, host, index),
      ]);
      await fleet.stopAgent(host.name);
      await moveToDisk(host, diskSize.host);
      return { host, index, agent: await keepRunning(host, ["seawall", "agent", "run"], say) };
    }),
  );
  const chaos = { fleet, controller, sites, client };
  await controllerAnswers(chaos);
  return chaos;
}

function listen(...roles: readonly string[]): readonly string[] {
  return ["perl", `${repositoryPath}/test/lab/scripts/lab-listen.pl`, ...roles];
}

/** A disk of its own, which can be filled without filling the machine's memory. */
async function moveToDisk(node: LabNode, size: string): Promise<void> {
  const move = `
    mv "$0" "$0.moving"
    mkdir "$0"
    mount -t tmpfs -o "size=$1,mode=755" seawall "$0"
    cp -a "$0.moving/." "$0/"
    rm -r "$0.moving"`;
  await node.run(["sh", "-ec", move, stateDisk, size]);
}

export async function controllerAnswers({ fleet }: ChaosFleet): Promise<void> {
  await eventually(async () => (await fleet.seawall(["version"])).code === 0, {
    what: "the controller to answer",
    timeoutMs: 120_000,
    intervalMs: 500,
  });
}

async function route(client: LabNode, host: DockerHost, index: number): Promise<void> {
  await client.run(["ip", "route", "add", `${shop(index).v4}.0/24`, "via", host.ipv4]);
  await client.run(["ip", "route", "add", `${shop(index).v6}:/64`, "via", host.ipv6]);
}

function shop(index: number) {
  return { v4: `10.7.${String(index)}`, v6: `2001:db8:70:${String(index)}:` };
}

function side(index: number) {
  return { v4: `10.8.${String(index)}`, v6: `2001:db8:80:${String(index)}:` };
}

/** Of `web`, whatever becomes of its network. */
export function webAddresses({ index }: Pick<ChaosSite, "index">) {
  return { v4: `${shop(index).v4}.80`, v6: `${shop(index).v6}:80` };
}

/** Of `app`, likewise. */
export function appAddresses({ index }: Pick<ChaosSite, "index">) {
  return { v4: `${side(index).v4}.80`, v6: `${side(index).v6}:80` };
}

/** TCP 80 and 81, published as 8080 and 8081; counts on UDP 53, published as 5353. */
export async function createShop(host: DockerHost, index: number): Promise<void> {
  const { v4, v6 } = shop(index);
  await host.createNetwork("shop", { subnet4: `${v4}.0/24`, subnet6: `${v6}:/64` });
  const web = webAddresses({ index });
  await host.runContainer({
    name: "web",
    network: "shop",
    publish: ["8080:80", "8081:81", "5353:53/udp"],
    listen: ["tcp:80", "tcp:81"],
    count: [53],
    ...{ restart: "always", ipv4: web.v4, ipv6: web.v6 },
  });
}

/** TCP 80, published as 9090. */
export async function createSide(host: DockerHost, index: number): Promise<void> {
  const { v4, v6 } = side(index);
  await host.createNetwork("side", { subnet4: `${v4}.0/24`, subnet6: `${v6}:/64` });
  const app = appAddresses({ index });
  await host.runContainer({
    name: "app",
    network: "side",
    publish: ["9090:80"],
    listen: ["tcp:80"],
    ...{ restart: "always", ipv4: app.v4, ipv6: app.v6 },
  });
}

/** The container of this name, as it is now. */
export function containerOf(host: DockerHost, name: "web" | "app"): ProbeOrigin {
  return {
    name: `${name} of ${host.name}`,
    networkNamespace: async () => {
      const pid = (await host.docker("inspect", "--format", "{{.State.Pid}}", name)).trim();
      if (pid === "0") throw new Error(`${name} of ${host.name} does not run`);
      return host.path(`/proc/${pid}/ns/net`);
    },
  };
}

/** What has come to `web` on UDP 53, from its first container on. */
export function webArrivals(host: DockerHost) {
  return {
    get arrivals() {
      return host.path("/run/lab-arrivals/web/all");
    },
  };
}

export function siteOf({ sites }: ChaosFleet, host: string): ChaosSite {
  const site = sites.find((one) => one.host.name === host);
  if (site === undefined) throw new Error(`no host ${host}`);
  return site;
}
