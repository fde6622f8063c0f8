import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { whereDefaultsMeet } from "./defaults-that-meet.ts";
import {
  enforce,
  families,
  kindOf,
  type ProbeName,
  policy,
  type Sites,
  startSites,
} from "./sites.ts";

let sites: Sites;

beforeAll(async () => {
  sites = await startSites([
    { name: "alpha", labels: { env: "prod", role: "db" } },
    { name: "beta", labels: { env: "prod", role: "web" } },
  ]);
});

afterAll(async () => {
  await sites.fleet.stop();
});

whereDefaultsMeet(() => sites);

type Kind = "open" | "timeout" | "refused";
type Expected = Partial<Record<ProbeName, Kind>>;

interface Case {
  readonly name: string;
  readonly manifests: string;
  /** On every host, over both families, unless said otherwise below. */
  readonly expected: Expected;
  readonly onBeta?: Expected;
  readonly overV6?: Expected;
}

const shop = "  networkSelector: {names: [shop]}";

const cases: readonly Case[] = [
  {
    name: "no policy: everything is open",
    manifests: policy(
      "nothing",
      "  networkSelector: {names: [not-there]}\n  ingress: {defaultAction: Deny}",
    ),
    expected: {
      "outside tcp/8080": "open",
      "outside tcp/8081": "open",
      "outside udp/5353": "open",
      "outside tcp/9090": "open",
      "web→ tcp/7000": "open",
      "web→ udp/7000": "open",
      "web→ icmp": "open",
    },
  },
  {
    name: "ingress Deny by default, Allow from an ipBlock with an exception",
    manifests: policy(
      "office-only",
      `${shop}
  ingress:
    defaultAction: Deny
    rules:
      - name: office
        action: Allow
        from:
          - ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.200/32]}
          - ipBlock: {cidr: "2001:db8:7::/48", except: ["2001:db8:7:ff::/64"]}`,
    ),
    expected: {
      "office tcp/8080": "open",
      "office udp/5353": "open",
      "guest tcp/8080": "timeout",
      "outside tcp/8080": "timeout",
      "outside udp/5353": "timeout",
      "outside tcp/9090": "open",
      "web→ tcp/7000": "open",
    },
  },
  {
    name: "an addressGroup with IPv4 only: the default holds for IPv6",
    manifests: `${policy(
      "group",
      `${shop}
  ingress:
    defaultAction: Deny
    rules:
      - {name: team, action: Allow, from: [{addressGroup: team}]}`,
    )}---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: team, labels: {suite: e2e}}
spec: {cidrs: [198.51.100.0/24, 192.0.2.250/32]}
`,
    expected: { "office tcp/8080": "open", "outside tcp/8080": "timeout" },
    overV6: { "office tcp/8080": "timeout", "outside tcp/8080": "timeout" },
  },
  {
    name: "Reject answers at once, Deny is silent, the rest is left alone",
    manifests: policy(
      "reject",
      `${shop}
  ingress:
    rules:
      - {name: no, action: Reject, ports: [{port: 80}]}
      - {name: quiet, action: Deny, ports: [{protocol: UDP}]}`,
    ),
    expected: {
      "outside tcp/8080": "refused",
      "outside udp/5353": "timeout",
      "outside tcp/8081": "open",
    },
  },
  {
    name: "Reject as the default",
    manifests: policy("reject-default", `${shop}\n  ingress: {defaultAction: Reject}`),
    expected: {
      "outside tcp/8080": "refused",
      "outside udp/5353": "refused",
      "outside tcp/9090": "open",
    },
  },
  {
    name: "the first rule that matches decides",
    manifests: policy(
      "order",
      `${shop}
  ingress:
    rules:
      - {name: one, action: Allow, ports: [{port: 80}]}
      - {name: two, action: Deny, ports: [{port: 80, endPort: 81}]}`,
    ),
    expected: {
      "outside tcp/8080": "open",
      "outside tcp/8081": "timeout",
      "outside udp/5353": "open",
    },
  },
  {
    name: "a range of container ports, one UDP port",
    manifests: policy(
      "ports",
      `${shop}
  ingress:
    defaultAction: Deny
    rules:
      - {name: web, action: Allow, ports: [{port: 79, endPort: 80}, {protocol: UDP, port: 53}]}`,
    ),
    expected: {
      "outside tcp/8080": "open",
      "outside tcp/8081": "timeout",
      "outside udp/5353": "open",
    },
  },
  {
    name: "published ports, before DNAT",
    manifests: policy(
      "published",
      `${shop}
  ingress:
    defaultAction: Deny
    rules:
      - {name: web, action: Allow, ports: [{publishedPort: 8081}, {protocol: UDP, publishedPort: 5353}]}`,
    ),
    expected: {
      "outside tcp/8080": "timeout",
      "outside tcp/8081": "open",
      "outside udp/5353": "open",
    },
  },
  {
    name: "a published port is not the container port of that number",
    manifests: policy(
      "not-published",
      `${shop}\n  ingress: {rules: [{name: x, action: Deny, ports: [{publishedPort: 80}]}]}`,
    ),
    expected: { "outside tcp/8080": "open", "outside tcp/8081": "open" },
  },
  {
    name: "egress Deny by default, Allow one port of one network, and ICMP",
    manifests: policy(
      "egress",
      `${shop}
  egress:
    defaultAction: Deny
    rules:
      - name: client
        action: Allow
        to: [{ipBlock: {cidr: 192.0.2.0/24}}, {ipBlock: {cidr: "2001:db8:5ea::/64"}}]
        ports: [{port: 7000}, {protocol: ICMP}]`,
    ),
    expected: {
      "web→ tcp/7000": "open",
      "web→ tcp/7001": "timeout",
      "web→ udp/7000": "timeout",
      "web→ icmp": "open",
      "app→ tcp/7001": "open",
      "outside tcp/8080": "open",
    },
  },
  {
    name: "egress: ICMP denied, one TCP port rejected",
    manifests: policy(
      "egress-deny",
      `${shop}
  egress:
    rules:
      - {name: ping, action: Deny, ports: [{protocol: ICMP}]}
      - {name: no, action: Reject, ports: [{port: 7001}]}`,
    ),
    expected: {
      "web→ icmp": "timeout",
      "web→ tcp/7001": "refused",
      "web→ tcp/7000": "open",
      "web→ udp/7000": "open",
    },
  },
  {
    name: "two policies on one bridge: the lower priority number is judged first",
    manifests:
      policy(
        "late",
        `${shop}\n  priority: 900\n  ingress: {defaultAction: Deny, rules: [{name: all, action: Allow, ports: [{port: 80, endPort: 81}]}]}`,
      ) +
      policy(
        "early",
        `${shop}\n  priority: 100\n  ingress: {rules: [{name: no, action: Deny, ports: [{port: 81}]}]}`,
      ),
    expected: {
      "outside tcp/8080": "open",
      "outside tcp/8081": "timeout",
      "outside udp/5353": "timeout",
    },
  },
  {
    name: "a Guardrail is judged before a Standard policy of any priority",
    manifests:
      policy("team", `${shop}\n  priority: 0\n  ingress: {rules: [{name: all, action: Allow}]}`) +
      policy(
        "guard",
        `${shop}\n  tier: Guardrail\n  priority: 1000\n  ingress: {rules: [{name: no, action: Deny, ports: [{port: 81}]}]}`,
      ),
    expected: { "outside tcp/8080": "open", "outside tcp/8081": "timeout" },
  },
  {
    name: "a host is selected by its label",
    manifests: policy(
      "db-only",
      `  hostSelector: {matchLabels: {role: db}}\n${shop}\n  ingress: {defaultAction: Deny}`,
    ),
    expected: { "outside tcp/8080": "timeout", "outside tcp/9090": "open" },
    onBeta: { "outside tcp/8080": "open", "outside tcp/9090": "open" },
  },
  {
    name: "a network is selected by a wildcard in its name",
    manifests: policy(
      "wildcard",
      `  networkSelector: {names: ["sh*p"]}\n  ingress: {defaultAction: Deny}`,
    ),
    expected: { "outside tcp/8080": "timeout", "outside tcp/9090": "open" },
  },
  {
    name: "a network is selected by its label",
    manifests: policy(
      "label",
      `  networkSelector: {matchLabels: {stage: other}}\n  ingress: {defaultAction: Deny}`,
    ),
    expected: { "outside tcp/8080": "open", "outside tcp/9090": "timeout" },
  },
  {
    name: "no selector at all: every bridge of every host",
    manifests: policy("all", "  ingress: {defaultAction: Deny}"),
    expected: {
      "outside tcp/8080": "timeout",
      "outside tcp/9090": "timeout",
      "web→ tcp/7000": "open",
    },
  },
];

describe("what the policy says is what the packets meet, on two hosts, over IPv4 and IPv6", () => {
  test.for(cases)("$name", async ({ manifests, expected, onBeta, overV6 }) => {
    await enforce(sites, manifests);
    const table = sites.sites.flatMap((site) =>
      families.map((family) => {
        const here = site.host.name === "beta" && onBeta !== undefined ? onBeta : expected;
        return { site, family, expected: family === "v6" && overV6 !== undefined ? overV6 : here };
      }),
    );
    const met = await Promise.all(
      table.map(async ({ site, family, expected: want }) => {
        const names = Object.keys(want) as ProbeName[];
        const kinds = await Promise.all(
          names.map(async (name) => {
            const patient = want[name] !== "timeout";
            return [name, await kindOf(sites, site, name, family, patient)] as const;
          }),
        );
        return [`${site.host.name} ${family}`, Object.fromEntries(kinds)];
      }),
    );
    expect(Object.fromEntries(met)).toEqual(
      Object.fromEntries(
        table.map(({ site, family, expected: want }) => [`${site.host.name} ${family}`, want]),
      ),
    );
  });
});
