import type { Address } from "./cidr.ts";
import { type CompileHost, compilerOf } from "./compile.ts";
import type { Action, DesiredState, Direction } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { HostView } from "./host-view.ts";
import { imaginedHost } from "./policy-tests-imagined-host.ts";
import { packetsOf } from "./policy-tests-packets.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import { type TestWay, waysOf } from "./policy-tests-ways.ts";
import {
  describePacket,
  describeTest,
  interfacesOf,
  isBetweenInterfaces,
} from "./policy-tests-words.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState, Scope } from "./resolved-state.ts";
import type { Resource } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { meantPacket, type Packet, simulate, type Verdict } from "./simulate.ts";
import type { TestPacket } from "./test-packet.ts";
import type { Ungoverned } from "./trace-path.ts";

/** What came of a test on a host. */
export type PolicyTestOutcome =
  | { readonly kind: "Passed" }
  | {
      readonly kind: "Failed";
      /** In words: one packet that the test stands for and that is not treated as expected. */
      readonly packet: string;
      readonly actual: Action;
      /** It is for the host itself. */
      readonly toHost?: true;
      /** It is forwarded between interfaces of the host. */
      readonly outside?: true;
      /** Absent: no rule and no default of any policy decides. */
      readonly decidedBy?: {
        readonly policy: string;
        readonly rule: string;
        readonly direction: Direction;
      };
      /** Denied because an address of a bridge is no known container's. */
      readonly held?: true;
    }
  /** The policies say what is expected, and on this host the packet goes around them. */
  | { readonly kind: "Ungoverned"; readonly packet: string; readonly reason: string }
  | { readonly kind: "Unjudged"; readonly reason: string }
  | { readonly kind: "Skipped"; readonly reason: string };

export interface PolicyTestCase {
  readonly outcome: PolicyTestOutcome;
  /** Sorted; empty for the imagined host, which judges what no host of the fleet can. */
  readonly hosts: readonly string[];
}

export interface PolicyTestResult {
  readonly policy: string;
  /** Of the test in `spec.tests`. */
  readonly index: number;
  readonly test: PolicyTest;
  /** At least one. */
  readonly cases: readonly PolicyTestCase[];
}

/** A test of more really different packets would take too long; it is never taken to pass. */
const MOST_PACKETS = 4096;

/**
 * Judges the tests of all policies of a tree, which has to be valid, all policies
 * together: on every host that a test's policy selects and that has the test's
 * ends, and where there is none, on an imagined host.
 */
export function judgePolicyTests(
  tree: readonly Resource[],
  hosts: readonly HostFacts[],
): readonly PolicyTestResult[] {
  const policies = tree.filter((resource) => resource.kind === "FleetPolicy");
  if (policies.every(({ spec }) => spec.tests === undefined)) {
    return [];
  }
  const compile = compilerOf(tree, hosts);
  const judgeOn = judgesOf(compile);
  const judgeImagined = judgesOf(compile, "imagined");
  return policies.flatMap((policy) => {
    const selected = hosts
      .filter(({ labels }) => matchesLabels(policy.spec.hostSelector, labels))
      .map((host) => ({ name: host.name, judge: judgeOn(host) }));
    const { name: policyName } = policy.metadata;
    return (policy.spec.tests ?? []).map((test, index) => ({
      policy: policyName,
      index,
      test,
      cases: casesOf(
        selected.map(({ name, judge }) => ({ name, outcome: judge(policyName, test) })),
        () => {
          const host = imaginedHost(policy);
          return host === undefined
            ? { kind: "Skipped", reason: "no host can have all the labels of hostSelector" }
            : judgeImagined(host)(policyName, test);
        },
      ),
    }));
  });
}

interface HostTestResult extends Omit<PolicyTestResult, "cases"> {
  readonly outcome: PolicyTestOutcome;
}

/** Judges the tests that came to one host with its policies, all of them together, as that host is. */
export function judgeTestsOnHost(desired: DesiredState, view: HostView): readonly HostTestResult[] {
  const judgeHere = judgeOf(desired, view);
  return desired.policies.flatMap(({ name, tests = [] }) =>
    tests.map((test, index) => ({ policy: name, index, test, outcome: judgeHere(name, test) })),
  );
}

/** Reports whether the test does not hold. */
export function isFailure({ kind }: PolicyTestOutcome): boolean {
  return kind === "Failed" || kind === "Unjudged" || kind === "Ungoverned";
}

function casesOf(
  judged: readonly { readonly name: string; readonly outcome: PolicyTestOutcome }[],
  imagined: () => PolicyTestOutcome,
): readonly PolicyTestCase[] {
  const byText = new Map<
    string,
    { readonly outcome: PolicyTestOutcome; readonly hosts: string[] }
  >();
  for (const { name, outcome } of judged) {
    const key = JSON.stringify(outcome);
    const known = byText.get(key) ?? { outcome, hosts: [] };
    known.hosts.push(name);
    byText.set(key, known);
  }
  const cases = [...byText.values()].map(({ outcome, hosts }) => ({
    outcome,
    hosts: hosts.toSorted(),
  }));
  return cases.every(({ outcome }) => outcome.kind === "Skipped")
    ? [...cases, { outcome: imagined(), hosts: [] }]
    : cases;
}

type Judge = (policy: string, test: PolicyTest) => PolicyTestOutcome;

/** Hosts of one compiled state and the same inventory share a judge and its answers: a fleet has few different ones. */
function judgesOf(
  compile: (host: CompileHost) => DesiredState,
  imagined?: "imagined",
): (host: HostFacts) => Judge {
  const judges = new Map<string, Judge>();
  return (host) => {
    const { networks, containers, engine, addresses } = host.view;
    const desired = compile(host);
    const key = JSON.stringify([
      host.mode,
      namedInterfaces(desired).map((one) => isOutsideDocker(one, host.view)),
      desired.policies.map((policy) => policy.name),
      containers,
      networks.map(({ name: network, driver, bridge, subnets, labels: own, ...more }) => [
        network,
        driver,
        bridge !== undefined,
        subnets,
        own,
        [more.internal, more.routed],
      ]),
      [engine, addresses, desired.options],
    ]);
    const judge = judges.get(key) ?? judgeOf(desired, host.view, imagined);
    judges.set(key, judge);
    return judge;
  };
}

/** Of the policies and of their tests. */
function namedInterfaces({ policies }: DesiredState): readonly string[] {
  return policies.flatMap(({ interfaces = [], tests = [] }) => [
    ...interfaces,
    ...tests.flatMap(interfacesOf),
  ]);
}

function isOutsideDocker(name: string, { interfaces, networks }: HostView): boolean {
  return interfaces.includes(name) && networks.every(({ bridge }) => bridge !== name);
}

/** Judges the tests of these policies on a host as it is in this view. */
function judgeOf(desired: DesiredState, view: HostView, imagined?: "imagined"): Judge {
  const state = resolve(desired, view);
  const audited = new Set(
    desired.policies.filter(({ mode }) => mode === "Audit").map(({ name }) => name),
  );
  // What a policy in Audit claims is so once it is enforced.
  const enforcingAll = { ...state, ...state.audit };
  const known = new Map<PolicyTest, PolicyTestOutcome>();
  return (policy, test) => {
    const outcome =
      known.get(test) ?? judge(test, audited.has(policy) ? enforcingAll : state, view, imagined);
    known.set(test, outcome);
    return outcome;
  };
}

function judge(
  test: PolicyTest,
  state: ResolvedState,
  view: HostView,
  imagined: "imagined" | undefined,
): PolicyTestOutcome {
  const found = waysOf(test, view);
  if (!found.ok) {
    const { reason, ungoverned } = found;
    return ungoverned === undefined || test.expect === "Allow"
      ? { kind: "Skipped", reason }
      : aroundOutcome(describeTest(test), ungoverned);
  }
  const { ways, beside } = found;
  const outcomes = [
    ...ways.map((way) => judgeWay(test, way, state, view, imagined)),
    ...(beside === undefined || test.expect === "Allow"
      ? []
      : [aroundOutcome(describeTest(test), beside)]),
  ];
  const order = ["Failed", "Unjudged", "Ungoverned", "Passed"];
  const first = order.flatMap((kind) => outcomes.filter((outcome) => outcome.kind === kind))[0];
  return first ?? noPacket(test);
}

function noPacket(test: PolicyTest): PolicyTestOutcome {
  return {
    kind: "Skipped",
    reason: isBetweenInterfaces(test)
      ? "has the address itself: what comes there, or from there, is not forwarded"
      : "has no running container that the test's packets could come from or go to",
  };
}

function judgeWay(
  test: PolicyTest,
  way: TestWay,
  state: ResolvedState,
  view: HostView,
  imagined: "imagined" | undefined,
): PolicyTestOutcome {
  let judged = 0;
  let ungoverned: PolicyTestOutcome | undefined;
  for (const one of packetsOf(test, way, state, view, imagined !== undefined)) {
    if (judged === MOST_PACKETS) {
      return {
        kind: "Unjudged",
        reason: `stands for more than ${String(MOST_PACKETS)} different packets: name a port or fewer addresses`,
      };
    }
    const outcome = judgePacket(test, one, state, (packet) =>
      simulate(asked(way, packet, state), packet),
    );
    if (outcome === undefined) continue;
    judged += 1;
    if (outcome.kind === "Failed") return outcome;
    if (outcome.kind === "Ungoverned") ungoverned ??= outcome;
  }
  if (judged === 0) return noPacket(test);
  return ungoverned ?? { kind: "Passed" };
}

/** undefined: it says nothing. */
function judgePacket(
  test: PolicyTest,
  { packet, madeUp, called, around }: TestPacket,
  state: ResolvedState,
  verdictOn: (packet: Packet) => Verdict,
): PolicyTestOutcome | undefined {
  const said = verdictOn(packet);
  // Nobody has the address yet, and whoever gets it will not be held.
  const isNobodys = madeUp && said.decidedBy?.held === true;
  if (isNobodys && around === undefined) return undefined;
  const { met } = around ?? {};
  const really = met === undefined ? undefined : verdictOn(met);
  if (around !== undefined && test.expect !== "Allow" && really?.action === test.expect) {
    return { kind: "Passed" };
  }
  if (!isNobodys && said.action !== test.expect)
    return failed(test, meantPacket(state, packet).meant ?? packet, said, called);
  if (met !== undefined && really !== undefined && really.action !== "Allow") {
    return failed(test, met, really, called);
  }
  return around === undefined || test.expect === "Allow"
    ? { kind: "Passed" }
    : aroundOutcome(describePacket(test, packet, called), around.ungoverned);
}

/** What a neighbour's own network says of a packet is not what a test with its address is about. */
function asked({ from, to }: TestWay, packet: Packet, state: ResolvedState): ResolvedState {
  const isPublished = packet.publishedPort !== undefined;
  const neighbours = new Set([
    ...(from.kind === "block" && packet.in !== packet.out ? [packet.in] : []),
    ...(to.kind === "block" && packet.in !== packet.out && !isPublished ? [packet.out] : []),
  ]);
  return { ...state, bridges: state.bridges.filter(({ bridge }) => !neighbours.has(bridge)) };
}

function failed(
  test: PolicyTest,
  packet: Packet,
  { action, decidedBy: judgement }: Verdict,
  called: Address | undefined,
): PolicyTestOutcome {
  const rule = judgement?.decidedBy;
  return {
    kind: "Failed",
    packet: describePacket(test, packet, called),
    actual: action,
    ...(packet.out === undefined ? { toHost: true as const } : {}),
    ...(isBetweenInterfaces(test) ? { outside: true as const } : {}),
    ...(judgement?.held === true ? { held: true as const } : {}),
    ...(judgement === undefined || rule === undefined
      ? {}
      : { decidedBy: { ...rule, direction: directionOf(judgement.scope) } }),
  };
}

function aroundOutcome(packet: string, { message, advice }: Ungoverned): PolicyTestOutcome {
  return { kind: "Ungoverned", packet, reason: `${message}; ${advice}` };
}

/** Where in a manifest the rule stands. */
function directionOf(scope: Scope): Direction {
  return scope === "host" ? "egress" : scope;
}
