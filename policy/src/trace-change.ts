import { stringify } from "yaml";
import { type Address, addressBits, formatAddress, singleAddress } from "./cidr.ts";
import { type CompileHost, compile, type FleetHost } from "./compile.ts";
import { compileSelector } from "./compile-selector.ts";
import type { Direction, Tier } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { defaultRuleName, type FleetPolicy, policyDefaults } from "./fleet-policy.ts";
import { hostOptionsOf } from "./host-options.ts";
import { resolve } from "./resolve.ts";
import { bindingEnd } from "./resolve-bindings.ts";
import type { ResolvedState, Scope } from "./resolved-state.ts";
import type { Resource } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { selectsNetwork } from "./selects-network.ts";
import { type Judgement, type RuleName, simulate, type Verdict } from "./simulate.ts";
import { boundAddress, packetOf } from "./trace-packet.ts";
import { bridgeEnd, type PathEnd, type TracePath } from "./trace-path.ts";
import type { TraceQuestion } from "./trace-question.ts";

/** What to write into the manifests, and where. */
export interface TraceEdit {
  readonly policy: string;
  /** `spec.ingress.rules`; absent: the policy is new. */
  readonly field?: string;
  /** Of the new item in that list, from 0. */
  readonly position?: number;
  /** Lines. */
  readonly yaml: readonly string[];
}

export type TraceChange =
  /** Together they turn the verdict round; checked by compiling the changed policies and judging again. */
  | {
      readonly possible: true;
      readonly wanted: "Allow" | "Deny";
      readonly edits: readonly TraceEdit[];
    }
  | { readonly possible: false; readonly reason: string };

/** Who asks for a change: a path on a host, under these policies. */
export interface ChangeContext {
  readonly question: TraceQuestion;
  readonly host: HostFacts;
  readonly tree: readonly Resource[];
  readonly fleet: readonly FleetHost[];
}

/** More lists than egress and ingress are never asked. */
const MOST_EDITS = 2;

/** The smallest change to the policies that turns round what they say of this path. */
export function changeOf(path: TracePath, context: ChangeContext): TraceChange {
  const before = judge(path, context.tree, context);
  if (!path.judged || before === undefined) {
    const { ungoverned, docker } = path;
    return impossible(
      ungoverned === undefined
        ? `no policy can: ${docker.reason}`
        : `no policy governs this path: ${ungoverned.advice}`,
    );
  }
  if (before.management !== undefined) {
    return impossible(
      "agents reach the controller there, and no policy denies that: seawall set host NAME --option managementGuard=Off",
    );
  }
  const wanted = before.action === "Allow" ? "Deny" : "Allow";
  if (path.docker.lets === "No") {
    return impossible(
      wanted === "Deny"
        ? `the policies allow it already; Docker does not: ${path.docker.reason}`
        : `no policy can open it: ${path.docker.reason}`,
    );
  }
  if (isByNoNamedInterface(path) && before.decidedBy === undefined) {
    return impossible("no policy selects these interfaces: name one, as ADDRESS%INTERFACE");
  }
  if (context.host.mode === "Audit" && wanted === "Deny") {
    return impossible("the host is in Audit, so its policies deny nothing");
  }
  return search(path, wanted, context) ?? impossible(whyNone(before, path));
}

function isByNoNamedInterface({ route, source, destination }: TracePath): boolean {
  return route === "BetweenInterfaces" && (source.interface ?? destination.interface) === undefined;
}

function search(
  path: TracePath,
  wanted: "Allow" | "Deny",
  context: ChangeContext,
): TraceChange | undefined {
  let tree = context.tree;
  const edits: TraceEdit[] = [];
  while (edits.length < MOST_EDITS) {
    const before = judge(path, tree, context);
    if (before === undefined) return undefined;
    const step = candidates(path, before, wanted, tree, context)
      .map((candidate) => ({ candidate, after: judge(path, candidate.tree, context) }))
      .find(({ after }) => after !== undefined && isStep(before, after, wanted));
    if (step === undefined) return undefined;
    edits.push(step.candidate.edit);
    tree = step.candidate.tree;
    if (step.after?.action === wanted) return { possible: true, wanted, edits };
  }
  return undefined;
}

/** It says what is wanted, or one list fewer stands against it. */
function isStep(before: Verdict, after: Verdict, wanted: "Allow" | "Deny"): boolean {
  return (
    after.action === wanted ||
    (wanted === "Allow" && after.judgements.length > before.judgements.length)
  );
}

function judge(
  path: TracePath,
  tree: readonly Resource[],
  context: ChangeContext,
): Verdict | undefined {
  const state = stateOf(tree, context);
  const packet = packetOf(path, context.question, state, context.host);
  return packet === undefined ? undefined : simulate(state, packet);
}

export function stateOf(tree: readonly Resource[], { host, fleet }: ChangeContext): ResolvedState {
  const compileHost: CompileHost = host;
  return resolve(compile(tree, fleet, compileHost), host.view);
}

interface Candidate {
  readonly tree: readonly Resource[];
  readonly edit: TraceEdit;
}

/** From the least change on. */
function candidates(
  from: TracePath,
  { decidedBy: judgement }: Verdict,
  wanted: "Allow" | "Deny",
  tree: readonly Resource[],
  context: ChangeContext,
): readonly Candidate[] {
  if (judgement?.held === true) return [];
  const path = asJudged(from, context.host);
  const direction = judgement === undefined ? newDirection(path) : directionOf(judgement.scope);
  const rule = ruleFor(path, direction, wanted, context);
  const policies = policiesIn(tree);
  const places =
    judgement === undefined ? [] : placesOf(judgement, direction, policies, path, context);
  return [
    ...places.flatMap(({ policy, position }) => {
      const changed = withRule(policy, direction, position, rule);
      return changed === undefined
        ? []
        : [
            {
              tree: tree.map((one) => (one === policy ? changed : one)),
              edit: {
                policy: policy.metadata.name,
                ...{ field: `spec.${direction}.rules`, position, yaml: yamlLines([rule]) },
              },
            },
          ];
    }),
    ...newPolicies(path, direction, rule, wanted, judgement?.scope === "host", tree),
  ];
}

/** What docker-proxy passes on is judged as if Docker redirected it, where that is guarded. */
function asJudged(path: TracePath, { view, options }: HostFacts): TracePath {
  const { route, destination, binding } = path;
  const container = view.containers.find(({ name }) => name === destination.container);
  if (route !== "DockerProxy" || container === undefined || binding === undefined) return path;
  if (hostOptionsOf(options).inputGuard === "Off") return path;
  const at = bindingEnd(container, binding, view);
  return at === undefined
    ? path
    : { ...path, route: "Forwarded", destination: bridgeEnd(container, at) };
}

function yamlLines(value: unknown): readonly string[] {
  return stringify(value).trimEnd().split("\n");
}

interface Place {
  readonly policy: FleetPolicy;
  readonly position: number;
}

/** Right before what decides, and behind all rules of whose default decides; else first in a policy, in the order of judging. */
function placesOf(
  { decidedBy, passedBy = [], network, scope }: Judgement,
  direction: Direction,
  policies: readonly FleetPolicy[],
  path: TracePath,
  { host }: ChangeContext,
): readonly Place[] {
  const before = ({ policy: name, rule }: RuleName): readonly Place[] =>
    policies
      .filter(({ metadata }) => metadata.name === name)
      .map((policy) => ({ policy, position: positionOf(policy, direction, rule) }));
  const selected = host.view.networks.filter(
    ({ name, bridge }) =>
      name === network &&
      [path.source, path.destination].some(({ at }) => at?.network.bridge === bridge),
  );
  const isOutside = path.route === "BetweenInterfaces";
  const selects = ({ spec }: FleetPolicy) =>
    spec.interfaces === undefined
      ? selected.some((one) => selectsNetwork(compileSelector(spec.networkSelector ?? {}), one))
      : isOutside && spec.interfaces.includes(network);
  const speaking = policies.filter(
    (policy) =>
      policy.spec[direction] !== undefined &&
      (scope !== "host" || policy.spec.egress?.host === true) &&
      policy.spec.mode !== "Audit" &&
      matchesLabels(policy.spec.hostSelector, host.labels) &&
      selects(policy),
  );
  return [
    ...(decidedBy === undefined ? [] : before(decidedBy)),
    ...(decidedBy === undefined
      ? speaking.map((policy) => ({ policy, position: positionOf(policy, direction, "default") }))
      : []),
    ...passedBy.flatMap(before),
    ...speaking.map((policy) => ({ policy, position: 0 })),
  ];
}

/** Where a rule has to stand to be asked before this one, or just before the default. */
function positionOf({ spec }: FleetPolicy, direction: Direction, rule: string): number {
  const rules = spec[direction]?.rules ?? [];
  if (rule === defaultRuleName) return rules.length;
  const named = rules.findIndex(({ name }) => name === rule);
  return named >= 0 ? named : Number(/^rules\[(\d+)\]$/.exec(rule)?.[1] ?? 0);
}

interface NewRule {
  readonly action: "Allow" | "Deny";
  readonly from?: readonly NewPeer[];
  readonly to?: readonly NewPeer[];
  readonly ports?: readonly { readonly protocol: "TCP" | "UDP" | "ICMP"; readonly port?: number }[];
}

type NewPeer =
  | { readonly ipBlock: { readonly cidr: string } }
  | { readonly containerSelector: { readonly names: readonly string[] } };

/** Of exactly this source, destination and port, as far as the direction can say them. */
function ruleFor(
  path: TracePath,
  direction: Direction,
  action: NewRule["action"],
  { question: { protocol }, host }: ChangeContext,
): NewRule {
  const { source, port } = path;
  const from = direction === "egress" ? [] : peersFor(source);
  const to = direction === "ingress" ? [] : destinationPeers(path, host);
  return {
    action,
    ...(from.length === 0 ? {} : { from }),
    ...(to.length === 0 ? {} : { to }),
    ports: [{ protocol, ...(port === undefined ? {} : { port }) }],
  };
}

/** Of what ends at the host, those addresses of it that are meant. */
function destinationPeers(
  { route, family, destination, binding }: TracePath,
  { view }: HostFacts,
): readonly NewPeer[] {
  const isAtHost = route === "Input" || (route === "DockerProxy" && destination.at === undefined);
  if (!isAtHost) return peersFor(destination);
  const address = destination.address ?? boundAddress(binding);
  const meant =
    address === undefined ? view.addresses.flatMap((text) => singleAddress(text) ?? []) : [address];
  return meant
    .filter((one) => one.family === family)
    .map((one) => ({ ipBlock: { cidr: cidrText(one) } }));
}

/** None: anybody. */
function peersFor({ container, at, address }: PathEnd): readonly NewPeer[] {
  if (at !== undefined && container !== undefined) {
    return [{ containerSelector: { names: [container] } }];
  }
  return address === undefined ? [] : [{ ipBlock: { cidr: cidrText(address) } }];
}

function cidrText(address: Address): string {
  return `${formatAddress(address)}/${String(addressBits(address.family))}`;
}

function withRule(
  policy: FleetPolicy,
  direction: Direction,
  position: number,
  rule: NewRule,
): FleetPolicy | undefined {
  const { spec } = policy;
  const given = spec[direction];
  if (given === undefined) return undefined;
  const rules = [...(given.rules ?? [])];
  const next = [...rules.slice(0, position), rule, ...rules.slice(position)];
  return { ...policy, spec: { ...spec, [direction]: { ...given, rules: next } } };
}

/** A policy of its own, for the network or interface of this end, before or after all that are there. */
function newPolicies(
  path: TracePath,
  direction: Direction,
  rule: NewRule,
  wanted: "Allow" | "Deny",
  host: boolean,
  tree: readonly Resource[],
): readonly Candidate[] {
  const end = direction === "egress" ? path.source : path.destination;
  const selector = selectorOf(end);
  if (selector === undefined) return [];
  const isHost = host || path.route === "Input" || path.route === "DockerProxy";
  return (["Standard", "Guardrail"] as const satisfies readonly Tier[]).map((tier) => {
    const policy: FleetPolicy = {
      apiVersion: "seawall/v1",
      kind: "FleetPolicy",
      metadata: { name: freeName(`${wanted.toLowerCase()}-traced`, tree) },
      spec: {
        ...(tier === policyDefaults.tier ? {} : { tier }),
        priority: 0,
        ...selector,
        [direction]: { ...(isHost ? { host: true } : {}), rules: [rule] },
      },
    };
    return {
      tree: [...tree, policy],
      edit: { policy: policy.metadata.name, yaml: yamlLines(policy) },
    };
  });
}

function selectorOf({ at, interface: name }: PathEnd) {
  if (at !== undefined) return { networkSelector: { names: [at.network.name] } };
  return name === undefined ? undefined : { interfaces: [name] };
}

function freeName(wanted: string, tree: readonly Resource[]): string {
  const taken = new Set(tree.map(({ metadata }) => metadata.name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${String(number)}`;
    if (!taken.has(name)) return name;
  }
}

function policiesIn(tree: readonly Resource[]): readonly FleetPolicy[] {
  return tree.filter((resource) => resource.kind === "FleetPolicy");
}

/** Where no policy speaks yet. */
function newDirection({ route, destination }: TracePath): Direction {
  if (route === "SameBridge") return "internal";
  if (route === "BetweenInterfaces") {
    return destination.interface === undefined ? "egress" : "ingress";
  }
  return destination.at === undefined || route !== "Forwarded" ? "egress" : "ingress";
}

function directionOf(scope: Scope): Direction {
  return scope === "host" ? "egress" : scope;
}

function whyNone({ decidedBy }: Verdict, { route }: TracePath): string {
  if (decidedBy?.held !== true) return "no single rule turns it round";
  return route === "BetweenInterfaces"
    ? "a bridge that may be of a network of Docker which is not known yet is held, whatever rules say: name the interface that is meant"
    : "an address of a bridge that is no running container's, or a port that nobody publishes yet, is held, whatever rules say: start the container";
}

function impossible(reason: string): TraceChange {
  return { possible: false, reason };
}
