import {
  type Container,
  type DockerHost,
  type Engine,
  type Fleet,
  type ProbeOptions,
  probeIcmp,
  probeTcp,
  probeUdp,
  startFleet,
  type Verdict,
} from "@seawall/lab";
import { repositoryPath } from "./repository-path.ts";

export type Family = "v4" | "v6";
export const families = ["v4", "v6"] as const satisfies readonly Family[];

/** Where a probe from outside comes from. `guest` lies inside of the office's network and is excepted from it. */
const sources = {
  office: { v4: "198.51.100.10", v6: "2001:db8:7::10" },
  guest: { v4: "198.51.100.200", v6: "2001:db8:7:ff::10" },
  outside: { v4: "203.0.113.9", v6: "2001:db8:bad::9" },
} as const;
type Source = keyof typeof sources;

/** With it a container starts in half the time that it takes with 20.10, which others look after: real-docker. */
export const siteEngine: Engine = "26.1";

/** One Docker host's workload: `web` on network `shop`, `app` on network `other`. */
export interface Site {
  readonly host: DockerHost;
  readonly web: Container;
  readonly app: Container;
}

export interface Sites {
  readonly fleet: Fleet;
  readonly sites: readonly Site[];
}

/** web: tcp 80 and 81, udp 53, published as 8080, 8081 and 5353. app: tcp 80, published as 9090. */
export async function startSites(
  hosts: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[],
): Promise<Sites> {
  const addresses = Object.values(sources).flatMap(({ v4, v6 }) => [`${v4}/24`, `${v6}/64`]);
  const fleet = await startFleet({
    engine: siteEngine,
    // Here all that comes by a published port is forwarded. What docker-proxy answers instead is in traced-ways.
    hosts: hosts.map((host) => ({ ...host, userlandProxy: false })),
    clients: [{ name: "client", addresses }],
  });
  try {
    const listener = await fleet.lab
      .node("client")
      .spawn([
        "perl",
        `${repositoryPath}/test/lab/scripts/lab-listen.pl`,
        "tcp:7000",
        "tcp:7001",
        "udp:7000",
      ]);
    await listener.waitForOutput(/ready/);
    const sites = await Promise.all(fleet.lab.hosts.map(startSite));
    return { fleet, sites };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

async function startSite(host: DockerHost, index: number): Promise<Site> {
  await createShop(host, index);
  await host.createNetwork("other", {
    subnet4: `10.88.${String(index)}.0/24`,
    subnet6: `2001:db8:88:${String(index)}::/64`,
    labels: { stage: "other" },
  });
  const app = await host.runContainer({
    name: "app",
    network: "other",
    publish: ["9090:80"],
    listen: ["tcp:80"],
  });
  return { host, web: await startWeb(host), app };
}

export async function createShop(host: DockerHost, index: number): Promise<void> {
  await host.createNetwork("shop", {
    subnet4: `10.77.${String(index)}.0/24`,
    subnet6: `2001:db8:77:${String(index)}::/64`,
    labels: { stage: "shop" },
  });
}

export function startWeb(host: DockerHost): Promise<Container> {
  return host.runContainer({
    name: "web",
    network: "shop",
    publish: ["8080:80", "8081:81", "5353:53/udp"],
    listen: ["tcp:80", "tcp:81", "udp:53"],
  });
}

/** What a probe is, in words: `office tcp/8080` comes from outside, `web→ tcp/7000` goes out to the client. */
export type ProbeName =
  | `${Source} ${"tcp" | "udp"}/${number}`
  | `${"web" | "app"}→ ${"tcp" | "udp"}/${number}`
  | "web→ icmp";

/** Sends one probe at a site and says how it ended. */
export async function probe(
  { fleet }: Sites,
  site: Site,
  name: ProbeName,
  family: Family,
  options: Omit<ProbeOptions, "source"> = {},
): Promise<Verdict> {
  const [who = "", what = ""] = name.split(" ");
  const [protocol, port] = what.split("/");
  const client = fleet.lab.node("client");
  const send = protocol === "udp" ? probeUdp : probeTcp;
  if (!who.endsWith("→")) {
    const source = sources[who as Source][family];
    const address = family === "v4" ? site.host.ipv4 : site.host.ipv6;
    return await send(client, { address, port: Number(port) }, { ...options, source });
  }
  const address = family === "v4" ? client.ipv4 : client.ipv6;
  if (protocol === "icmp")
    return await probeIcmp(inContainer(site.host, "web"), { address }, options);
  return await send(who === "web→" ? site.web : site.app, { address, port: Number(port) }, options);
}

/** How it ended. `isPatient`: an answer may come late on a busy machine, and is waited for. Any other answer is the last one. */
export async function kindOf(
  sites: Sites,
  site: Site,
  name: ProbeName,
  family: Family,
  isPatient: boolean,
): Promise<Verdict["kind"]> {
  const { kind } = await probe(sites, site, name, family);
  const isLate = kind === "timeout" || kind === "accepted";
  if (!isLate || !isPatient) return kind;
  return (await probe(sites, site, name, family, { timeoutMs: 5_000 })).kind;
}

// The container has no ping of its own that takes our options; the host's runs in its network namespace.
function inContainer(host: DockerHost, name: string) {
  return {
    ...host,
    exec: async (argv: readonly string[]) => {
      const pid = (await host.docker("inspect", "--format", "{{.State.Pid}}", name)).trim();
      return await host.exec(["nsenter", `--net=/proc/${pid}/ns/net`, ...argv]);
    },
  };
}

/** Commits these manifests as the whole suite's state, and waits until the fleet enforces it. */
export async function enforce({ fleet }: Sites, manifests: string): Promise<void> {
  await enforceOn(fleet, manifests);
}

export async function enforceOn(fleet: Fleet, manifests: string): Promise<void> {
  await fleet.mustSeawall(
    ["apply", "-f", "-", "--prune", "-l", "suite=e2e", "--wait", "--timeout=60s"],
    manifests,
  );
}

/** A FleetPolicy of the suite; `spec` is YAML, indented by two. */
export function policy(name: string, spec: string): string {
  return `---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: ${name}, labels: {suite: e2e}}
spec:
${spec.replace(/^\n/, "")}
`;
}
