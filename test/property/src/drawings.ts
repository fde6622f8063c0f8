import {
  type Address,
  type DockerNetwork,
  formatAddress,
  type Packet,
  parseAddress,
} from "@seawall/policy";
import fc from "fast-check";

/**
 * Small pools make drawings meet: addresses that lie in the blocks, just beside them
 * and far away; ports at the ends of the ranges.
 */
const blocks = {
  v4: ["10.0.0.0/8", "10.20.0.0/16", "10.20.9.0/24", "10.20.9.128/25", "192.0.2.7/32", "0.0.0.0/0"],
  v6: ["2001:db8::/32", "2001:db8:7::/48", "2001:db8:7:1::/64", "2001:db8:7::9/128", "::/0"],
} as const;
const excepts: Readonly<Record<string, readonly string[]>> = {
  "10.0.0.0/8": ["10.20.0.0/16", "10.20.9.1/32"],
  "10.20.0.0/16": ["10.20.9.0/24"],
  "2001:db8::/32": ["2001:db8:7::/48"],
  "2001:db8:7::/48": ["2001:db8:7:1::/64", "2001:db8:7::9/128"],
  "0.0.0.0/0": ["10.0.0.0/8"],
  "::/0": ["2001:db8::/32"],
};
const addresses = {
  IPv4: [
    "10.1.1.1",
    "10.19.255.255",
    "10.20.0.0",
    "10.20.9.1",
    "10.20.9.127",
    "10.20.9.128",
    "10.20.10.0",
    "192.0.2.7",
    "192.0.2.8",
    "11.0.0.0",
  ],
  IPv6: [
    "2001:db8::1",
    "2001:db8:6:ffff::1",
    "2001:db8:7::9",
    "2001:db8:7::a",
    "2001:db8:7:1::5",
    "2001:db8:7:2::",
    "2001:db9::",
    "fd00::1",
  ],
} as const;
const ports = [1, 52, 53, 79, 80, 81, 443, 8079, 8080, 8090, 8091, 65_535] as const;

/** Of both families, of one only, and not known. */
const subnets = [["10.20.9.0/25", "2001:db8:7::/64"], ["10.20.9.128/25"], []] as const;

export const networks: readonly DockerNetwork[] = ["front", "back", "jobs"].map((name, index) => ({
  id: `${String(index)}a1b2c3d4e5f6071`.padEnd(64, "0"),
  name: `shop_${name}`,
  driver: "bridge",
  bridge: `br-${String(index)}a1b2c3d4e5f`,
  subnets: subnets[index] ?? [],
  labels: { tier: name },
  internal: false,
}));

export const groups = {
  office: ["10.20.0.0/16", "2001:db8:7::/48"],
  "four-only": ["10.0.0.0/8"],
  empty: [],
} as const;

const range = fc
  .tuple(fc.constantFrom(...ports), fc.constantFrom(...ports))
  .map(([a, b]) => (a <= b ? [a, b] : [b, a]) as readonly [number, number]);

const containerPort = fc.oneof(
  fc.record({ protocol: fc.constantFrom("TCP", "UDP"), port: fc.constantFrom(...ports) }),
  range.chain(([port, endPort]) =>
    fc.record({
      protocol: fc.constantFrom("TCP", "UDP"),
      port: fc.constant(port),
      endPort: fc.constant(endPort),
    }),
  ),
  fc.record({ protocol: fc.constantFrom("TCP", "UDP", "ICMP") }),
  fc.record({ port: fc.constantFrom(...ports) }),
);
const publishedPort = range.chain(([first, last]) =>
  fc.record({
    protocol: fc.constantFrom("TCP", "UDP"),
    publishedPort: fc.constant(first),
    endPort: fc.constant(last),
  }),
);

const selector = fc.oneof(
  fc.constant({}),
  fc
    .subarray(["shop_front", "shop_b*", "*jobs", "not-there"], { minLength: 1 })
    .map((names) => ({ names })),
  fc.constantFrom("front", "back").map((tier) => ({ matchLabels: { tier } })),
);

const peer = fc.oneof(
  fc
    .constantFrom(...blocks.v4, ...blocks.v6)
    .chain((cidr) =>
      fc
        .subarray([...(excepts[cidr] ?? [])])
        .map((except) => ({ ipBlock: except.length === 0 ? { cidr } : { cidr, except } })),
    ),
  fc.constantFrom("office", "four-only", "empty").map((addressGroup) => ({ addressGroup })),
  selector.map((networkSelector) => ({ networkSelector })),
);

const action = fc.constantFrom("Allow", "Deny", "Reject");
const ruleAction = fc.constantFrom("Allow", "Deny", "Reject", "Pass");
const mostlyPass = fc.oneof({ weight: 2, arbitrary: fc.constant("Pass") }, ruleAction);

/** Left out once in `freq` times. */
function optional<T>(key: string, value: fc.Arbitrary<T>, freq = 5) {
  return fc
    .option(value, { nil: undefined, freq })
    .map((drawn) => (drawn === undefined ? {} : { [key]: drawn }));
}

interface Style {
  readonly actions: fc.Arbitrary<string>;
  /** What may be left out is, once in so many times. */
  readonly freq: number;
}

function direction(peerKey: "from" | "to", port: fc.Arbitrary<object>, { actions, freq }: Style) {
  const rule = fc
    .tuple(
      actions,
      optional(peerKey, fc.array(peer, { minLength: 1, maxLength: 3 }), freq),
      optional("ports", fc.array(port, { minLength: 1, maxLength: 3 }), freq),
    )
    .map(([act, peers, portList]) => ({ action: act, ...peers, ...portList }));
  return fc
    .tuple(
      optional("defaultAction", action, freq),
      optional("rules", fc.array(rule, { minLength: 1, maxLength: 5 })),
    )
    .map(([defaults, rules]) => ({ ...defaults, ...rules }))
    .filter((drawn) => Object.keys(drawn).length > 0)
    .map((drawn) => ("rules" in drawn ? { ...drawn, rules: named(drawn["rules"]) } : drawn));
}

function named(rules: unknown) {
  return Array.isArray(rules)
    ? rules.map((rule: object, index) => ({ name: `r${String(index)}`, ...rule }))
    : rules;
}

const tiers = ["Guardrail", "Standard", "Baseline"] as const;

/** The spec of a FleetPolicy, as a manifest says it. */
function spec(tiers: fc.Arbitrary<object>, selectors: fc.Arbitrary<object>, style: Style) {
  return fc
    .tuple(
      tiers,
      optional("priority", fc.constantFrom(0, 100, 500, 1000)),
      selectors,
      fc.option(direction("from", fc.oneof(containerPort, publishedPort), style), {
        nil: undefined,
      }),
      fc.option(direction("to", containerPort, style), { nil: undefined }),
    )
    .filter(([, , , ingress, egress]) => ingress !== undefined || egress !== undefined)
    .map(([tier, priority, networkSelector, ingress, egress]) => ({
      ...tier,
      ...priority,
      networkSelector,
      ...(ingress === undefined ? {} : { ingress }),
      ...(egress === undefined ? {} : { egress }),
    }));
}

const anySpec = spec(optional("tier", fc.constantFrom(...tiers)), selector, {
  actions: ruleAction,
  freq: 5,
});
/** One policy of each tier on every network, or hardly a packet would be passed on more than once. */
const towers = fc.tuple(
  ...tiers.map((tier) =>
    spec(fc.constant({ tier }), fc.constant({}), { actions: mostlyPass, freq: 2 }),
  ),
);

/** One to four policies, as manifests in JSON, which is YAML. */
export const manifests = fc
  .oneof({ weight: 2, arbitrary: fc.array(anySpec, { minLength: 1, maxLength: 4 }) }, towers)
  .map((specs) =>
    specs.map((drawn, index) => ({
      apiVersion: "seawall/v1",
      kind: "FleetPolicy",
      metadata: { name: `p${String(index)}` },
      spec: drawn,
    })),
  );

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

const interfaces = [...networks.map(({ bridge }) => bridge ?? ""), "eth0", "br-somebody"] as const;

const addressOf = (family: "IPv4" | "IPv6") => fc.constantFrom(...addresses[family]).map(address);

/** The first packet of a connection through the host, with or without Docker's DNAT. */
export const packets: fc.Arbitrary<Packet> = fc
  .constantFrom("IPv4" as const, "IPv6" as const)
  .chain((family) =>
    fc
      .record({
        protocol: fc.constantFrom("TCP" as const, "UDP" as const, "ICMP" as const),
        source: addressOf(family),
        destination: addressOf(family),
        destinationPort: fc.constantFrom(...ports),
        publishedPort: fc.option(fc.constantFrom(...ports), { nil: undefined }),
        in: fc.constantFrom(...interfaces),
        out: fc.constantFrom(...interfaces),
      })
      .map(({ destinationPort, publishedPort: published, ...packet }) =>
        packet.protocol === "ICMP"
          ? packet
          : {
              ...packet,
              destinationPort,
              ...(published === undefined ? {} : { publishedPort: published }),
            },
      ),
  );

export function describePacket(packet: Packet): string {
  const port =
    packet.destinationPort === undefined ? "" : ` port ${String(packet.destinationPort)}`;
  const published =
    packet.publishedPort === undefined ? "" : `, published as ${String(packet.publishedPort)}`;
  return `${packet.protocol} ${formatAddress(packet.source)} (${packet.in}) → ${formatAddress(packet.destination)} (${packet.out})${port}${published}`;
}
