import fc from "fast-check";
import { blocks, excepts, groups, ports } from "./drawn-addresses.ts";

/** Left out once in `freq` times. */
function optional<T>(key: string, value: fc.Arbitrary<T>, freq = 5): fc.Arbitrary<object> {
  return fc
    .option(value, { nil: undefined, freq })
    .map((drawn) => (drawn === undefined ? {} : { [key]: drawn }));
}

const range = fc
  .tuple(fc.constantFrom(...ports), fc.constantFrom(...ports))
  .map(([a, b]) => (a <= b ? [a, b] : [b, a]) as readonly [number, number]);

const transport = fc.constantFrom("TCP", "UDP");

const containerPort = fc.oneof(
  fc.record({ protocol: transport, port: fc.constantFrom(...ports) }),
  fc.tuple(transport, range).map(([protocol, [port, endPort]]) => ({ protocol, port, endPort })),
  fc.record({ protocol: fc.constantFrom("TCP", "UDP", "ICMP") }),
  fc.record({ port: fc.constantFrom(...ports) }),
);
const publishedPort = fc
  .tuple(transport, range)
  .map(([protocol, [first, endPort]]) => ({ protocol, publishedPort: first, endPort }));

/** Of one key and the values that it may have. */
function labelSelector(key: string, values: readonly string[]): fc.Arbitrary<object> {
  const some = fc.subarray([...values], { minLength: 1 });
  return fc.oneof(
    fc.constantFrom(...values).map((value) => ({ matchLabels: { [key]: value } })),
    fc
      .oneof(
        fc.record({ operator: fc.constantFrom("In", "NotIn"), values: some }),
        fc.record({ operator: fc.constantFrom("Exists", "DoesNotExist") }),
      )
      .map((expression) => ({ matchExpressions: [{ key, ...expression }] })),
  );
}

const networkSelector = fc.oneof(
  fc.constant({}),
  fc
    .subarray(["shop_front", "shop_b*", "*jobs", "not-there"], { minLength: 1 })
    .map((names) => ({ names })),
  labelSelector("tier", ["front", "back"]),
);
const containerSelector = fc.oneof(
  fc
    .subarray(["web-*", "web-2", "db-*", "not-there"], { minLength: 1 })
    .map((names) => ({ names })),
  labelSelector("app", ["web", "db"]),
);
const hostSelector = labelSelector("role", ["app", "db", "spare"]);

const block = fc
  .constantFrom(...blocks)
  .chain((cidr) =>
    fc
      .subarray([...(excepts[cidr] ?? [])])
      .map((except) => (except.length === 0 ? { cidr } : { cidr, except })),
  );

/** Containers hold few of the addresses, so they are named more often to be met as often. */
const peer = fc.oneof(
  { weight: 2, arbitrary: block.map((ipBlock) => ({ ipBlock })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...Object.keys(groups), "crowd")
      .map((addressGroup) => ({ addressGroup })),
  },
  { weight: 2, arbitrary: hostSelector.map((one) => ({ hostSelector: one })) },
  { weight: 2, arbitrary: networkSelector.map((one) => ({ networkSelector: one })) },
  { weight: 3, arbitrary: containerSelector.map((one) => ({ containerSelector: one })) },
);

const peerList = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(peer) },
  { weight: 1, arbitrary: fc.tuple(peer, peer) },
);

const action = fc.constantFrom("Allow", "Deny", "Reject");
const ruleAction = fc.constantFrom("Allow", "Deny", "Reject", "Pass");
const mostlyPass = fc.constantFrom("Pass", "Pass", "Pass", "Allow", "Deny", "Reject");
const sometimesPass = fc.constantFrom("Pass", "Pass", "Allow", "Deny", "Reject");

interface Style {
  readonly actions: fc.Arbitrary<string>;
  /** What may be left out is, once in so many times. */
  readonly freq: number;
  /** What the first rule does with everything, or with everything of a protocol. */
  readonly first?: fc.Arbitrary<string>;
}

interface Ends {
  readonly peers: readonly ("from" | "to")[];
  readonly port: fc.Arbitrary<object>;
  readonly extra?: fc.Arbitrary<object>;
}

function direction(
  { peers, port, extra = fc.constant({}) }: Ends,
  { actions, freq, first }: Style,
) {
  const rule = fc
    .tuple(
      actions.map((drawn) => ({ action: drawn })),
      ...peers.map((key) => optional(key, peerList, freq)),
      optional("ports", fc.array(port, { minLength: 1, maxLength: 2 }), freq),
      fc.constantFrom({}, {}, { log: true }),
    )
    .map(merged);
  const firstRules =
    first === undefined
      ? fc.constant([])
      : fc
          .tuple(first, optional("ports", fc.tuple(anyOfProtocol), 1))
          .map((parts) => [firstRule(parts)]);
  const rules = fc
    .tuple(firstRules, fc.array(rule, { minLength: 1, maxLength: 4 }))
    .map(([one, others]) =>
      [...one, ...others].map((drawn, index) => ({ name: `r${String(index)}`, ...drawn })),
    );
  return fc
    .tuple(optional("defaultAction", action, freq), extra, optional("rules", rules))
    .map(merged)
    .filter((drawn) => Object.keys(drawn).length > 0);
}

const anyOfProtocol = fc.record({ protocol: fc.constantFrom("TCP", "UDP", "ICMP") });

function firstRule([drawn, ports]: readonly [string, object]): object {
  return { action: drawn, ...ports };
}

function merged(parts: readonly object[]): object {
  return Object.assign({}, ...parts) as object;
}

const tiers = ["Guardrail", "Standard", "Baseline"] as const;

const anyNetworks = fc
  .tuple(
    networkSelector.map((one) => ({ networkSelector: one })),
    optional("containerSelector", containerSelector, 2),
  )
  .map(merged);
const anyInterfaces = fc
  .subarray(["eth1", "eth2", "br-somebody", "not-there", "br-0a1b2c3d4e5f"], { minLength: 1 })
  .map((interfaces) => ({ interfaces }));

interface Drawn {
  readonly tier: fc.Arbitrary<object>;
  readonly target: fc.Arbitrary<object>;
  readonly mode: fc.Arbitrary<object>;
  readonly style: Style;
}

/** The spec of a FleetPolicy, as a manifest says it. */
function spec({ tier, target, mode, style }: Drawn): fc.Arbitrary<object> {
  const host = fc.constantFrom({}, { host: true });
  return fc
    .tuple(
      tier,
      optional("priority", fc.constantFrom(0, 100, 500, 1000)),
      mode,
      // Most are for every host.
      fc.oneof(
        { weight: 9, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: hostSelector.map((one) => ({ hostSelector: one })) },
      ),
      target,
      optional(
        "ingress",
        direction({ peers: ["from"], port: fc.oneof(containerPort, publishedPort) }, style),
        3,
      ),
      optional("egress", direction({ peers: ["to"], port: containerPort, extra: host }, style), 3),
      optional("internal", direction({ peers: ["from", "to"], port: containerPort }, style), 2),
    )
    .map(merged)
    .filter((drawn) => "ingress" in drawn || "egress" in drawn || "internal" in drawn);
}

const anyTier = optional("tier", fc.constantFrom(...tiers));
const anyMode = fc.constantFrom({}, {}, { mode: "Audit" });
const plain: Style = { actions: ruleAction, freq: 5 };

const anySpec = spec({ tier: anyTier, target: anyNetworks, mode: anyMode, style: plain });
const outsideSpec = spec({ tier: anyTier, target: anyInterfaces, mode: anyMode, style: plain });

/** One policy of each tier on everything, or hardly a packet would be passed on more than once. */
function towers(styleOf: (tier: (typeof tiers)[number]) => Style) {
  return fc
    .constantFrom({ networkSelector: {} }, { interfaces: ["eth1", "eth2"] })
    .chain((target) =>
      fc.tuple(
        ...tiers.map((tier) =>
          spec({
            tier: fc.constant({ tier }),
            target: fc.constant(target),
            mode: fc.constantFrom({}, {}, {}, {}, {}, { mode: "Audit" }),
            style: styleOf(tier),
          }),
        ),
      ),
    );
}

const mixedTowers = towers((tier) => ({
  actions: tier === "Baseline" ? sometimesPass : mostlyPass,
  freq: 2,
}));

/** What gets into the first tier is passed down to the last, and mostly past it. */
const steepTowers = towers((tier) => ({
  actions: ruleAction,
  freq: 2,
  first: tier === "Baseline" ? sometimesPass : fc.constant("Pass"),
}));

/** One to four policies, as manifests in JSON, which is YAML. */
export const manifests: fc.Arbitrary<readonly object[]> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.array(
        fc.oneof({ weight: 4, arbitrary: anySpec }, { weight: 1, arbitrary: outsideSpec }),
        { minLength: 1, maxLength: 4 },
      ),
    },
    { weight: 2, arbitrary: mixedTowers },
    { weight: 1, arbitrary: steepTowers },
  )
  .map((specs) =>
    specs.map((drawn, index) => ({
      apiVersion: "seawall/v1",
      kind: "FleetPolicy",
      metadata: { name: `p${String(index)}` },
      spec: drawn,
    })),
  );
