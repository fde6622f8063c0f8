import { type DesiredState, resolve, viewOfNetworks } from "@seawall/policy";
import { expect, test } from "vitest";
import type { KeptBundle } from "./bundle-keeper.ts";
import { judge } from "./core/judge.ts";
import { parseSave } from "./core/parse-save.ts";
import { renderIn } from "./core/render-in.ts";
import { brokenPass, planPass } from "./pass-plan.ts";
import { backendFindings, dockerRulesOf, jumpsReadOf } from "./reading-findings.ts";
import { bundle, network } from "./testing/fakes.ts";
import { inIptables } from "./testing/node-firewall.ts";

const remembering = { resolve, render: renderIn, failingTests: () => [] };
const withDocker = parseSave("*filter\n:DOCKER - [0:0]\nCOMMIT\n", "nft");
const without = parseSave("*filter\nCOMMIT\n", "nft");
const read = {
  kind: "observed",
  version: "1.8.9",
  ipset: "missing",
  IPv4: withDocker,
  IPv6: without,
  elsewhere: { IPv4: "absent", IPv6: "absent" },
  unread: [],
  failures: [],
} as const;
const failed = {
  kind: "failed",
  failure: { class: "retry", reason: "IptablesBusy", message: "busy" },
} as const;
const both = { IPv4: true, IPv6: true };

test.for([
  { name: "by family", observed: read, rules: { IPv4: true, IPv6: false } },
  {
    name: "a kernel without IPv6",
    observed: { ...read, IPv6: "absent" as const },
    rules: { IPv4: true, IPv6: false },
  },
  { name: "as before while the kernel cannot be read", observed: failed, rules: both },
  {
    name: "in its own chains of nftables, whatever is left in iptables",
    observed: { ...read, dockerChains: { IPv4: false, IPv6: true } },
    firewallBackend: "nftables",
    rules: { IPv4: false, IPv6: true },
  },
  {
    name: "as before while nobody can read nftables",
    observed: read,
    firewallBackend: "nftables",
    rules: both,
  },
])("where Docker keeps rules: $name", ({ observed, firewallBackend = "iptables", rules }) => {
  const engine = { version: "29.7.2", firewallBackend, swarm: false };
  expect(dockerRulesOf(observed, { engine }, both)).toEqual(rules);
});

const facts = {
  ...{ networks: [], unusable: new Map(), containers: [], interfaces: [], addresses: [] },
  ...{ listening: [], awaitedPorts: [], bridgeNf: both },
};
const inTables = { version: "29.7.2", firewallBackend: "nftables", swarm: false };

test.for([
  { name: "its table of IPv6 is there", dockerChains: both, IPv6: 1 },
  { name: "its table of IPv6 is not", dockerChains: { IPv4: true, IPv6: false }, IPv6: 0 },
])("what leads to Docker's chains of nftables: $name", ({ dockerChains, IPv6 }) => {
  const found = jumpsReadOf({ facts, engine: inTables }, { ...read, dockerChains }, 0)?.found;
  const count = (family: "IPv4" | "IPv6") => {
    const jumps = found?.[family];
    return jumps === undefined || jumps === "absent" ? undefined : jumps.dockerJumps.length;
  };
  expect([count("IPv4"), count("IPv6")]).toEqual([0, IPv6]);
});

test("what leads to Docker's chains cannot be told while Docker, or the kernel, does not answer", () => {
  const away = { facts, engine: inTables, failure: failed.failure };
  expect(jumpsReadOf(away, { ...read, dockerChains: both }, 0)).toBeUndefined();
  expect(jumpsReadOf({ facts, engine: inTables }, failed, 0)).toBeUndefined();
  expect(jumpsReadOf({ facts, engine: inTables }, read, 0)).toBeUndefined();
});

/** Policy p of the fakes, open for this many addresses. */
function openFor(count: number): DesiredState {
  const v4 = Array.from({ length: count }, (_, n) => `10.${n >> 8}.${n & 255}.0/32`);
  const from = { addresses: { v4, v6: [] } };
  const ingress = {
    defaultAction: "Deny",
    rules: [{ name: "many", action: "Allow", from }],
  } as const;
  const networkSelector = { names: ["shop"] };
  return { policies: [{ name: "p", tier: "Standard", priority: 500, networkSelector, ingress }] };
}

test.for([
  { name: "few enough for rules", count: 1_000, ipset: "missing", reasons: [] },
  { name: "too many for rules", count: 1_001, ipset: "missing", reasons: ["IpsetMissing"] },
  { name: "any number for a set", count: 1_001, ipset: new Map<string, never>(), reasons: [] },
] as const)("addresses in one rule: $name", ({ count, ipset, reasons }) => {
  const plan = planPass(
    {
      kept: { bundle: { ...bundle(1), desired: openFor(count) } },
      open: {},
      docker: {},
      look: inIptables,
      observed: { ...read, ipset },
      view: viewOfNetworks([network("shop", "0a1b2c3d4e5f")]),
      ownPorts: [],
      bootId: "this boot",
    },
    remembering,
  );
  expect(plan.failures.map(({ reason }) => reason)).toEqual(reasons);
  expect(plan.target === undefined).toBe(reasons.length > 0);
});

const docker = "*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER - [0:0]\n";
const flushed = parseSave(`${docker}COMMIT\n`, "nft");
const ledTo = parseSave(`${docker}[0:0] -A FORWARD -o docker0 -j DOCKER\nCOMMIT\n`, "nft");

test.for([
  { name: "nowhere", IPv4: ledTo, IPv6: ledTo, seen: ["IPv4", "IPv6"], leftOut: [] },
  { name: "in IPv4", IPv4: flushed, IPv6: ledTo, seen: [], leftOut: ["IPv4"] },
  {
    name: "in IPv6, where they were led to",
    IPv4: ledTo,
    IPv6: flushed,
    seen: ["IPv6"],
    leftOut: ["IPv6"],
  },
  { name: "in IPv6, where they never were", IPv4: ledTo, IPv6: flushed, seen: [], leftOut: [] },
] as const)("Docker's chains are left out $name", ({ IPv4, IPv6, seen, leftOut }) => {
  const observed = { ...read, IPv4, IPv6 };
  const plan = planPass(
    {
      kept: { bundle: bundle(1) },
      open: {},
      docker: {},
      look: inIptables,
      observed,
      view: viewOfNetworks([]),
      ownPorts: [],
      bootId: "b",
    },
    remembering,
  );
  const { dockerChainsLeftOut } = backendFindings(plan, {}, observed, {
    ...{ dockerRulesSeen: "iptables", dockerLedToSeen: seen, dockerJumpsLost: [] },
  });
  expect(dockerChainsLeftOut).toEqual(leftOut);
});

/** What an agent before this one has written, with this of chain SEAWALL in filter. */
const ours = (filter: string) => {
  const full = ":SEAWALL - [0:0]\n[0:0] -A SEAWALL -j RETURN\n";
  const inFilter = `*filter\n:DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n${filter}COMMIT\n`;
  return parseSave(`${inFilter}*security\n${full}COMMIT\n`, "nft");
};
const whole = ours(":SEAWALL - [0:0]\n[0:0] -A SEAWALL -j RETURN\n");
const emptied = ours(":SEAWALL - [0:0]\n");
const rest = ours(":SEAWALL-1 - [0:0]\n[0:0] -A SEAWALL-1 -j RETURN\n");

test.for([
  { name: "the last confirmed ones", observed: read, confirmed: bundle(1), then: "confirmed" },
  {
    name: "none, while there are rules: they stay, and are asked",
    observed: { ...read, IPv4: whole, IPv6: whole },
    confirmed: bundle(1),
    then: "found",
  },
  {
    name: "the last confirmed ones, where one was emptied",
    observed: { ...read, IPv4: whole, IPv6: emptied },
    confirmed: bundle(1),
    then: "confirmed",
  },
  {
    name: "the last confirmed ones, where one is gone",
    observed: { ...read, IPv4: rest, IPv6: whole },
    confirmed: bundle(1),
    then: "confirmed",
  },
  {
    name: "what is left of them, where none was ever confirmed",
    observed: { ...read, IPv4: whole, IPv6: emptied },
    then: "found",
  },
  { name: "none, where none was ever confirmed", observed: read, then: "nothing" },
])(
  "an agent that has read back no rules puts in place of what cannot be rendered: $name",
  ({ observed, confirmed, then }) => {
    const view = viewOfNetworks([network("shop", "0a1b2c3d4e5f")]);
    const common = {
      ...{ open: {}, docker: {}, look: inIptables, observed, view },
      ...{ ownPorts: [], bootId: "this boot" },
    };
    const plan = (kept: KeptBundle) => planPass({ ...common, kept }, remembering);
    const found = plan({
      bundle: { ...bundle(2), desired: openFor(1_001) },
      ...(confirmed && { confirmed }),
    });
    expect(found.isOfBundle).toBe(false);
    expect(found.failures.map(({ reason }) => reason)).toEqual(["IpsetMissing"]);
    const ofConfirmed = plan({ bundle: bundle(1) }).target;
    expect([found.target, found.keepsFound]).toEqual([
      then === "confirmed" ? ofConfirmed : undefined,
      then === "found" ? true : undefined,
    ]);
  },
);

test("a pass that broke does not say that there is no bundle, and that no rule was touched", () => {
  const failure = { class: "retry", reason: "InternalError", message: "boom" } as const;
  expect(judge(brokenPass([failure]))).toMatchObject({
    state: "Failed",
    conditions: [{ type: "EnforcementFailed", reason: "InternalError" }],
  });
});
