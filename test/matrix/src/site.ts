import {
  type Container,
  type DockerHost,
  type Fleet,
  type NetworkOptions,
  type ProbeOrigin,
  probeTcp,
} from "@seawall/lab";
import type { Cell, Family, Way } from "./cells.ts";

/** A cell that runs. */
export interface Site {
  readonly cell: Cell;
  readonly fleet: Fleet;
  readonly host: DockerHost;
  /** Its place among the hosts of its fleet. */
  readonly index: number;
}

/** The one that the policy lets in, and everybody else. */
export type Sender = "friend" | "stranger";
const senders = ["friend", "stranger"] as const satisfies readonly Sender[];

export const clientAddresses: Readonly<Record<Sender, Readonly<Record<Family, string>>>> = {
  friend: { v4: "198.51.100.10", v6: "2001:db8:7::10" },
  stranger: { v4: "203.0.113.9", v6: "2001:db8:bad::9" },
};

/** What runs on network `shop` of a site. */
export interface Shop {
  readonly web: Container;
  /** Containers beside it that send, where nobody from outside gets to the network. */
  readonly inside?: Readonly<Record<Sender, Container>>;
}

/** @param round another subnet for each network that is made anew. */
export async function openShop({ cell, fleet, host, index }: Site, round: number): Promise<Shop> {
  const place = index * 8 + round;
  const subnet4 = `10.77.${String(place)}.0/24`;
  const subnet6 = `2001:db8:77:${String(place)}::/64`;
  await host.createNetwork("shop", {
    subnet4,
    ...(cell.network === "IPv4 only" ? {} : { subnet6 }),
    ...networkOptions[cell.network],
  });
  const client = fleet.lab.node("client");
  await client.run(["ip", "route", "replace", subnet4, "via", host.ipv4]);
  await client.run(["ip", "-6", "route", "replace", subnet6, "via", host.ipv6]);
  const web = { name: "web", network: "shop", publish: ["8080:80"], listen: ["tcp:80"] } as const;
  if (cell.network !== "internal") return { web: await host.runContainer(web) };
  const [running, friend, stranger] = await Promise.all([
    host.runContainer(web),
    ...senders.map((name) => host.runContainer({ name, network: "shop" })),
  ]);
  if (friend === undefined || stranger === undefined)
    throw new Error("three containers were asked for");
  return { web: running, inside: { friend, stranger } };
}

const networkOptions: Readonly<Record<Cell["network"], NetworkOptions>> = {
  dual: {},
  "IPv4 only": {},
  routed: {
    driverOptions: {
      "com.docker.network.bridge.gateway_mode_ipv4": "routed",
      "com.docker.network.bridge.gateway_mode_ipv6": "routed",
    },
  },
  internal: { internal: true },
};

export async function closeShop({ host }: Site, shop: Shop): Promise<void> {
  await Promise.all(containersOf(shop).map(({ name }) => host.removeContainer(name)));
  await host.removeNetwork("shop");
}

/** After Docker was restarted. */
export async function restartShop(shop: Shop): Promise<void> {
  await Promise.all(containersOf(shop).map((container) => container.start()));
}

function containersOf({ web, inside }: Shop): readonly Container[] {
  return [web, ...(inside === undefined ? [] : Object.values(inside))];
}

/** What each sender meets on each way, in words: "stranger v4 published: timeout". */
export async function verdicts(site: Site, shop: Shop): Promise<readonly string[]> {
  const { web } = shop;
  const addresses = await web.addressesOn("shop");
  return await Promise.all(
    senders.flatMap((sender) =>
      site.cell.ways.map(async (way) => {
        const [family, port] = wayOf(way);
        const own = family === "v4" ? addresses.ipv4 : addresses.ipv6;
        const hosts = family === "v4" ? site.host.ipv4 : site.host.ipv6;
        const target = { address: port === 80 ? own : hosts, port };
        const { from, source } = originOf(site, shop, sender, family);
        const { kind } = await probeTcp(from, target, source);
        return `${sender} ${way}: ${kind}`;
      }),
    ),
  );
}

function wayOf(way: Way): readonly [Family, number] {
  return [way.startsWith("v4") ? "v4" : "v6", way.endsWith("published") ? 8080 : 80];
}

function originOf(
  { fleet }: Site,
  { inside }: Shop,
  sender: Sender,
  family: Family,
): { readonly from: ProbeOrigin; readonly source: { readonly source?: string } } {
  if (inside !== undefined) return { from: inside[sender], source: {} };
  const source = clientAddresses[sender][family];
  return { from: fleet.lab.node("client"), source: { source } };
}

/** What `verdicts` is to be. */
export function expected(site: Site, met: Readonly<Record<Sender, "open" | "timeout">>) {
  return senders.flatMap((sender) =>
    site.cell.ways.map((way) => `${sender} ${way}: ${met[sender]}`),
  );
}
