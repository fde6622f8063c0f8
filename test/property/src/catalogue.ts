import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  compile,
  type HostView,
  parseFacts,
  parseManifests,
  type ResolvedState,
  resolve,
} from "@seawall/policy";
import type { Place } from "./drawn-addresses.ts";

/**
 * The documented examples on a sample host: one that has every network and container which they name, and every label
 * which they select.
 */
const root = fileURLToPath(new URL("../../../examples/", import.meta.url));

export const examples: readonly string[] = readdirSync(root).filter((name) => name !== "schema");

const networks = [
  { name: "shop_backend", labels: { "com.docker.compose.project": "shop" } },
  { name: "web_front", labels: {} },
  { name: "registry_default", labels: {} },
  { name: "orders_db", labels: {} },
  { name: "jobs", labels: {} },
].map(({ name, labels }, index) => {
  const id = `${String(index)}a1b2c3d4e5f6071`.padEnd(64, "0");
  const subnets = [`10.7${String(index)}.0.0/24`, `2001:db8:7${String(index)}::/64`];
  return { id, name, labels, subnets, bridge: `br-${id.slice(0, 12)}` };
});

/** By the name of its service: the network, by its place above, the last part of its addresses, and what it publishes. */
const services = {
  postgres: { network: 0, host: 2, published: ["5432:5432"] },
  api: { network: 0, host: 3, published: [] },
  mysql: { network: 0, host: 4, published: ["3306:3306"] },
  web: { network: 1, host: 2, published: ["80:80", "8080:80", "8443:443"] },
  registry: { network: 2, host: 2, published: ["5000:5000"] },
  orders: { network: 3, host: 2, published: ["5433:5432"] },
  job: { network: 4, host: 2, published: [] },
} as const;

/** Where such an address of a network of the sample host is. */
export function placeOn(network: number, host: number): Place {
  const [n, h] = [String(network), String(host)];
  return {
    interface: networks[network]?.bridge ?? "",
    addresses: { IPv4: `10.7${n}.0.${h}`, IPv6: `2001:db8:7${n}::${h}` },
  };
}

export const containerPlaces: ReadonlyMap<string, Place> = new Map(
  Object.entries(services).map(([name, { network, host }]) => [name, placeOn(network, host)]),
);

const containers = Object.entries(services).map(([service, { network, host, published }]) => {
  const { addresses } = placeOn(network, host);
  return {
    name: `shop-${service}-1`,
    labels: { "com.docker.compose.service": service },
    attachments: [
      { network: networks[network]?.name, addresses: [addresses.IPv4, addresses.IPv6] },
    ],
    published: published.map((ports) => {
      const [hostPort, containerPort] = ports.split(":").map(Number);
      return { hostPort, containerPort };
    }),
  };
});

function sampleView(): HostView {
  const facts = parseFacts(
    JSON.stringify({
      metadata: { name: "sample" },
      status: { networks, containers, interfaces: ["eth0", "eth1", "eth2"] },
    }),
  );
  const [host] = facts.ok ? facts.hosts : [];
  if (host === undefined) throw new Error("the sample host is not understood");
  return host.view;
}

/** Every hostSelector of the examples takes one of these. */
const labels = [
  { env: "prod", role: "db" },
  { env: "prod", role: "web" },
  { role: "router" },
] as const;

/** The fleet's other host. */
export const appHost = { IPv4: "192.0.2.31", IPv6: "2001:db8:5ea::31" } as const;
const fleet = [
  { labels: { role: "app" }, addresses: [`${appHost.IPv4}/32`, `${appHost.IPv6}/128`] },
];

/** What the sample host is to enforce with this example: all its policies, under the labels that most of them select. */
export function exampleState(example: string): ResolvedState {
  const files = readdirSync(`${root}${example}`).map((name) => ({
    name,
    content: readFileSync(`${root}${example}/${name}`, "utf8"),
  }));
  const tree = parseManifests(files).resources.map(({ resource }) => resource);
  const policies = tree.filter(({ kind }) => kind === "FleetPolicy").length;
  const compiled = labels.map((one) =>
    compile(tree, fleet, { name: "sample", labels: one, mode: "Enforce" }),
  );
  const most = compiled.find((one) => one.policies.length === policies);
  if (most === undefined) throw new Error(`no sample host takes every policy of ${example}`);
  return resolve(most, sampleView());
}
