import { oneList, type ResolvedState } from "@seawall/policy";
import {
  at,
  behind,
  bridge,
  denyRest,
  managementAt,
  manyHosts,
  only,
  plane,
  published,
  rule,
  saysNothing,
  state,
  tcp,
} from "./state-parts.ts";

const shop = bridge("shop", {});
const blog = bridge("blog", {});

const web = { rules: [rule("web", { ports: [tcp(80)] })], ...denyRest } as const;

/** Whom a list is for, and where it is asked. */
export const placeStates = {
  "only-some-containers": state(
    bridge("shop", {
      ingress: {
        cases: [
          only("direct ", ["10.9.0.9/32"], saysNothing),
          only("direct p", ["10.9.0.2/31", "10.9.0.7/32"], web, ["fd00:9::2/128"]),
          only(
            "direct p q",
            ["10.9.0.8/32"],
            {
              rules: [rule("early", { policy: "q", tier: "Guardrail", action: "Pass" })],
              ...denyRest,
            },
            ["fd00:9::8/128"],
          ),
        ],
        holds: true,
      },
      egress: {
        cases: [
          only("direct p", ["10.9.0.2/31"], {
            rules: [rule("no-mail", { action: "Reject", ports: [tcp(25)] })],
            defaultAction: "Allow",
          }),
        ],
        holds: true,
      },
    }),
  ),
  "published-ports-of-the-host": {
    ...state(
      bridge("shop", {
        ingress: oneList({
          rules: [
            rule("office", { from: at(["198.51.100.0/24"]), ports: [tcp(80)] }),
            rule("neighbours", { from: behind({ bridge: blog.bridge }) }),
            rule("other", { action: "Reject", ports: [tcp(81)] }),
          ],
          ...denyRest,
        }),
      }),
      bridge("blog", {
        egress: oneList({
          rules: [
            rule("to-shop", { to: behind({ bridge: shop.bridge }) }),
            rule("to-elsewhere", { to: at(["203.0.113.0/24"]) }),
          ],
          ...denyRest,
        }),
        host: oneList({ rules: [], ...denyRest }),
      }),
    ),
    bindings: [
      published("TCP", "0.0.0.0", 8080, shop, "10.9.0.2", 80),
      published("TCP", "192.0.2.7", 8081, shop, "10.9.0.2", 81),
      published("UDP", "::", 8080, blog, "fd00:9::2", 53),
      // Its container is not known now.
      { protocol: "TCP", hostAddress: "::", hostPort: 8080, network: "shop" },
    ],
  },
  "named-ports-of-nobody": {
    ...state(
      bridge("shop", {
        ingress: oneList({ rules: [], ...denyRest }),
        host: oneList({ rules: [], ...denyRest }),
      }),
    ),
    audit: plane(bridge("shop", { host: oneList({ rules: [], ...denyRest }) })),
    // More than are asked one after the other, with ports between them that are held.
    bindings: Array.from({ length: 9 }, (_, index) =>
      published("TCP", "0.0.0.0", 8_000 + 2 * index, shop, "10.9.0.2", 80),
    ),
    heldPorts: [
      {
        protocol: "TCP",
        ranges: [
          { first: 80, last: 80 },
          { first: 8_003, last: 9_000 },
        ],
      },
      { protocol: "UDP", ranges: [{ first: 53, last: 53 }] },
    ],
  },
  "never-cut": {
    ...state(
      bridge("shop", {
        ingress: oneList({ rules: [], ...denyRest }),
        host: oneList({ rules: [], ...denyRest }),
      }),
    ),
    audit: plane(bridge("shop", { ingress: oneList({ rules: [], ...denyRest }) })),
    management: [
      managementAt("192.0.2.11", 7422, "nats"),
      managementAt("192.0.2.11", 7443, "controller"),
      managementAt("2001:db8::11", 7422, "nats"),
    ],
  },
  "no-container-known": state(bridge("shop", { ingress: { cases: [], holds: true } })),
  "published-by-another-network": state(
    bridge("shop", {
      ingress: {
        cases: [
          { ...only("published p q", ["10.9.0.2/32"], web), published: true },
          { key: "", list: { rules: [rule("ssh", { ports: [tcp(22)] })], ...denyRest } },
        ],
        holds: false,
      },
    }),
    bridge("blog", {
      ingress: {
        cases: [{ ...only("published q", ["10.8.0.2/32"], web), published: true }],
        holds: false,
      },
    }),
  ),
  "containers-as-peers": {
    ...state(
      bridge("shop", {
        ingress: oneList({
          rules: [
            rule("api", {
              from: {
                ...at(["198.51.100.0/24"]),
                networks: [
                  { bridge: blog.bridge, addresses: { v4: ["10.8.0.4/32"], v6: [] } },
                  { bridge: blog.bridge, addresses: { v4: ["10.8.0.4/31"], v6: [] } },
                ],
                unresolved: [blog.bridge],
              },
              ports: [tcp(80), { kind: "icmp" }],
            }),
            rule("web", { ports: [tcp(443)] }),
          ],
          ...denyRest,
        }),
        egress: oneList({
          rules: [rule("db", { action: "Deny", to: { ...at([]), unresolved: [blog.bridge] } })],
          defaultAction: "Allow",
        }),
      }),
    ),
    dockerBridges: [shop.bridge, blog.bridge],
    known: [
      {
        networkId: shop.networkId,
        bridge: shop.bridge,
        addresses: { v4: ["10.9.0.2/31"], v6: [] },
      },
      {
        networkId: blog.networkId,
        bridge: blog.bridge,
        addresses: { v4: ["10.8.0.4/31", "10.8.0.9/32"], v6: ["fd00:8::4/128"] },
      },
    ],
  },
  "between-containers-of-a-bridge": state(
    bridge("shop", {
      internal: {
        cases: [
          only("direct p", ["10.9.0.2/32"], {
            rules: [
              rule("pairs", {
                from: behind({
                  bridge: shop.bridge,
                  addresses: { v4: ["10.9.0.4/32"], v6: ["fd00:9::4/128"] },
                }),
                to: at(["10.9.0.0/25", "10.9.1.0/24"]),
                ports: [tcp(80), { kind: "icmp" }],
              }),
              rule("no-v6", {
                action: "Reject",
                from: at([], ["fd00:9::/64"]),
                to: at(["10.9.0.0/24"]),
              }),
            ],
            ...denyRest,
          }),
          only("direct ", ["10.9.0.4/32"], saysNothing),
        ],
        holds: true,
      },
    }),
  ),
  "to-the-host-itself": state(
    bridge("shop", {
      egress: oneList({ rules: [rule("dns", { ports: [tcp(53)] })], ...denyRest }),
      host: oneList({ rules: [rule("dns", { ports: [tcp(53)] })], ...denyRest }),
    }),
  ),
  "only-to-the-host-itself": state(
    bridge("shop", {
      host: {
        cases: [
          only("direct p", ["10.9.0.2/32"], {
            rules: [
              rule("no-ssh", { action: "Reject", to: at(["10.9.0.1/32"]), ports: [tcp(22)] }),
            ],
            defaultAction: "Allow",
          }),
        ],
        holds: true,
      },
    }),
  ),
  "outside-docker": {
    ...state(bridge("shop", { ingress: oneList(web) })),
    dockerBridges: ["docker0", shop.bridge],
    interfaces: [
      {
        interface: "eth1",
        ingress: oneList({
          rules: [
            rule("vpn", { tier: "Guardrail", action: "Pass", from: at(["10.99.0.0/16"]) }),
            rule("web", { ports: [tcp(80)] }),
          ],
          ...denyRest,
        }),
        egress: oneList({
          rules: [rule("no-mail", { action: "Deny", ports: [tcp(25)] })],
          defaultAction: "Allow",
        }),
      },
      // Its name could be that of a tier of the other's.
      { interface: "eth1-S", ingress: oneList({ rules: [], ...denyRest }) },
      { interface: "wireguard-long0", egress: oneList(web) },
    ],
  },
  "nothing-but-outside-docker": {
    ...state(),
    interfaces: [{ interface: "wg0", ingress: oneList(web) }],
  },
  "logged-rules": state(
    bridge("shop", {
      ingress: oneList({
        rules: [
          rule("vpn", { tier: "Guardrail", action: "Pass", from: at(["10.99.0.0/16"]), log: true }),
          rule("web", { ports: [tcp(80), { kind: "icmp" }], log: true }),
          rule("no-mail", { action: "Reject", ports: [tcp(25)], log: true }),
          rule("quiet", { action: "Deny", from: at(["203.0.113.0/24"]) }),
          rule("n".repeat(63), { action: "Deny", from: at(["203.0.113.0/24"]), log: true }),
        ],
        ...denyRest,
      }),
    }),
  ),
  "large-address-groups": {
    ...state(
      bridge("shop", {
        ingress: oneList({
          rules: [
            rule("office", {
              from: at(manyHosts(40, "198.51.100"), ["2001:db8:7::/48"]),
              ports: [tcp(443)],
            }),
            rule("fits", { from: at(manyHosts(32, "203.0.113")) }),
          ],
          ...denyRest,
        }),
        internal: oneList({
          rules: [
            rule("office", {
              from: behind({
                bridge: shop.bridge,
                addresses: { v4: manyHosts(33, "10.9.0"), v6: [] },
              }),
              to: at(manyHosts(34, "10.9.1")),
            }),
          ],
          ...denyRest,
        }),
        host: oneList({ rules: [rule("dns", { to: at(manyHosts(33, "10.9.2")) })], ...denyRest }),
        egress: oneList({ rules: [rule("dns", { to: at(manyHosts(33, "10.9.2")) })], ...denyRest }),
      }),
    ),
  },
  "new-bridges-held": {
    ...state(bridge("shop", { ingress: oneList(web), host: oneList(web) })),
    knownBridges: ["br-lan", shop.bridge, blog.bridge],
  },
  "every-bridge-is-new": { ...state(), knownBridges: [] },
  "nothing-said-in-a-plane": { ...state(), audit: plane(shop) },
} as const satisfies Readonly<Record<string, ResolvedState>>;
