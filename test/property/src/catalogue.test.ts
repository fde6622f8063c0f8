import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  compile,
  type Family,
  type HostView,
  parseFacts,
  parseManifests,
  resolve,
} from "@seawall/policy";
import { expect, test } from "vitest";
import { rendered } from "./rendered.ts";

/**
 * The documented examples as the rules that a host gets: one that has every network and
 * container which they name, and every label which they select. Its packets are sent elsewhere.
 */
const root = fileURLToPath(new URL("../../../examples/", import.meta.url));
const examples = readdirSync(root).filter((name) => name !== "schema");

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

const containers = [
  { service: "postgres", address: 2, published: [{ hostPort: 5432, containerPort: 5432 }] },
  { service: "api", address: 3, published: [] },
].map(({ service, address, published }) => ({
  name: `shop-${service}-1`,
  labels: { "com.docker.compose.service": service },
  attachments: [
    {
      network: "shop_backend",
      addresses: [`10.70.0.${String(address)}`, `2001:db8:70::${String(address)}`],
    },
  ],
  published,
}));

function sampleView(): HostView {
  const facts = parseFacts(
    JSON.stringify({
      metadata: { name: "sample" },
      status: { networks, containers, interfaces: ["eth0", "eth1"] },
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
const fleet = [{ labels: { role: "app" }, addresses: ["192.0.2.31/32", "2001:db8:5ea::31/128"] }];

test.for(examples)("%s", async (example) => {
  const files = readdirSync(`${root}${example}`).map((name) => ({
    name,
    content: readFileSync(`${root}${example}/${name}`, "utf8"),
  }));
  const tree = parseManifests(files).resources.map(({ resource }) => resource);
  const policies = tree.filter(({ kind }) => kind === "FleetPolicy").length;
  const compiled = labels.map((one) =>
    compile(tree, fleet, { name: "sample", labels: one, mode: "Enforce" }),
  );
  const most = compiled.toSorted((a, b) => b.policies.length - a.policies.length)[0];
  if (most === undefined) throw new Error("no labels");
  expect(most.policies, "the sample host takes every policy").toHaveLength(policies);
  const { target } = rendered(resolve(most, sampleView())).plan;
  const text = (family: Family) =>
    (["filter", "security"] as const).flatMap((table) => [
      `*${table}`,
      ...target[family].chains[table].flatMap(({ name, rules }) => [
        `:${name}`,
        ...rules.map((rule) => `-A ${name} ${rule.text}`),
      ]),
    ]);
  const golden = ["# IPv4", ...text("IPv4"), "# IPv6", ...text("IPv6"), ""].join("\n");
  await expect(golden).toMatchFileSnapshot(`golden/${example}.rules`);
});
