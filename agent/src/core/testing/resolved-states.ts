import type {
  PortMatch,
  ResolvedBridge,
  ResolvedDirection,
  ResolvedRule,
  ResolvedState,
} from "@seawall/policy";

/** Named states for tests: golden files, walks from one to another, and the real iptables. */

function bridge(
  network: string,
  directions: { readonly ingress?: ResolvedDirection; readonly egress?: ResolvedDirection },
): ResolvedBridge {
  const id = ids[network];
  if (id === undefined) throw new Error(`no id for ${network}`);
  return { networkId: id, network, bridge: `br-${id.slice(0, 12)}`, ...directions };
}

const ids: Readonly<Record<string, string>> = {
  shop: "0a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff",
  blog: "ffeeddccbbaa99887766554433221100f9e8d7c6b5a4938271605f4e3d2c1b0a",
};

function rule(name: string, rest: Partial<ResolvedRule>): ResolvedRule {
  return { policy: "p", rule: name, tier: "Standard", action: "Allow", ...rest };
}

function tcp(first: number, last = first): PortMatch {
  return { kind: "port", protocol: "TCP", ports: { first, last } };
}

const denyRest = { defaultAction: "Deny", defaultPolicy: "p" } as const;

function state(...bridges: readonly ResolvedBridge[]): ResolvedState {
  return { bridges, policies: [] };
}

function shopIngress(...rules: readonly ResolvedRule[]): ResolvedState {
  return state(bridge("shop", { ingress: { rules, ...denyRest } }));
}

export const resolvedStates = {
  "nothing-selected": state(),
  "closed-from-outside": shopIngress(),
  "open-for-one-cidr": shopIngress(
    rule("office", { addresses: { v4: ["198.51.100.0/24"], v6: [] }, ports: [tcp(3306)] }),
  ),
  "open-for-both-families": shopIngress(
    rule("office", {
      addresses: { v4: ["198.51.100.7/32", "203.0.113.0/24"], v6: ["2001:db8:7::/48"] },
      ports: [tcp(443), tcp(8000, 8100), { kind: "icmp" }],
    }),
  ),
  "anywhere-written-out": shopIngress(
    rule("world", { addresses: { v4: ["0.0.0.0/0"], v6: ["::/0"] }, ports: [tcp(443)] }),
  ),
  "empty-address-group": shopIngress(rule("nobody", { addresses: { v4: [], v6: [] } })),
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
      addresses: { v4: ["10.0.0.0/8", "172.16.0.0/12"], v6: [] },
      ports: [...Array.from({ length: 14 }, (_, n) => tcp(1000 + n)), tcp(2000, 2010), tcp(3000)],
    }),
  ),
  "only-for-IPv4": state(
    bridge("shop", {
      ingress: {
        rules: [rule("bad-net", { action: "Deny", addresses: { v4: ["203.0.113.0/24"], v6: [] } })],
        defaultAction: "Allow",
      },
    }),
  ),
  "reject-on-the-way-out": state(
    bridge("shop", {
      egress: {
        rules: [
          rule("dns", {
            ports: [{ kind: "port", protocol: "UDP", ports: { first: 53, last: 53 } }],
          }),
          rule("no-mail", { action: "Reject", ports: [tcp(25)] }),
          rule("no-lan", {
            action: "Deny",
            addresses: { v4: ["192.168.0.0/16"], v6: ["fd00::/8"] },
          }),
        ],
        defaultAction: "Reject",
        defaultPolicy: "p",
      },
    }),
  ),
  "two-policies-two-bridges": state(
    bridge("shop", {
      ingress: {
        rules: [
          rule("block", {
            policy: "guard",
            action: "Deny",
            addresses: { v4: ["198.51.100.66/32"], v6: [] },
          }),
          rule("web", { policy: "web", ports: [tcp(80), tcp(443)] }),
        ],
        defaultAction: "Deny",
        defaultPolicy: "web",
      },
      egress: {
        rules: [rule("no-mail", { policy: "guard", action: "Deny", ports: [tcp(25)] })],
        defaultAction: "Allow",
      },
    }),
    bridge("blog", {
      ingress: { rules: [rule("web", { policy: "web", ports: [tcp(80)] })], ...denyRest },
    }),
  ),
  "passed-on-to-the-next-tier": state(
    bridge("shop", {
      ingress: {
        rules: [
          rule("team-ports", {
            policy: "guard",
            tier: "Guardrail",
            action: "Pass",
            addresses: { v4: ["198.51.100.0/24"], v6: [] },
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
      },
      egress: {
        rules: [rule("mail", { action: "Pass", ports: [tcp(25)] }), rule("no", { action: "Deny" })],
        defaultAction: "Allow",
      },
    }),
  ),
  "networks-as-peers": state(
    bridge("shop", {
      ingress: {
        rules: [
          rule("neighbours", {
            addresses: { v4: ["198.51.100.0/24"], v6: [] },
            networks: [
              { bridge: "br-blog", addresses: { v4: ["10.88.0.0/24"], v6: ["2001:db8:88::/64"] } },
              { bridge: "docker0" },
            ],
            ports: [tcp(3306)],
          }),
          rule("nobody", { addresses: { v4: [], v6: [] }, networks: [] }),
        ],
        ...denyRest,
      },
      egress: {
        rules: [
          rule("no-blog", {
            action: "Reject",
            addresses: { v4: [], v6: [] },
            networks: [{ bridge: "br-blog", addresses: { v4: ["10.88.0.0/24"], v6: [] } }],
          }),
        ],
        defaultAction: "Allow",
      },
    }),
  ),
  "names-that-need-care": shopIngress(
    rule('say "hi"\nCOMMIT', { policy: "naïve; -j ACCEPT", ports: [tcp(80)] }),
    rule("x".repeat(300), { ports: [tcp(81)] }),
  ),
} as const satisfies Readonly<Record<string, ResolvedState>>;

export type StateName = keyof typeof resolvedStates;

export const stateNames = Object.keys(resolvedStates) as readonly StateName[];
