import { type CompileHost, compilerOf } from "./compile.ts";
import type { Action, DesiredState, Direction } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { HostView } from "./host-view.ts";
import { imaginedHost } from "./policy-tests-imagined-host.ts";
import { packetsOf } from "./policy-tests-packets.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import { type TestWay, waysOf } from "./policy-tests-ways.ts";
import { describePacket } from "./policy-tests-words.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedBridge, ResolvedState, Scope } from "./resolved-state.ts";
import type { Resource } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { type Packet, simulate } from "./simulate.ts";

/** What came of a test on a host. */
export type PolicyTestOutcome =
  | { readonly kind: "Passed" }
  | {
      readonly kind: "Failed";
      /** In words: one packet that the test stands for and that is not treated as expected. */
      readonly packet: string;
      readonly actual: Action;
      /** Absent: no rule and no default of any policy decides. */
      readonly decidedBy?: {
        readonly policy: string;
        readonly rule: string;
        readonly direction: Direction;
      };
      /** Denied because an address of a bridge is no known container's. */
      readonly held?: true;
    }
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

/** Reports whether this is a reason to refuse a change. */
export function isFailure({ kind }: PolicyTestOutcome): boolean {
  return kind === "Failed" || kind === "Unjudged";
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
    const { networks, containers } = host.view;
    const desired = compile(host);
    const key = JSON.stringify([
      host.mode,
      desired.policies.map((policy) => policy.name),
      containers,
      networks.map(({ name: network, driver, bridge, subnets, labels: own }) => [
        network,
        driver,
        bridge !== undefined,
        subnets,
        own,
      ]),
    ]);
    const judge = judges.get(key) ?? judgeOf(desired, host.view, imagined);
    judges.set(key, judge);
    return judge;
  };
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
  if (!found.ok) return { kind: "Skipped", reason: found.reason };
  const outcomes = found.ways.map((way) => judgeWay(test, way, state, imagined));
  return outcomes.find(isFailure) ?? outcomes.find(({ kind }) => kind === "Passed") ?? noPacket;
}

const noPacket: PolicyTestOutcome = {
  kind: "Skipped",
  reason: "has no running container that the test's packets could come from or go to",
};

function judgeWay(
  test: PolicyTest,
  way: TestWay,
  state: ResolvedState,
  imagined: "imagined" | undefined,
): PolicyTestOutcome {
  const here = { ...state, bridges: judgedBridges(way, state) };
  let judged = 0;
  for (const { packet, madeUp } of packetsOf(test, way, state, imagined)) {
    if (judged === MOST_PACKETS) {
      return {
        kind: "Unjudged",
        reason: `stands for more than ${String(MOST_PACKETS)} different packets: name a port or fewer addresses`,
      };
    }
    const verdict = simulate(here, packet);
    // Nobody has the address yet, and whoever gets it will not be held.
    if (madeUp && verdict.decidedBy?.held === true) continue;
    judged += 1;
    if (verdict.action !== test.expect) return failed(test, packet, verdict);
  }
  return judged === 0 ? noPacket : { kind: "Passed" };
}

/** A packet from a neighbour passes the neighbour's egress too, which is not what a test with an address is about. */
function judgedBridges(
  { from, to }: TestWay,
  { bridges }: ResolvedState,
): readonly ResolvedBridge[] {
  const own = [from, to].flatMap((end) => (end.kind === "bridge" ? [end.bridge] : []));
  return bridges.filter(({ bridge }) => own.includes(bridge));
}

function failed(
  test: PolicyTest,
  packet: Packet,
  { action, decidedBy: judgement }: ReturnType<typeof simulate>,
): PolicyTestOutcome {
  const rule = judgement?.decidedBy;
  return {
    kind: "Failed",
    packet: describePacket(test, packet),
    actual: action,
    ...(judgement?.held === true ? { held: true as const } : {}),
    ...(judgement === undefined || rule === undefined
      ? {}
      : { decidedBy: { ...rule, direction: directionOf(judgement.scope) } }),
  };
}

/** Where in a manifest the rule stands. */
function directionOf(scope: Scope): Direction {
  return scope === "host" ? "egress" : scope;
}
