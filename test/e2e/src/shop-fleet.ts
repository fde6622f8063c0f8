import {
  type Container,
  type ContainerOptions,
  type DockerHost,
  type Fleet,
  type LabNode,
  probeTcp,
  startFleet,
} from "@seawall/lab";
import { repositoryPath } from "./repository-path.ts";
import { type Family, families, siteEngine } from "./sites.ts";

/**
 * Host alpha with the networks shop (web, api, db) and other (app), and a node behind it; host beta,
 * which only sends; and a client outside, which answers DNS. db is published on 3306, web on 8080 (its port is 80).
 */
export interface ShopFleet {
  readonly fleet: Fleet;
  readonly alpha: DockerHost;
  readonly beta: DockerHost;
  readonly client: LabNode;
  /** Behind alpha, which routes to it: not in Docker. */
  readonly inner: LabNode;
  readonly web: Container;
  readonly api: Container;
  readonly db: Container;
  readonly app: Container;
}

export async function startShopFleet(): Promise<ShopFleet> {
  const fleet = await startFleet({
    engine: siteEngine,
    hosts: [
      { name: "alpha", labels: { role: "db" }, userlandProxy: false },
      { name: "beta", labels: { role: "app" }, lacks: ["ipset", "tcpdump"] },
    ],
    clients: [{ name: "client" }, { name: "inner", behind: "alpha" }],
  });
  try {
    return await furnish(fleet);
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

async function furnish(fleet: Fleet): Promise<ShopFleet> {
  const alpha = fleet.lab.host("alpha");
  await alpha.createNetwork("shop", {
    subnet4: "10.77.0.0/24",
    subnet6: "2001:db8:77::/64",
    labels: { stage: "shop" },
  });
  await alpha.createNetwork("other", { subnet4: "10.88.0.0/24", subnet6: "2001:db8:88::/64" });
  const run = (
    name: string,
    network: string,
    listen: `tcp:${number}`,
    more: Partial<ContainerOptions> = {},
  ) => alpha.runContainer({ name, network, labels: { app: name }, listen: [listen], ...more });
  const [web, api, db, app] = await Promise.all([
    run("web", "shop", "tcp:80", { publish: ["8080:80"] }),
    run("api", "shop", "tcp:80"),
    run("db", "shop", "tcp:3306", { publish: ["3306:3306", "5353:53/udp"], count: [53] }),
    run("app", "other", "tcp:80"),
  ]);
  const [inner, client] = [fleet.lab.node("inner"), fleet.lab.node("client")];
  await Promise.all([
    listen(inner, "tcp:7000", "tcp:7001"),
    listen(alpha, "tcp:9999"),
    listen(client, "udp:53"),
  ]);
  return {
    ...{ fleet, alpha, beta: fleet.lab.host("beta"), client, inner },
    ...{ web, api, db, app },
  };
}

async function listen(node: LabNode, ...roles: readonly string[]): Promise<void> {
  const script = `${repositoryPath}/test/lab/scripts/lab-listen.pl`;
  const listener = await node.spawn(["perl", script, ...roles]);
  await listener.waitForOutput(/ready/);
}

type Addressed = Readonly<Record<"ipv4" | "ipv6", string>>;

function addressOf({ ipv4, ipv6 }: Addressed, family: Family): string {
  return family === "v4" ? ipv4 : ipv6;
}

/** What a TCP connection meets, over IPv4 and over IPv6. */
export async function met(
  from: Parameters<typeof probeTcp>[0],
  to: Addressed,
  port: number,
): Promise<readonly string[]> {
  return await Promise.all(
    families.map(async (family) => {
      const target = { address: addressOf(to, family), port };
      return (await probeTcp(from, target)).kind;
    }),
  );
}

export const open = ["open", "open"];
export const dropped = ["timeout", "timeout"];
export const refused = ["refused", "refused"];
