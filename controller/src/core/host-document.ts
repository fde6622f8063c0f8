import type { ChosenHostOptions, HostDocument, Labels, NetworkDocument } from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";
import { duplicateInWords, quarantineAdvice } from "./duplicate-identity.ts";
import type { HostMode } from "./host-mode.ts";
import { type HostKnowledge, hostStatus } from "./host-status.ts";
import { families, inventoryParts } from "./inventory-parts.ts";

/** What the operator and the token say about a host; the parts that documents show. */
export interface HostIdentity {
  readonly name: string;
  readonly mode: HostMode;
  readonly options: ChosenHostOptions;
  readonly labels: Labels;
  readonly addresses: readonly string[];
  /** RFC 3339. */
  readonly enrolledAt: string;
}

/** The Host document: what the operator said, and what is known of the host right now. */
export function hostDocument(host: HostIdentity, known: HostKnowledge): HostDocument {
  const { report } = known;
  return {
    apiVersion: "seawall/v1",
    kind: "Host",
    metadata: { name: host.name, labels: { ...host.labels }, creationTimestamp: host.enrolledAt },
    spec: { mode: host.mode, options: { ...host.options }, addresses: [...host.addresses] },
    status: {
      ...hostStatus(known),
      conditions: [
        ...quarantineConditions(host.name, known),
        ...(report?.conditions ?? []).map((condition) => ({
          type: condition.type,
          status: condition.status ? ("True" as const) : ("False" as const),
          reason: condition.reason,
          message: condition.message,
          lastTransitionTime: timeOf(condition.lastTransitionMs),
        })),
      ],
      generation: known.generation,
      ...(known.bundle === "pending" ? { bundlePending: true as const } : {}),
      observedGeneration: report?.observedGeneration ?? 0,
      revision: report?.revision ?? 0,
      ...((known.newerRevision ?? 0) === 0 ? {} : { newerRevision: known.newerRevision }),
      reportAgeMs: known.reportAgeMs ?? -1,
      policies: (report?.policies ?? []).map(
        ({ policy, networks, containers, reason, message }) => ({
          name: policy,
          networks: [...networks],
          containers: [...containers],
          reason,
          message,
        }),
      ),
      networks: networksOf(host.name, report),
      ...inventoryParts(report?.inventory),
      limits: (report?.limits ?? []).map((limit) => ({ ...limit, policies: [...limit.policies] })),
      counters: (report?.counters ?? []).map((counter) => ({ ...counter })),
      drifts: (report?.drifts ?? []).map((drift) => ({
        detectedTime: timeOf(drift.detectedMs),
        repairedTime: drift.repairedMs === 0 ? "" : timeOf(drift.repairedMs),
        family: drift.family,
        what: drift.what,
        // An agent of before says neither.
        times: Math.max(drift.times, 1),
        suspects: drift.suspects.map(({ atMs, ...suspect }) => ({
          ...{ time: timeOf(atMs), ...suspect },
        })),
      })),
      connections: connectionsOf(report),
      versions: versionsOf(report),
      rulesetDigest: report?.rulesetDigest ?? "",
      entries: (report?.entries ?? []).map((entry) => ({ ...entry })),
      observedTime: readTime(report),
    },
  };
}

function quarantineConditions(host: string, { quarantine }: HostKnowledge) {
  if (quarantine === undefined) return [];
  return [
    {
      ...{ type: "Quarantined", status: "True" as const, reason: "DuplicateIdentity" },
      message: `${duplicateInWords(quarantine)}; ${quarantineAdvice(host)}`,
      lastTransitionTime: quarantine.since,
    },
  ];
}

/** One document for every Docker network that a host reported, sorted by name. */
export function networkDocuments(host: HostDocument): readonly NetworkDocument[] {
  return host.status.networks.map(({ name, labels, ...status }) => ({
    apiVersion: "seawall/v1",
    kind: "Network",
    metadata: { name, labels },
    status,
  }));
}

function networksOf(host: string, report: HostReport__Output | undefined) {
  // In one go: a hostile report has as many of both as fit into a message.
  const selecting = new Map<string, Set<string>>();
  for (const { policy, networks } of report?.policies ?? []) {
    for (const network of networks) {
      const policies = selecting.get(network);
      if (policies === undefined) selecting.set(network, new Set([policy]));
      else policies.add(policy);
    }
  }
  return (report?.inventory?.networks ?? [])
    .map((network) => ({
      name: network.name,
      host,
      id: network.id,
      driver: network.driver,
      bridge: network.bridge,
      subnets: [...network.subnets],
      internal: network.internal,
      ...(network.iccOff ? { icc: false } : {}),
      ...(network.routed.length === 0 ? {} : { routed: families(network.routed) }),
      labels: { ...network.labels },
      policies: [...(selecting.get(network.name) ?? [])],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function readTime(report: HostReport__Output | undefined): string {
  const { observedAtMs = 0 } = report ?? {};
  return observedAtMs === 0 ? "" : timeOf(observedAtMs);
}

function connectionsOf(report: HostReport__Output | undefined) {
  const { cut = 0, cutAtMs = 0, notJudged = 0 } = report?.connections ?? {};
  return { cut, cutTime: cutAtMs === 0 ? "" : timeOf(cutAtMs), notJudged };
}

function versionsOf(report: HostReport__Output | undefined) {
  const versions = report?.versions;
  return {
    agent: versions?.agent ?? "",
    docker: versions?.docker ?? "",
    iptables: versions?.iptables ?? "",
    nft: versions?.nft ?? "",
    backend: versions?.backend ?? "",
    kernel: versions?.kernel ?? "",
  };
}

/** Empty for what is no moment: a host that reports nonsense is its own trouble, nobody else's. */
function timeOf(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}
