import { mkdir, writeFile } from "node:fs/promises";
import {
  type DockerHost,
  type Engine,
  type Fleet,
  leadThroughGateway,
  type Progress,
  startFleet,
} from "@seawall/lab";

/** The three hosts of the story; the last one is not selected by its policy, and is the first to get a change. */
export const hosts = [
  { name: "shop-01", labels: { env: "prod", role: "db" } },
  { name: "shop-02", labels: { env: "prod", role: "db" } },
  { name: "dev-01", labels: { env: "dev", role: "db", canary: "true" } },
] as const;

/** An outside client with an address in the allowed office network and one that is not. */
export const client = {
  name: "client",
  office: { v4: "198.51.100.10", v6: "2001:db8:7::10" },
  outside: { v4: "203.0.113.9", v6: "2001:db8:bad::9" },
} as const;

export const network = "shop_backend";
export const mysqlPort = 3306;

export async function setTheStage(engine: Engine | undefined, progress: Progress): Promise<Fleet> {
  const fleet = await startFleet({
    // With docker-proxy no policy would be whole: it answers beside all rules.
    hosts: hosts.map((host) => ({ ...host, userlandProxy: false })),
    clients: [
      {
        name: client.name,
        addresses: [
          `${client.office.v4}/24`,
          `${client.office.v6}/64`,
          `${client.outside.v4}/24`,
          `${client.outside.v6}/64`,
        ],
      },
    ],
    progress,
    ...(engine === undefined ? {} : { engine }),
  });
  progress("starting a database container on every host");
  await Promise.all(fleet.lab.hosts.map((host, index) => startShop(host, index)));
  return fleet;
}

/** A named network with a container that publishes MySQL's port, behind a host firewall that drops everything. */
async function startShop(host: DockerHost, index: number): Promise<void> {
  for (const iptables of ["iptables", "ip6tables"]) {
    await host.run([
      iptables,
      "-A",
      "INPUT",
      "-m",
      "conntrack",
      "--ctstate",
      "RELATED,ESTABLISHED",
      "-j",
      "ACCEPT",
    ]);
    await host.run([iptables, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT"]);
  }
  await host.run(["ip6tables", "-A", "INPUT", "-p", "ipv6-icmp", "-j", "ACCEPT"]);
  for (const iptables of ["iptables", "ip6tables"])
    await host.run([iptables, "-P", "INPUT", "DROP"]);
  await createShopNetwork(host, index);
}

export async function createShopNetwork(host: DockerHost, index: number): Promise<void> {
  await host.createNetwork(network, {
    subnet4: `10.77.${String(index)}.0/24`,
    subnet6: `2001:db8:77:${String(index)}::/64`,
    labels: { "com.docker.compose.project": "shop" },
  });
  await host.runContainer({
    name: "mysql",
    network,
    publish: [`${String(mysqlPort)}:${String(mysqlPort)}`],
    listen: [`tcp:${mysqlPort}`],
  });
}

export async function removeShopNetwork(host: DockerHost): Promise<void> {
  await host.removeContainer("mysql");
  await host.removeNetwork(network);
}

const wayOut = { network: "way-out", host: "10.90.0.1", gateway: "10.90.0.99" } as const;

/** The host reaches its controller only through a container of its own from now on. */
export async function leadThroughContainer(fleet: Fleet, name: string): Promise<void> {
  const host = fleet.lab.host(name);
  await host.createNetwork(wayOut.network, { subnet4: "10.90.0.0/24" });
  await fleet.stopAgent(name);
  await leadThroughGateway(host, fleet.controller, wayOut);
  // The default of 30 s is long for somebody who watches.
  await mkdir(host.path("/etc/seawall"), { recursive: true });
  await writeFile(host.path("/etc/seawall/agent.yaml"), "confirmTimeout: 5s\n");
  await fleet.startAgent(name);
}
