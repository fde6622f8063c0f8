import type { Family, HostView } from "@seawall/policy";
import type { HostReport } from "@seawall/proto";
import type { AppliedCuts } from "./applied-cuts.ts";
import type { RuleCount } from "./counters.ts";
import { families } from "./ruleset.ts";
import type { AgentState, Status } from "./status.ts";

const states = {
  Pending: "HOST_STATE_PENDING",
  InSync: "HOST_STATE_IN_SYNC",
  Applying: "HOST_STATE_APPLYING",
  Drifted: "HOST_STATE_DRIFTED",
  Failed: "HOST_STATE_FAILED",
  Reverted: "HOST_STATE_REVERTED",
  Unsupported: "HOST_STATE_UNSUPPORTED",
} as const satisfies Readonly<Record<AgentState, HostReport["state"]>>;

/** The status as it travels to the controller, without its inventory. */
export function hostReport(status: Status): Omit<HostReport, "inventory"> {
  return {
    state: states[status.state],
    conditions: status.conditions.map(({ type, reason, message, sinceMs }) => ({
      type,
      status: true,
      reason,
      message,
      lastTransitionMs: sinceMs,
    })),
    observedEpoch: status.observed.epoch,
    observedGeneration: status.observed.generation,
    bundleDigest: status.observed.digest ?? "",
    revision: status.observed.revision,
    accepted: {
      epoch: status.accepted.epoch,
      generation: status.accepted.generation,
      digest: status.accepted.digest ?? "",
    },
    counters: status.counters.map(ruleCounter),
    versions: { ...status.versions },
    rulesetDigest: status.rulesetDigest,
    entries: status.entries.map((entry) => ({ ...entry })),
    drifts: status.drifts.map(({ detectedMs, repairedMs = 0, family, what, times, suspects }) => ({
      detectedMs,
      repairedMs,
      family,
      what,
      times,
      suspects: suspects.map(({ parent = "", ...commit }) => ({ ...commit, parent })),
    })),
    connections: {
      cut: status.connections.cut,
      cutAtMs: status.connections.cutAtMs,
      notJudged: status.connections.notJudged.connections,
    },
    policies: status.policies.map(({ policy, networks, containers = [], reason, message }) => ({
      policy,
      networks: [...networks],
      containers: [...containers],
      reason,
      message,
    })),
    limits: status.limits.map(({ policies, ...limit }) => ({ ...limit, policies: [...policies] })),
    observedAtMs: status.observedAtMs,
    ...(status.appliedCuts && { appliedCuts: cutsMessage(status.appliedCuts) }),
  };
}

/** Audited is what would be denied; what a rule in Audit lets through is what it has matched, as of any other rule. */
function ruleCounter({
  audited,
  lets,
  ...count
}: RuleCount): NonNullable<HostReport["counters"]>[number] {
  return { ...count, ...(audited && lets !== true && { audited }) };
}

function cutsMessage({ first, ...cuts }: AppliedCuts): NonNullable<HostReport["appliedCuts"]> {
  return { ...cuts, first: first.map((one) => ({ ...one })) };
}

type Inventory = NonNullable<HostReport["inventory"]>;

/** What policies are resolved by, as it travels to the controller. */
export function inventoryOf(view: HostView): Inventory {
  const { networks, containers, interfaces, addresses, engine, management } = view;
  const { ownPorts = [], awaitedPorts = [] } = view;
  return {
    networks: networks.map(({ bridge = "", subnets, labels, icc, routed = [], ...network }) => ({
      ...network,
      bridge,
      subnets: [...subnets],
      labels: { ...labels },
      iccOff: icc === false,
      routed: [...routed],
    })),
    containers: containers.map(({ id, name, labels, hostNetwork, attachments, published }) => ({
      id,
      name,
      labels: { ...labels },
      hostNetwork,
      attachments: attachments.map(({ networkId, addresses }) => ({
        networkId,
        addresses: [...addresses],
      })),
      published: published.map((port) => ({ ...port })),
    })),
    interfaces: [...interfaces],
    addresses: [...addresses],
    engine: {
      version: engine.version,
      swarm: engine.swarm,
      firewall: engine.firewall,
      dockerRules: familiesIn(engine.dockerRules),
      bridgeNf: familiesIn(engine.bridgeNf),
      proxies: engine.proxies.map((proxy) => ({ ...proxy })),
    },
    management: management.map((binding) => ({ ...binding })),
    ownPorts: ownPorts.map((port) => ({ ...port })),
    awaitedPorts: awaitedPorts.map(({ range, networkIds, ...ports }) => ({
      ...ports,
      ...range,
      networkIds: [...networkIds],
    })),
  };
}

function familiesIn(facts: Readonly<Record<Family, boolean>>): Family[] {
  return families.filter((family) => facts[family]);
}
