import {
  addressSetOfTexts,
  emptyAddressSet,
  subtractAddressSets,
  unionAddressSets,
} from "./address-set.ts";
import { compilePorts } from "./compile-ports.ts";
import { compileSelector, type SelectorSpec } from "./compile-selector.ts";
import type {
  Action,
  AddressSet,
  DesiredDirection,
  DesiredPeers,
  DesiredPolicy,
  DesiredRule,
  DesiredState,
  DesiredTarget,
  DockerSelector,
  RuleAction,
  Tier,
} from "./desired-state.ts";
import { formatPath } from "./field-path.ts";
import {
  type FleetPolicy,
  type FleetPolicySpec,
  type PolicyPeer,
  policyDefaults,
} from "./fleet-policy.ts";
import { type ChosenHostOptions, hostOptionNames } from "./host-options.ts";
import type { LabelSelector, Labels } from "./label-selector.ts";
import type { PolicyPort } from "./policy-port.ts";
import { quoted } from "./quoted.ts";
import { type Resource, resourceKey } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { unsupportedFields } from "./unsupported.ts";

/** What a compile knows of a host: what token and operator said, never what its agent reports. */
export interface CompileHost {
  readonly name: string;
  readonly labels: Labels;
  /** In Audit every policy is compiled as if it were in Audit itself. */
  readonly mode: "Enforce" | "Audit";
  /** Absent: none is chosen. */
  readonly options?: ChosenHostOptions;
}

/** What hostSelector peers know of every host of the fleet. */
export interface FleetHost {
  readonly labels: Labels;
  /** Approved addresses, as CIDRs. */
  readonly addresses: readonly string[];
}

const TIERS: readonly Tier[] = ["Guardrail", "Standard", "Baseline"];

/**
 * What this host has to enforce of these resources. One input has one output,
 * byte for byte, whatever the order of resources, hosts, peers, ports and addresses.
 *
 * Expects a validated tree: throws for an address group that is not there and
 * for what this version does not enforce, because leaving either out could open a host.
 */
export function compile(
  resources: readonly Resource[],
  fleet: readonly FleetHost[],
  host: CompileHost,
): DesiredState {
  return compilerOf(resources, fleet)(host);
}

/** The same for many hosts of one revision: what does not depend on the host is worked out once. */
export function compilerOf(
  resources: readonly Resource[],
  fleet: readonly FleetHost[],
): (host: CompileHost) => DesiredState {
  const addresses = { group: groupAddresses(resources), hosts: hostAddresses(fleet) };
  const compiled = remembered((policy: FleetPolicy) => compilePolicy(policy, addresses));
  const audited = remembered((policy: DesiredPolicy) => ({ ...policy, mode: "Audit" as const }));
  const policies = resources.filter((resource) => resource.kind === "FleetPolicy");
  return ({ labels, mode, options = {} }) => ({
    policies: policies
      .filter((policy) => matchesLabels(policy.spec.hostSelector, labels))
      .map(compiled)
      .map((policy) => (mode === "Audit" ? audited(policy) : policy))
      .toSorted(inJudgedOrder),
    ...(hostOptionNames.some((name) => options[name] !== undefined) ? { options } : {}),
  });
}

interface NamedAddresses {
  /** Of the AddressGroup of this name. */
  readonly group: (name: string) => AddressSet;
  /** Of the fleet's hosts with these labels. */
  readonly hosts: (selector: LabelSelector) => AddressSet;
}

function groupAddresses(resources: readonly Resource[]): NamedAddresses["group"] {
  const groups = new Map(
    resources
      .filter((resource) => resource.kind === "AddressGroup")
      .map((group) => [group.metadata.name, group.spec.cidrs]),
  );
  return remembered((name: string) => {
    const cidrs = groups.get(name);
    if (cidrs === undefined) {
      throw new Error(`addressGroup ${quoted(name)} is not in the tree`);
    }
    return addressSetOfTexts(cidrs);
  });
}

function hostAddresses(fleet: readonly FleetHost[]): NamedAddresses["hosts"] {
  return (selector) =>
    addressSetOfTexts(
      fleet
        .filter(({ labels }) => matchesLabels(selector, labels))
        .flatMap(({ addresses }) => addresses),
    );
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

function compilePolicy(policy: FleetPolicy, named: NamedAddresses): DesiredPolicy {
  const [unsupported] = unsupportedFields(policy);
  if (unsupported !== undefined) {
    throw new Error(
      `${resourceKey(policy)} ${formatPath(unsupported.path)}: this version does not enforce ${unsupported.what}`,
    );
  }
  const { spec } = policy;
  const rulesOf = (direction: DirectionSpec) => compileDirection(direction, named);
  return {
    name: policy.metadata.name,
    tier: spec.tier ?? policyDefaults.tier,
    priority: spec.priority ?? policyDefaults.priority,
    ...(spec.mode === "Audit" ? { mode: spec.mode } : {}),
    ...compileTarget(spec),
    ...(spec.ingress === undefined ? {} : { ingress: rulesOf(spec.ingress) }),
    ...(spec.egress === undefined
      ? {}
      : {
          egress: { ...rulesOf(spec.egress), ...(spec.egress.host === true ? { host: true } : {}) },
        }),
    ...(spec.internal === undefined ? {} : { internal: rulesOf(spec.internal) }),
    ...(spec.tests === undefined ? {} : { tests: spec.tests }),
  };
}

function compileTarget({
  interfaces,
  networkSelector = {},
  containerSelector,
}: FleetPolicySpec): DesiredTarget {
  if (interfaces !== undefined) return { interfaces: [...new Set(interfaces)].toSorted() };
  return {
    networkSelector: compileSelector(networkSelector),
    ...(containerSelector === undefined
      ? {}
      : { containerSelector: compileSelector(containerSelector) }),
  };
}

interface DirectionSpec {
  readonly defaultAction?: Action;
  readonly rules?: readonly RuleSpec[];
}

interface RuleSpec {
  readonly name?: string;
  readonly action: RuleAction;
  readonly from?: readonly PolicyPeer[];
  readonly to?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
  readonly log?: boolean;
}

function compileDirection(direction: DirectionSpec, named: NamedAddresses): DesiredDirection {
  return {
    defaultAction: direction.defaultAction ?? policyDefaults.defaultAction,
    rules: (direction.rules ?? []).map((rule, index) => compileRule(rule, index, named)),
  };
}

function compileRule(rule: RuleSpec, index: number, named: NamedAddresses): DesiredRule {
  const { from, to, ports } = rule;
  return {
    name: rule.name ?? `rules[${String(index)}]`,
    action: rule.action,
    ...(from === undefined ? {} : { from: compilePeers(from, named) }),
    ...(to === undefined ? {} : { to: compilePeers(to, named) }),
    ...(ports === undefined ? {} : { ports: compilePorts(ports) }),
    ...(rule.log === true ? { log: true } : {}),
  };
}

function compilePeers(peers: readonly PolicyPeer[], named: NamedAddresses): DesiredPeers {
  const networks = selectorsOf(peers.map(({ networkSelector }) => networkSelector));
  const containers = selectorsOf(peers.map(({ containerSelector }) => containerSelector));
  return {
    addresses: unionAddressSets(peers.map((peer) => addressesOf(peer, named))),
    ...(networks.length === 0 ? {} : { networks }),
    ...(containers.length === 0 ? {} : { containers }),
  };
}

function addressesOf(peer: PolicyPeer, named: NamedAddresses): AddressSet {
  const { ipBlock, addressGroup, hostSelector } = peer;
  if (ipBlock !== undefined) {
    return subtractAddressSets(
      addressSetOfTexts([ipBlock.cidr]),
      addressSetOfTexts(ipBlock.except ?? []),
    );
  }
  if (addressGroup !== undefined) return named.group(addressGroup);
  if (hostSelector !== undefined) return named.hosts(hostSelector);
  return emptyAddressSet;
}

function selectorsOf(selectors: readonly (SelectorSpec | undefined)[]): readonly DockerSelector[] {
  const compiled = selectors.flatMap((one) => (one === undefined ? [] : [compileSelector(one)]));
  const byText = new Map(compiled.map((selector) => [JSON.stringify(selector), selector]));
  return [...byText.keys()].toSorted().flatMap((text) => byText.get(text) ?? []);
}
