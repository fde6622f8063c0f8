import fc from "fast-check";
import { expect, test } from "vitest";
import { addressSetContains, addressSetOfTexts } from "./address-set.ts";
import { type Address, parseAddress } from "./cidr.ts";
import type { Action, PortMatch, RuleAction, Tier } from "./desired-state.ts";
import { hostOptionsOf } from "./host-options.ts";
import { reachableSources } from "./reachable-sources.ts";
import type { ResolvedDirection, ResolvedRule } from "./resolved-state.ts";
import { simulate } from "./simulate.ts";

const TIERS: readonly Tier[] = ["Guardrail", "Standard", "Baseline"];
const CIDRS = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.128/25"];
const SOURCES = ["10.1.2.3", "10.1.9.9", "10.9.9.9", "192.0.2.1", "192.0.2.200", "203.0.113.5"];
const PORTS: readonly PortMatch[] = [
  { kind: "port", protocol: "TCP", ports: { first: 80, last: 90 } },
  { kind: "port", protocol: "UDP" },
  { kind: "publishedPort", protocol: "TCP", ports: { first: 8080, last: 8080 } },
  { kind: "icmp" },
];

const peers = fc.record({
  addresses: fc.subarray(CIDRS).map(addressSetOfTexts),
  networks: fc.constantFrom([], [{ bridge: "br-2" }]),
  unresolved: fc.constantFrom([], ["br-2"]),
});
const rule: fc.Arbitrary<ResolvedRule> = fc
  .record({
    tier: fc.constantFrom(...TIERS),
    action: fc.constantFrom<RuleAction>("Allow", "Deny", "Reject", "Pass"),
    from: fc.option(peers, { nil: undefined }),
    ports: fc.option(fc.subarray([...PORTS], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ from, ports, ...given }) => ({
    ...{ policy: "p", rule: "r", ...given },
    ...(from === undefined ? {} : { from }),
    ...(ports === undefined ? {} : { ports }),
  }));
const list = fc
  .record({
    rules: fc.array(rule, { maxLength: 8 }),
    defaultAction: fc.constantFrom<Action>("Allow", "Deny", "Reject"),
  })
  .map(({ rules, defaultAction }) => ({
    rules: rules.toSorted((a, b) => TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier)),
    defaultAction,
    ...(defaultAction === "Allow" ? {} : { defaultPolicy: "p" }),
  }));
const direction: fc.Arbitrary<ResolvedDirection> = fc
  .record({ published: list, direct: list, other: list, holds: fc.boolean(), all: fc.boolean() })
  .map(({ published, direct, other, holds, all }) => ({
    cases: [
      {
        key: "published",
        addresses: addressSetOfTexts(["172.17.0.2/32"]),
        published: true,
        list: published,
      },
      { key: "direct", addresses: addressSetOfTexts(["172.17.0.2/32"]), list: direct },
      ...(all ? [{ key: "", list: other }] : []),
    ],
    holds,
  }));

test("a source can reach the port just where simulate allows it", () => {
  const seen = { Allow: 0, Deny: 0, Reject: 0 };
  fc.assert(
    fc.property(
      direction,
      fc.constantFrom("172.17.0.2", "172.17.0.3"),
      fc.constantFrom<"TCP" | "UDP">("TCP", "UDP"),
      fc.constantFrom(80, 443),
      fc.constantFrom(undefined, 8080, 9090),
      (ingress, to, protocol, destinationPort, publishedPort) => {
        const connection = {
          ...{ protocol, destinationPort, destination: address(to) },
          ...(publishedPort === undefined ? {} : { publishedPort }),
        };
        const sources = reachableSources(ingress, connection);
        for (const text of SOURCES) {
          const source = address(text);
          const { action } = simulate(
            {
              bridges: [{ networkId: "1", network: "n", bridge: "br-1", ingress }],
              ...{ interfaces: [], known: [], dockerBridges: ["br-1", "br-2"], policies: [] },
              bindings: [],
              management: [],
              options: hostOptionsOf(),
            },
            { ...connection, source, in: "eth0", out: "br-1" },
          );
          seen[action] += 1;
          expect([text, addressSetContains(sources, source)]).toEqual([text, action === "Allow"]);
        }
      },
    ),
    { numRuns: 5_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(1_000);
});

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}
