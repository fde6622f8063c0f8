import { type CompileHost, compilerOf } from "./compile.ts";
import type { Action, DesiredState, Direction } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { FleetPolicy } from "./fleet-policy.ts";
import type { DockerNetwork, HostView } from "./host-view.ts";
import { imaginedHost } from "./policy-tests-imagined-host.ts";
import { packetsOf } from "./policy-tests-packets.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import { describePacket, networkOfTest } from "./policy-tests-words.ts";
import { quoted } from "./quoted.ts";
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
 * network, and where there is none, on an imagined host.
 */
export function judgePolicyTests(
  tree: readonly Resource[],
  hosts: readonly HostFacts[],
): readonly PolicyTestResult[] {
  const policies = tree.filter((resource) => resource.kind === "FleetPolicy");
  if (policies.every(({ spec }) => spec.tests === undefined)) {
    return [];
  }
  const judgeOf = judgesOf(compilerOf(tree, hosts));
  return policies.flatMap((policy) => {
    const selected = hosts
      .filter(({ labels }) => matchesLabels(policy.spec.hostSelector, labels))
      .map((host) => ({ name: host.name, judge: judgeOf(host) }));
    return (policy.spec.tests ?? []).map((test, index) => ({
      policy: policy.metadata.name,
      index,
      test,
      cases: casesOf(
        selected.map(({ name, judge }) => ({ name, outcome: judge(test) })),
        () => judgeImagined(policy, test, judgeOf),
      ),
    }));
  });
}

interface HostTestResult extends Omit<PolicyTestResult, "cases"> {
  readonly outcome: PolicyTestOutcome;
}

/** Judges the tests that came to one host with its policies, all of them together, as that host is. */
export function judgeTestsOnHost(desired: DesiredState, view: HostView): readonly HostTestResult[] {
  const state = resolve(desired, view);
  return desired.policies.flatMap(({ name, tests = [] }) =>
    tests.map((test, index) => ({
      policy: name,
      index,
      test,
      outcome: judge(test, state, view.networks),
    })),
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

type Judge = (test: PolicyTest) => PolicyTestOutcome;

/** Hosts of one compiled state and the same networks share a judge and its answers: a fleet has few different ones. */
function judgesOf(compile: (host: CompileHost) => DesiredState): (host: HostFacts) => Judge {
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
    const judge = judges.get(key) ?? judgeOf(resolve(desired, host.view), networks);
    judges.set(key, judge);
    return judge;
  };
}

function judgeOf(state: ResolvedState, networks: readonly DockerNetwork[]): Judge {
  const known = new Map<PolicyTest, PolicyTestOutcome>();
  return (test) => {
    const outcome = known.get(test) ?? judge(test, state, networks);
    known.set(test, outcome);
    return outcome;
  };
}

function judgeImagined(
  policy: FleetPolicy,
  test: PolicyTest,
  judgeOf: (host: HostFacts) => Judge,
): PolicyTestOutcome {
  const host = imaginedHost(policy);
  return host === undefined
    ? { kind: "Skipped", reason: "no host can have all the labels of hostSelector" }
    : judgeOf(host)(test);
}

function judge(
  test: PolicyTest,
  state: ResolvedState,
  networks: readonly DockerNetwork[],
): PolicyTestOutcome {
  const name = networkOfTest(test);
  const called = networks.filter((network) => network.name === name);
  const bridges = called.flatMap(({ bridge }) => bridge ?? []);
  if (called.length === 0) {
    return { kind: "Skipped", reason: `has no network ${quoted(name)}` };
  }
  if (bridges.length === 0) {
    return { kind: "Skipped", reason: `network ${quoted(name)} has no bridge` };
  }
  for (const bridge of bridges) {
    const outcome = judgeAt(bridge, test, state);
    if (outcome.kind !== "Passed") return outcome;
  }
  return { kind: "Passed" };
}

function judgeAt(bridge: string, test: PolicyTest, state: ResolvedState): PolicyTestOutcome {
  const found = state.bridges.find((candidate) => candidate.bridge === bridge);
  const ruled: ResolvedBridge = found ?? { networkId: "", network: "", bridge };
  // A packet from a neighbour passes the neighbour's egress too, which is not what the test is about.
  const here: ResolvedState = { ...state, bridges: found === undefined ? [] : [found] };
  let left = MOST_PACKETS;
  for (const packet of packetsOf(test, ruled)) {
    if (left === 0) {
      return {
        kind: "Unjudged",
        reason: `stands for more than ${String(MOST_PACKETS)} different packets: name a port or fewer addresses`,
      };
    }
    left -= 1;
    const verdict = simulate(here, packet);
    if (verdict.action !== test.expect) return failed(test, packet, verdict);
  }
  return { kind: "Passed" };
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
    ...(judgement === undefined || rule === undefined
      ? {}
      : { decidedBy: { ...rule, direction: directionOf(judgement.scope) } }),
  };
}

/** Where in a manifest the rule stands. */
function directionOf(scope: Scope): Direction {
  return scope === "host" ? "egress" : scope;
}
