import {
  addressSetOfTexts,
  emptyAddressSet,
  subtractAddressSets,
  unionAddressSets,
} from "./address-set.ts";
import { compilePorts } from "./compile-ports.ts";
import type {
  Action,
  AddressSet,
  DesiredDirection,
  DesiredPolicy,
  DesiredRule,
  DesiredState,
  NetworkSelector,
  RuleAction,
  Tier,
} from "./desired-state.ts";
import { formatPath } from "./field-path.ts";
import { type FleetPolicy, type PolicyPeer, policyDefaults } from "./fleet-policy.ts";
import type { LabelExpression, LabelSelector, Labels } from "./label-selector.ts";
import type { PolicyPort } from "./policy-port.ts";
import { quoted } from "./quoted.ts";
import { type Resource, resourceKey } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { unsupportedFields } from "./unsupported.ts";

/** What a compile knows of a host: what token and operator said, never what its agent reports. */
export interface CompileHost {
  readonly name: string;
  readonly labels: Labels;
  /** Approved addresses, as single-address CIDRs. */
  readonly addresses: readonly string[];
}

const TIERS: readonly Tier[] = ["Guardrail", "Standard", "Baseline"];

/**
 * What this host has to enforce of these resources. One input has one output,
 * byte for byte, whatever the order of resources, peers, ports and addresses.
 *
 * Expects a validated tree: throws for an address group that is not there and
 * for what this version does not enforce, because leaving either out could open a host.
 */
export function compile(resources: readonly Resource[], host: CompileHost): DesiredState {
  return compilerOf(resources)(host);
}

/** The same for many hosts of one revision: what does not depend on the host is worked out once. */
export function compilerOf(resources: readonly Resource[]): (host: CompileHost) => DesiredState {
  const groups = new Map(
    resources
      .filter((resource) => resource.kind === "AddressGroup")
      .map((group) => [group.metadata.name, group.spec.cidrs]),
  );
  const groupAddresses = remembered((name: string) => {
    const cidrs = groups.get(name);
    if (cidrs === undefined) {
      throw new Error(`addressGroup ${quoted(name)} is not in the tree`);
    }
    return addressSetOfTexts(cidrs);
  });
  const compiled = remembered((policy: FleetPolicy) => compilePolicy(policy, groupAddresses));
  const policies = resources.filter((resource) => resource.kind === "FleetPolicy");
  return ({ labels }) => ({
    policies: policies
      .filter((policy) => matchesLabels(policy.spec.hostSelector, labels))
      .map(compiled)
      .toSorted(inJudgedOrder),
  });
}

function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, { readonly value: Value }>();
  return (key) => {
    const known = made.get(key) ?? { value: make(key) };
    made.set(key, known);
    return known.value;
  };
}

function inJudgedOrder(a: DesiredPolicy, b: DesiredPolicy): number {
  return (
    TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
    a.priority - b.priority ||
    (a.name < b.name ? -1 : 1)
  );
}

/** The addresses of the group of this name. */
type Groups = (name: string) => AddressSet;

function compilePolicy(policy: FleetPolicy, groups: Groups): DesiredPolicy {
  const [unsupported] = unsupportedFields(policy);
  if (unsupported !== undefined) {
    throw new Error(
      `${resourceKey(policy)} ${formatPath(unsupported.path)}: this version does not enforce ${unsupported.what}`,
    );
  }
  const { spec } = policy;
  return {
    name: policy.metadata.name,
    tier: spec.tier ?? policyDefaults.tier,
    priority: spec.priority ?? policyDefaults.priority,
    networkSelector: compileNetworkSelector(spec.networkSelector ?? {}),
    ...(spec.ingress === undefined
      ? {}
      : { ingress: compileDirection(spec.ingress, (rule) => rule.from, groups) }),
    ...(spec.egress === undefined
      ? {}
      : { egress: compileDirection(spec.egress, (rule) => rule.to, groups) }),
  };
}

interface Rule {
  readonly name?: string;
  readonly action: RuleAction;
  readonly ports?: readonly PolicyPort[];
}

function compileDirection<R extends Rule>(
  direction: { readonly defaultAction?: Action; readonly rules?: readonly R[] },
  peersOf: (rule: R) => readonly PolicyPeer[] | undefined,
  groups: Groups,
): DesiredDirection {
  return {
    defaultAction: direction.defaultAction ?? policyDefaults.defaultAction,
    rules: (direction.rules ?? []).map((rule, index) =>
      compileRule(rule, index, peersOf(rule), groups),
    ),
  };
}

function compileRule(
  rule: Rule,
  index: number,
  peers: readonly PolicyPeer[] | undefined,
  groups: Groups,
): DesiredRule {
  return {
    name: rule.name ?? `rules[${String(index)}]`,
    action: rule.action,
    ...(peers === undefined
      ? {}
      : { addresses: unionAddressSets(peers.map((peer) => addressesOf(peer, groups))) }),
    ...networksOf(peers ?? []),
    ...(rule.ports === undefined ? {} : { ports: compilePorts(rule.ports) }),
  };
}

function addressesOf(peer: PolicyPeer, groups: Groups): AddressSet {
  if (peer.ipBlock !== undefined) {
    return subtractAddressSets(
      addressSetOfTexts([peer.ipBlock.cidr]),
      addressSetOfTexts(peer.ipBlock.except ?? []),
    );
  }
  if (peer.networkSelector !== undefined) {
    return emptyAddressSet;
  }
  if (peer.addressGroup === undefined) {
    throw new Error(`a peer of kind ${Object.keys(peer).join()} is not compiled`);
  }
  return groups(peer.addressGroup);
}

function networksOf(peers: readonly PolicyPeer[]): Pick<DesiredRule, "networks"> {
  const selectors = peers.flatMap(({ networkSelector }) =>
    networkSelector === undefined ? [] : [compileNetworkSelector(networkSelector)],
  );
  const byText = new Map(selectors.map((selector) => [JSON.stringify(selector), selector]));
  const networks = [...byText.keys()].toSorted().flatMap((text) => byText.get(text) ?? []);
  return networks.length === 0 ? {} : { networks };
}

export function compileNetworkSelector(
  selector: NonNullable<FleetPolicy["spec"]["networkSelector"]>,
): NetworkSelector {
  const { names, ...labels } = selector;
  const hasLabels = labels.matchLabels !== undefined || labels.matchExpressions !== undefined;
  return {
    ...(names === undefined ? {} : { names: [...new Set(names)].toSorted() }),
    ...(hasLabels ? { labels: canonicalSelector(labels) } : {}),
  };
}

function canonicalSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  return {
    ...(matchLabels === undefined
      ? {}
      : { matchLabels: Object.fromEntries(Object.entries(matchLabels).toSorted(byText)) }),
    ...(matchExpressions === undefined
      ? {}
      : { matchExpressions: matchExpressions.map(canonicalExpression).toSorted(byText) }),
  };
}

function canonicalExpression(expression: LabelExpression): LabelExpression {
  return "values" in expression
    ? {
        key: expression.key,
        operator: expression.operator,
        values: [...new Set(expression.values)].toSorted(),
      }
    : { key: expression.key, operator: expression.operator };
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
