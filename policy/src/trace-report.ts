import type { FleetHost } from "./compile.ts";
import type { DesiredState } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { Resource } from "./resource.ts";
import {
  type HostTrace,
  type TraceCounter,
  type TracedCount,
  type TracedEnd,
  type TracedPath,
  traceOn,
} from "./trace.ts";
import { changeOf, stateOf, type TraceChange } from "./trace-change.ts";
import type { TraceQuestion } from "./trace-question.ts";
import { tracePaths } from "./trace-ways.ts";

/** A host that is asked, and how sure it is that it enforces what the answer says. */
export interface TracedHost {
  readonly facts: HostFacts;
  readonly desired: DesiredState;
  readonly counters: readonly TraceCounter[];
  /** InSync, or what it is instead. */
  readonly state: string;
  readonly message: string;
}

export interface TraceReport {
  /** Every path on every host is let through, there is one, and all these hosts are in sync. */
  readonly allowed: boolean;
  /** Hosts with one answer each; the largest group first. */
  readonly groups: readonly TraceGroup[];
  /** Where it does not go, by reason. */
  readonly elsewhere: readonly { readonly hosts: readonly string[]; readonly reason: string }[];
}

export interface TraceGroup {
  readonly hosts: readonly {
    readonly name: string;
    readonly state: string;
    readonly message: string;
  }[];
  /** Counters are those of all these hosts; addresses and interfaces that differ are left out. */
  readonly paths: readonly (TracedPath & { readonly change: TraceChange })[];
}

/** What becomes of the connection on all of these hosts. */
export function traceReport(
  question: TraceQuestion,
  hosts: readonly TracedHost[],
  tree: readonly Resource[],
  fleet: readonly FleetHost[],
): TraceReport {
  const answers = withoutBystanders(
    question,
    hosts.map((host) => ({
      host,
      trace: traceOn(question, host.desired, host.facts, host.counters),
    })),
  );
  const groups = groupsOf(answers, keyOf).flatMap((members): readonly TraceGroup[] => {
    const paths = mergedPaths(members.map(({ trace }) => (trace.found ? trace.paths : [])));
    const [first] = members;
    if (first?.trace.found !== true) return [];
    const changes = changesOn(first.host, question, tree, fleet);
    return [
      {
        hosts: members.map(({ host }) => ({
          ...{ name: host.facts.name, state: host.state, message: host.message },
        })),
        paths: paths.flatMap((path, index) => {
          const change = changes[index];
          return change === undefined ? [] : [{ ...path, change }];
        }),
      },
    ];
  });
  return {
    allowed: groups.length > 0 && groups.every(isAllowed),
    groups: groups.toSorted((a, b) => b.hosts.length - a.hosts.length),
    elsewhere: groupsOf(answers, ({ trace }) => (trace.found ? undefined : trace.reason)).map(
      (members) => ({
        hosts: members.map(({ host }) => host.facts.name),
        reason: members[0]?.trace.found === false ? members[0].trace.reason : "",
      }),
    ),
  };
}

function isAllowed({ hosts, paths }: TraceGroup): boolean {
  return (
    hosts.every(({ state }) => state === "InSync") &&
    paths.every(({ outcome }) => outcome === "Allowed")
  );
}

/**
 * Where some host has an end, another one that has none and only could forward it between its interfaces is not asked,
 * unless the question names one of these: nobody knows that it goes by there.
 */
function withoutBystanders(question: TraceQuestion, answers: readonly Answer[]): readonly Answer[] {
  const isNamed = [question.source, question.destination].some((end) => "interface" in end);
  const isBystander = ({ trace }: Answer) =>
    trace.found && trace.paths.every(({ route }) => route === "BetweenInterfaces");
  if (isNamed || answers.every((answer) => !answer.trace.found || isBystander(answer))) {
    return answers;
  }
  const reason =
    "neither end is on this host: to ask its policies for interfaces, name one as ADDRESS%INTERFACE";
  return answers.map((answer) =>
    isBystander(answer) ? { ...answer, trace: { found: false, reason } } : answer,
  );
}

interface Answer {
  readonly host: TracedHost;
  readonly trace: HostTrace;
}

/** Answers without a key are left out. */
function groupsOf(
  answers: readonly Answer[],
  key: (answer: Answer) => string | undefined,
): readonly (readonly Answer[])[] {
  const groups = new Map<string, Answer[]>();
  for (const answer of answers) {
    const text = key(answer);
    if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), answer]);
  }
  return [...groups.values()];
}

/** What hosts with one answer may differ in. */
const HOSTS_OWN: ReadonlySet<string> = new Set([
  "address",
  "interface",
  "counter",
  "wouldDenyCounter",
]);

function keyOf({ trace }: Answer): string | undefined {
  if (!trace.found) return undefined;
  return JSON.stringify(trace.paths, (name, value: unknown) =>
    HOSTS_OWN.has(name) ? undefined : value,
  );
}

function mergedPaths(all: readonly (readonly TracedPath[])[]): readonly TracedPath[] {
  const [first = [], ...others] = all;
  return first.map((path, index) =>
    others.flatMap((paths) => paths[index] ?? []).reduce<TracedPath>(merge, path),
  );
}

function merge(a: TracedPath, b: TracedPath): TracedPath {
  const counter = add(a.counter, b.counter);
  const wouldDenyCounter = add(a.wouldDenyCounter, b.wouldDenyCounter);
  return {
    ...a,
    source: commonEnd(a.source, b.source),
    destination: commonEnd(a.destination, b.destination),
    ...(counter === undefined ? {} : { counter }),
    ...(wouldDenyCounter === undefined ? {} : { wouldDenyCounter }),
  };
}

function add(a: TracedCount | undefined, b: TracedCount | undefined): TracedCount | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}

function commonEnd(a: TracedEnd, b: TracedEnd): TracedEnd {
  const { address, interface: name, ...rest } = a;
  return {
    ...rest,
    ...(address === undefined || address !== b.address ? {} : { address }),
    ...(name === undefined || name !== b.interface ? {} : { interface: name }),
  };
}

function changesOn(
  { facts }: TracedHost,
  question: TraceQuestion,
  tree: readonly Resource[],
  fleet: readonly FleetHost[],
): readonly TraceChange[] {
  const context = { question, host: facts, tree, fleet };
  const found = tracePaths(question, stateOf(tree, context), facts);
  if (!found.ok) return [];
  return found.paths.map((path) => changeOf(path, context));
}
