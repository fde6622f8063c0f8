import { cidrOfText, lastAddress } from "./cidr.ts";
import type {
  AddressSet,
  DesiredPeers,
  DesiredPolicy,
  DesiredRule,
  Direction,
  DockerSelector,
  PortMatch,
  PortRange,
} from "./desired-state.ts";
import type { FleetPolicySpec, PolicyPeer } from "./fleet-policy.ts";
import type { LabelSelector } from "./label-selector.ts";
import { matchesName } from "./select.ts";

/** A policy as it was written and as it is judged. */
export interface LintedPolicy {
  readonly spec: FleetPolicySpec;
  readonly desired: DesiredPolicy;
  /** Of each direction, in the order of the file. */
  readonly rules: Readonly<Record<Direction, readonly LintedRule[]>>;
}

export type LintedRule = Omit<DesiredRule, "from" | "to"> & {
  readonly from?: LintedPeers;
  readonly to?: LintedPeers;
};

/** `addresses` are without those of hosts, which come and go. */
export interface LintedPeers extends DesiredPeers {
  readonly hosts: readonly LabelSelector[];
}

/** `desired` is compiled from `spec` for a fleet without hosts. */
export function lintedPolicy(spec: FleetPolicySpec, desired: DesiredPolicy): LintedPolicy {
  const { ingress, egress, internal } = spec;
  const rulesOf = (
    direction: Direction,
    written: readonly {
      readonly from?: readonly PolicyPeer[];
      readonly to?: readonly PolicyPeer[];
    }[] = [],
  ) =>
    (desired[direction]?.rules ?? []).map(({ from, to, ...rule }, index): LintedRule => {
      const ends = written[index];
      return {
        ...rule,
        ...(from === undefined ? {} : { from: { ...from, hosts: hostsOf(ends?.from) } }),
        ...(to === undefined ? {} : { to: { ...to, hosts: hostsOf(ends?.to) } }),
      };
    });
  return {
    spec,
    desired,
    rules: {
      ingress: rulesOf("ingress", ingress?.rules),
      egress: rulesOf("egress", egress?.rules),
      internal: rulesOf("internal", internal?.rules),
    },
  };
}

function hostsOf(peers: readonly PolicyPeer[] = []): readonly LabelSelector[] {
  return peers.flatMap(({ hostSelector }) => hostSelector ?? []);
}

/** What is known here to narrow a policy or a rule. One that says more covers nothing. */
const POLICY_FIELDS = [
  "name",
  "tier",
  "priority",
  "networkSelector",
  "containerSelector",
  "interfaces",
  "ingress",
  "egress",
  "internal",
  "tests",
];
const RULE_FIELDS = ["name", "action", "from", "to", "ports", "log"];

/** Reports whether `wide` has a say in the direction wherever `narrow` has one. Not sure is no. */
export function policyCovers(
  wide: LintedPolicy,
  narrow: LintedPolicy,
  direction: Direction,
): boolean {
  return (
    wide === narrow ||
    (hasOnly(wide.desired, POLICY_FIELDS) &&
      (direction !== "egress" || reachesHost(wide) || !reachesHost(narrow)) &&
      labelsCover(wide.spec.hostSelector, narrow.spec.hostSelector) &&
      targetCovers(wide.desired, narrow.desired))
  );
}

function reachesHost({ desired }: LintedPolicy): boolean {
  return desired.egress?.host === true;
}

/** Reports whether `wide` matches every packet that `narrow` matches. Not sure is no. */
export function ruleCovers(wide: LintedRule, narrow: LintedRule): boolean {
  return (
    hasOnly(wide, RULE_FIELDS) &&
    portsCover(wide.ports, narrow.ports) &&
    peersCover(wide.from, narrow.from) &&
    peersCover(wide.to, narrow.to)
  );
}

/**
 * Those of these rules that together match every packet that `narrow` matches, as few as are found one by one:
 * they differ in the addresses and peers of one end, or in their ports. Not sure is none.
 */
export function coveringRules<Rule extends LintedRule>(
  wide: readonly Rule[],
  narrow: LintedRule,
): readonly Rule[] {
  for (const cover of [coverByFrom, coverByTo, coverByPorts]) {
    const candidates = wide.filter(
      (rule) => hasOnly(rule, RULE_FIELDS) && cover.rest(rule, narrow),
    );
    if (candidates.length < 2 || !cover.together(candidates, narrow)) continue;
    return candidates.reduce<readonly Rule[]>((needed, rule) => {
      const fewer = needed.filter((one) => one !== rule);
      return cover.together(fewer, narrow) ? fewer : needed;
    }, candidates);
  }
  return [];
}

/** Rules that are all as wide in everything but one thing, in which they may be wide enough together. */
interface CoverTogether {
  readonly rest: (wide: LintedRule, narrow: LintedRule) => boolean;
  readonly together: (wide: readonly LintedRule[], narrow: LintedRule) => boolean;
}

const coverByFrom: CoverTogether = {
  rest: (wide, narrow) => portsCover(wide.ports, narrow.ports) && peersCover(wide.to, narrow.to),
  together: (wide, narrow) =>
    peersCoverTogether(
      wide.map(({ from }) => from),
      narrow.from,
    ),
};

const coverByTo: CoverTogether = {
  rest: (wide, narrow) =>
    portsCover(wide.ports, narrow.ports) && peersCover(wide.from, narrow.from),
  together: (wide, narrow) =>
    peersCoverTogether(
      wide.map(({ to }) => to),
      narrow.to,
    ),
};

const coverByPorts: CoverTogether = {
  rest: (wide, narrow) => peersCover(wide.from, narrow.from) && peersCover(wide.to, narrow.to),
  together: (wide, narrow) => {
    const ports = wide.map((rule) => rule.ports);
    return portsCover(
      ports.some((one) => one === undefined) ? undefined : ports.flatMap((one) => one ?? []),
      narrow.ports,
    );
  },
};

export function portsCover(
  wide: readonly PortMatch[] | undefined,
  narrow: readonly PortMatch[] | undefined,
): boolean {
  return wide === undefined || (narrow?.every((match) => portCovered(wide, match)) ?? false);
}

function hasOnly(value: object, fields: readonly string[]): boolean {
  return Object.keys(value).every((field) => fields.includes(field));
}

function labelsCover(wide: LabelSelector | undefined, narrow: LabelSelector | undefined): boolean {
  const isAll =
    Object.keys(wide?.matchLabels ?? {}).length + (wide?.matchExpressions ?? []).length === 0;
  return isAll || textOf(wide) === textOf(narrow);
}

// Each selector is compared with many others.
const TEXTS = new WeakMap<LabelSelector, string>();

function textOf(selector: LabelSelector | undefined): string {
  if (selector === undefined) {
    return "";
  }
  const text = TEXTS.get(selector) ?? JSON.stringify(selector);
  TEXTS.set(selector, text);
  return text;
}

function targetCovers(wide: DesiredPolicy, narrow: DesiredPolicy): boolean {
  if (wide.networkSelector === undefined || narrow.networkSelector === undefined) {
    return narrow.interfaces?.every((name) => wide.interfaces?.includes(name) === true) ?? false;
  }
  return (
    selectorCovers(wide.networkSelector, narrow.networkSelector) &&
    (wide.containerSelector === undefined ||
      (narrow.containerSelector !== undefined &&
        selectorCovers(wide.containerSelector, narrow.containerSelector)))
  );
}

function selectorCovers(wide: DockerSelector, narrow: DockerSelector): boolean {
  return namesCover(wide.names, narrow.names) && labelsCover(wide.labels, narrow.labels);
}

function namesCover(
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
): boolean {
  return (
    wide === undefined ||
    (narrow?.every(
      (name) => wide.includes(name) || (!name.includes("*") && matchesName(wide, name)),
    ) ??
      false)
  );
}

function portCovered(wide: readonly PortMatch[], narrow: PortMatch): boolean {
  if (narrow.kind === "icmp") return wide.some(({ kind }) => kind === "icmp");
  const same = wide.flatMap((match) =>
    match.kind !== "icmp" && match.protocol === narrow.protocol ? [match] : [],
  );
  if (same.some(({ ports }) => ports === undefined)) return true;
  const ranges = same.flatMap(({ kind, ports }) => (kind === narrow.kind ? (ports ?? []) : []));
  return narrow.ports !== undefined && rangeCovered(ranges, narrow.ports);
}

function rangeCovered(wide: readonly PortRange[], { first, last }: PortRange): boolean {
  let next = first;
  for (const range of wide.toSorted((a, b) => a.first - b.first)) {
    if (range.first <= next && range.last >= next) next = range.last + 1;
  }
  return next > last;
}

function peersCover(wide: LintedPeers | undefined, narrow: LintedPeers | undefined): boolean {
  return peersCoverTogether([wide], narrow);
}

/** undefined: anywhere. */
function peersCoverTogether(
  wide: readonly (LintedPeers | undefined)[],
  narrow: LintedPeers | undefined,
): boolean {
  const peers = wide.filter((one) => one !== undefined);
  if (peers.length < wide.length) return true;
  const sets = peers.map(({ addresses }) => addresses);
  if (narrow === undefined) return addressesCover(sets, EVERYWHERE);
  if (!addressesCover(sets, narrow.addresses)) return false;
  const all = <Key extends "networks" | "containers" | "hosts">(key: Key) =>
    peers.flatMap((one): readonly NonNullable<LintedPeers[Key]>[number][] => one[key] ?? []);
  return (
    (everyCovered(all("networks"), narrow.networks, selectorCovers) &&
      everyCovered(all("containers"), narrow.containers, selectorCovers) &&
      everyCovered(all("hosts"), narrow.hosts, labelsCover)) ||
    addressesCover(sets, EVERYWHERE)
  );
}

function everyCovered<Selector>(
  wide: readonly Selector[] = [],
  narrow: readonly Selector[] = [],
  covers: (wide: Selector, narrow: Selector) => boolean,
): boolean {
  return narrow.every((one) => wide.some((other) => covers(other, one)));
}

function addressesCover(wide: readonly AddressSet[], narrow: AddressSet): boolean {
  if (wide.includes(narrow)) {
    return true;
  }
  const outer = wide.map(spansOf);
  const inner = spansOf(narrow);
  return (["v4", "v6"] as const).every((family) =>
    spansCover(
      outer.map((spans) => spans[family]),
      inner[family],
    ),
  );
}

const EVERYWHERE: AddressSet = { v4: ["0.0.0.0/0"], v6: ["::/0"] };

/** Inclusive. Lists of these are sorted and neither overlap nor touch. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

// Each set is compared with many others.
const SPANS = new WeakMap<
  AddressSet,
  { readonly v4: readonly Span[]; readonly v6: readonly Span[] }
>();

function spansOf(set: AddressSet) {
  const spans = SPANS.get(set) ?? { v4: joined(set.v4), v6: joined(set.v6) };
  SPANS.set(set, spans);
  return spans;
}

function joined(cidrs: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  for (const cidr of cidrs.map(cidrOfText)) {
    const before = spans.at(-1);
    const touches = before !== undefined && before.last + 1n === cidr.network;
    const first = touches ? before.first : cidr.network;
    spans.splice(touches ? -1 : spans.length, 1, { first, last: lastAddress(cidr) });
  }
  return spans;
}

/** Whether the outer ones together hold every value of the inner ones. Mostly the first value tells. */
function spansCover(wide: readonly (readonly Span[])[], narrow: readonly Span[]): boolean {
  return narrow.every(({ first, last }) => {
    let next = first;
    while (next <= last) {
      const ends = wide.flatMap((spans) => spanAt(spans, next)?.last ?? []);
      const [end] = ends.toSorted((a, b) => (a < b ? 1 : -1));
      if (end === undefined) return false;
      next = end + 1n;
    }
    return true;
  });
}

/** The one that holds the value. */
function spanAt(spans: readonly Span[], value: bigint): Span | undefined {
  let from = 0;
  let to = spans.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const span = spans[middle];
    if (span !== undefined && span.last < value) from = middle + 1;
    else to = middle;
  }
  const found = spans[from];
  return found !== undefined && found.first <= value ? found : undefined;
}
