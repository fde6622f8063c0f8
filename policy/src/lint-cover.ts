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

export function portsCover(
  wide: readonly PortMatch[] | undefined,
  narrow: readonly PortMatch[] | undefined,
): boolean {
  return (
    wide === undefined ||
    (narrow?.every((match) => wide.some((other) => portCovers(other, match))) ?? false)
  );
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

function portCovers(wide: PortMatch, narrow: PortMatch): boolean {
  if (wide.kind === "icmp" || narrow.kind === "icmp") {
    return wide.kind === narrow.kind;
  }
  if (wide.protocol !== narrow.protocol) {
    return false;
  }
  return (
    wide.ports === undefined || (wide.kind === narrow.kind && rangeCovers(wide.ports, narrow.ports))
  );
}

function rangeCovers(wide: PortRange, narrow: PortRange | undefined): boolean {
  return narrow !== undefined && wide.first <= narrow.first && narrow.last <= wide.last;
}

function peersCover(wide: LintedPeers | undefined, narrow: LintedPeers | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return addressesCover(wide.addresses, EVERYWHERE);
  if (!addressesCover(wide.addresses, narrow.addresses)) return false;
  return (
    (everyCovered(wide.networks, narrow.networks, selectorCovers) &&
      everyCovered(wide.containers, narrow.containers, selectorCovers) &&
      everyCovered(wide.hosts, narrow.hosts, labelsCover)) ||
    addressesCover(wide.addresses, EVERYWHERE)
  );
}

function everyCovered<Selector>(
  wide: readonly Selector[] = [],
  narrow: readonly Selector[] = [],
  covers: (wide: Selector, narrow: Selector) => boolean,
): boolean {
  return narrow.every((one) => wide.some((other) => covers(other, one)));
}

function addressesCover(wide: AddressSet, narrow: AddressSet): boolean {
  if (wide === narrow) {
    return true;
  }
  const outer = spansOf(wide);
  const inner = spansOf(narrow);
  return spansCover(outer.v4, inner.v4) && spansCover(outer.v6, inner.v6);
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

function spansCover(wide: readonly Span[], narrow: readonly Span[]): boolean {
  let at = 0;
  return narrow.every(({ first, last }) => {
    for (let span = wide[at]; span !== undefined && span.last < first; span = wide[at]) at += 1;
    const span = wide[at];
    return span !== undefined && span.first <= first && last <= span.last;
  });
}
