import type { DockerContainer, DockerNetwork, HostView } from "@seawall/policy";
import { viewOfNetworks } from "@seawall/policy";
import { expect, test } from "vitest";
import type { RuleCount } from "./counters.ts";
import { describeFlow } from "./describe-flow.ts";
import type { Flow } from "./flow-table.ts";
import { logPrefix } from "./render-log.ts";

const network = (name: string): DockerNetwork => ({
  ...{ id: `${name}-id`, name, driver: "bridge", bridge: `br-${name}` },
  ...{ subnets: [], labels: {}, internal: false },
});
const container = (name: string, on: string, address: string): DockerContainer => ({
  ...{ id: `${name}-id`, name, labels: {}, hostNetwork: false },
  attachments: [{ networkId: `${on}-id`, addresses: [address, "fd01::2"] }],
  published: [
    { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 13_306, containerPort: 3306 },
    { protocol: "TCP", hostAddress: "::", hostPort: 13_306, containerPort: 3306 },
    { protocol: "TCP", hostAddress: "127.0.0.1", hostPort: 8306, containerPort: 3306 },
    { protocol: "UDP", hostAddress: "0.0.0.0", hostPort: 53, containerPort: 3306 },
  ],
});
const view: HostView = {
  ...viewOfNetworks([network("shop"), network("blog")]),
  containers: [container("db", "shop", "10.1.0.2"), container("api", "blog", "10.2.0.2")],
};
const counted = (logged: string, rest: Partial<RuleCount> = {}): RuleCount => ({
  ...{ family: "IPv4", policy: "protect", rule: "block", direction: "ingress", network: "shop" },
  ...{ packets: 0, bytes: 0, logged },
  ...rest,
});

const flow = (rest: Partial<Flow>): Flow => ({
  ...{
    prefix: "deny protect/block",
    in: "eth0",
    out: "br-shop",
    packets: 3,
    firstMs: 1,
    lastMs: 2,
  },
  header: { protocol: "TCP", source: "203.0.113.9", destination: "10.1.0.2", port: 3306 },
  ...rest,
});
const toShop = { address: "10.1.0.2", interface: "br-shop", network: "shop", container: "db" };
const fromApi = { address: "10.2.0.2", interface: "br-blog", network: "blog", container: "api" };
const betweenNetworks = {
  in: "br-blog",
  header: { protocol: "TCP", source: "10.2.0.2", destination: "10.1.0.2", port: 80 },
};

const long = { action: "Deny", policy: "protect", rule: "r".repeat(63) } as const;

test.each<[string, Flow, readonly RuleCount[], ReturnType<typeof describeFlow>]>([
  [
    "rule, direction, container and the ports under which it is published",
    flow({}),
    [counted("deny protect/block")],
    {
      ...{
        verdict: "Deny",
        audited: false,
        policy: "protect",
        rule: "block",
        direction: "ingress",
      },
      ...{ protocol: "TCP", port: 3306, publishedPorts: [8306, 13_306] },
      source: { address: "203.0.113.9", interface: "eth0" },
      destination: toShop,
      ...{ packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "one rule in two directions: by the bridges that it goes by",
    flow(betweenNetworks),
    [
      counted("deny protect/block"),
      counted("deny protect/block", { direction: "egress", network: "shop" }),
      counted("deny protect/block", { direction: "ingress", network: "blog" }),
    ],
    {
      ...{
        verdict: "Deny",
        audited: false,
        policy: "protect",
        rule: "block",
        direction: "ingress",
      },
      ...{ protocol: "TCP", port: 80, publishedPorts: [] },
      ...{ source: fromApi, destination: toShop, packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "no direction where it may be either",
    flow({ ...betweenNetworks, prefix: "audit reject protect/block" }),
    [
      counted("audit reject protect/block", { audited: true }),
      counted("audit reject protect/block", {
        audited: true,
        direction: "egress",
        network: "blog",
      }),
    ],
    {
      ...{ verdict: "Reject", audited: true, policy: "protect", rule: "block" },
      ...{ protocol: "TCP", port: 80, publishedPorts: [] },
      ...{ source: fromApi, destination: toShop, packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "what a container sends to the host itself",
    flow({
      in: "br-shop",
      out: "",
      header: { protocol: "ICMP", source: "10.1.0.9", destination: "10.1.0.1" },
    }),
    [
      counted("deny protect/block", { direction: "egress" }),
      counted("deny protect/block", { direction: "host" }),
    ],
    {
      ...{ verdict: "Deny", audited: false, policy: "protect", rule: "block", direction: "host" },
      ...{ protocol: "ICMP", publishedPorts: [] },
      source: { address: "10.1.0.9", interface: "br-shop", network: "shop" },
      destination: { address: "10.1.0.1", interface: "" },
      ...{ packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "what comes to a published port of the host itself, and whose it is",
    flow({
      out: "",
      header: { protocol: "TCP", source: "203.0.113.9", destination: "192.0.2.11", port: 8306 },
    }),
    [counted("deny protect/block")],
    {
      ...{ verdict: "Deny", audited: false, policy: "protect", rule: "block" },
      ...{ direction: "ingress", protocol: "TCP", port: 8306, publishedPorts: [] },
      source: { address: "203.0.113.9", interface: "eth0" },
      destination: { address: "192.0.2.11", interface: "", container: "db" },
      ...{ packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "a name that was cut in full, while its rule is in force",
    flow({ prefix: logPrefix(long) }),
    [counted(logPrefix(long), { rule: long.rule })],
    {
      ...{ verdict: "Deny", audited: false, policy: "protect", rule: long.rule },
      ...{ direction: "ingress", protocol: "TCP", port: 3306, publishedPorts: [8306, 13_306] },
      source: { address: "203.0.113.9", interface: "eth0" },
      destination: toShop,
      ...{ packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  [
    "what is held",
    flow({ prefix: "deny held", in: "br-shop", out: "br-shop" }),
    [],
    {
      ...{
        verdict: "Deny",
        held: true,
        protocol: "TCP",
        port: 3306,
        publishedPorts: [8306, 13_306],
      },
      source: { address: "203.0.113.9", interface: "br-shop", network: "shop" },
      destination: toShop,
      ...{ packets: 3, firstMs: 1, lastMs: 2 },
    },
  ],
  ["nothing of somebody else's rule", flow({ prefix: "ssh" }), [], undefined],
])("%s", (_, one, counters, described) => {
  expect(describeFlow(one, { view, counters })).toEqual(described);
});

test("an address counts on its own network only", () => {
  const elsewhere = flow({ out: "br-blog" });
  expect(describeFlow(elsewhere, { view, counters: [] })?.destination).toEqual({
    ...{ address: "10.1.0.2", interface: "br-blog", network: "blog" },
  });
});
