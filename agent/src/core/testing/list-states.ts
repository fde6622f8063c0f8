import { oneList, type ResolvedState } from "@seawall/policy";
import { at, behind, bridge, denyRest, rule, shopIngress, state, tcp } from "./state-parts.ts";

/** What one list of rules becomes. */
export const listStates = {
  "nothing-selected": state(),
  "closed-from-outside": shopIngress(),
  "open-for-one-cidr": shopIngress(
    rule("office", { from: at(["198.51.100.0/24"]), ports: [tcp(3306)] }),
  ),
  "open-for-both-families": shopIngress(
    rule("office", {
      from: at(["198.51.100.7/32", "203.0.113.0/24"], ["2001:db8:7::/48"]),
      ports: [tcp(443), tcp(8000, 8100), { kind: "icmp" }],
    }),
  ),
  "anywhere-written-out": shopIngress(
    rule("world", { from: at(["0.0.0.0/0"], ["::/0"]), ports: [tcp(443)] }),
  ),
  "empty-address-group": shopIngress(rule("nobody", { from: at([]) })),
  "published-port": shopIngress(
    rule("published", {
      ports: [
        { kind: "publishedPort", protocol: "TCP", ports: { first: 8080, last: 8080 } },
        { kind: "publishedPort", protocol: "UDP", ports: { first: 5000, last: 5010 } },
      ],
    }),
  ),
  "every-port-of-a-protocol": shopIngress(
    rule("tcp", { ports: [{ kind: "port", protocol: "TCP" }, tcp(80)] }),
    rule("udp", { ports: [{ kind: "port", protocol: "UDP" }] }),
  ),
  "more-ports-than-one-match-takes": shopIngress(
    rule("many", {
      from: at(["10.0.0.0/8", "172.16.0.0/12"]),
      ports: [...Array.from({ length: 14 }, (_, n) => tcp(1000 + n)), tcp(2000, 2010), tcp(3000)],
    }),
  ),
  "only-for-IPv4": state(
    bridge("shop", {
      ingress: oneList({
        rules: [rule("bad-net", { action: "Deny", from: at(["203.0.113.0/24"]) })],
        defaultAction: "Allow",
      }),
    }),
  ),
  "reject-on-the-way-out": state(
    bridge("shop", {
      egress: oneList({
        rules: [
          rule("dns", {
            ports: [{ kind: "port", protocol: "UDP", ports: { first: 53, last: 53 } }],
          }),
          rule("no-mail", { action: "Reject", ports: [tcp(25)] }),
          rule("no-lan", {
            action: "Deny",
            to: at(["192.168.0.0/16"], ["fd00::/8"]),
          }),
        ],
        defaultAction: "Reject",
        defaultPolicy: "p",
      }),
    }),
  ),
  "two-policies-two-bridges": state(
    bridge("shop", {
      ingress: oneList({
        rules: [
          rule("block", {
            policy: "guard",
            action: "Deny",
            from: at(["198.51.100.66/32"]),
          }),
          rule("web", { policy: "web", ports: [tcp(80), tcp(443)] }),
        ],
        defaultAction: "Deny",
        defaultPolicy: "web",
      }),
      egress: oneList({
        rules: [rule("no-mail", { policy: "guard", action: "Deny", ports: [tcp(25)] })],
        defaultAction: "Allow",
      }),
    }),
    bridge("blog", {
      ingress: oneList({ rules: [rule("web", { policy: "web", ports: [tcp(80)] })], ...denyRest }),
    }),
  ),
  "passed-on-to-the-next-tier": state(
    bridge("shop", {
      ingress: oneList({
        rules: [
          rule("team-ports", {
            policy: "guard",
            tier: "Guardrail",
            action: "Pass",
            from: at(["198.51.100.0/24"]),
            ports: [tcp(8000, 8100), { kind: "icmp" }],
          }),
          rule("rest", {
            policy: "guard",
            tier: "Guardrail",
            action: "Deny",
            ports: [tcp(1, 1023)],
          }),
          rule("web", { policy: "web", ports: [tcp(8080)] }),
          rule("base", { policy: "base", tier: "Baseline", action: "Pass", ports: [tcp(22)] }),
          rule("late", { policy: "base", tier: "Baseline", action: "Reject" }),
        ],
        ...denyRest,
      }),
      egress: oneList({
        rules: [rule("mail", { action: "Pass", ports: [tcp(25)] }), rule("no", { action: "Deny" })],
        defaultAction: "Allow",
      }),
    }),
  ),
  "networks-as-peers": state(
    bridge("shop", {
      ingress: oneList({
        rules: [
          rule("neighbours", {
            from: {
              ...at(["198.51.100.0/24"]),
              networks: [
                {
                  bridge: "br-blog",
                  addresses: { v4: ["10.88.0.0/24"], v6: ["2001:db8:88::/64"] },
                },
                { bridge: "docker0" },
              ],
            },
            ports: [tcp(3306)],
          }),
          rule("nobody", { from: at([]) }),
        ],
        ...denyRest,
      }),
      egress: oneList({
        rules: [
          rule("no-blog", {
            action: "Reject",
            to: behind({ bridge: "br-blog", addresses: { v4: ["10.88.0.0/24"], v6: [] } }),
          }),
        ],
        defaultAction: "Allow",
      }),
    }),
  ),
  "denied-in-many-ways": state(
    bridge("shop", {
      ingress: oneList({
        rules: [
          rule("abusers", {
            action: "Deny",
            from: at(["203.0.113.7/32", "203.0.113.9/32"], ["2001:db8:bad::9/128"]),
            ports: [tcp(80), { kind: "icmp" }],
          }),
          rule("published", {
            action: "Reject",
            ports: [
              { kind: "publishedPort", protocol: "TCP", ports: { first: 8080, last: 8080 } },
              tcp(25),
            ],
          }),
        ],
        defaultAction: "Allow",
      }),
    }),
    bridge("blog", {
      ingress: oneList({
        rules: [
          rule("abusers", {
            action: "Deny",
            from: at(["203.0.113.7/32", "203.0.113.9/32"], ["2001:db8:bad::9/128"]),
          }),
        ],
        defaultAction: "Reject",
        defaultPolicy: "p",
      }),
    }),
  ),
  "names-that-need-care": shopIngress(
    rule('say "hi"\nCOMMIT', { policy: "naïve; -j ACCEPT", ports: [tcp(80)] }),
    rule("x".repeat(300), { ports: [tcp(81)] }),
  ),
} as const satisfies Readonly<Record<string, ResolvedState>>;
