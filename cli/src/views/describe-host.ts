import type { HostDocument } from "@seawall/policy";
import { age } from "../duration.ts";
import { labelList, list, type View } from "./column.ts";
import { counterNote, isWorthShowing } from "./counter-note.ts";
import { fields, indent, section } from "./describe.ts";
import { generation, lastSeen, stateWord } from "./host-state.ts";

/** Everything that is known about one host, and nothing that is not. */
export function describeHost(host: HostDocument, view: View): string {
  const { metadata, spec, status } = host;
  const { versions } = status;
  const why = [status.reason, status.message].filter((part) => part !== "").join(": ");
  const head = fields([
    ["Name", metadata.name],
    ["Labels", labelList(metadata.labels)],
    ["Addresses", list(spec.addresses)],
    ["Mode", spec.mode === "Audit" ? "Audit (nothing is dropped, only counted)" : spec.mode],
    ["Options", labelList(spec.options)],
    ["State", why === "" ? stateWord(host, view) : `${stateWord(host, view)} (${why})`],
    ["Generation", generation(host, view)],
    ["Revision", status.revision > 0 ? String(status.revision) : "-"],
    ...newerRevision(host),
    ["Last report", status.reportAgeMs < 0 ? "-" : `${lastSeen(host)} ago`],
    ["Age", age(metadata.creationTimestamp, view.now)],
    ["Rules read back", status.rulesetDigest],
    ["Containers", containers(host)],
    ["Never cut", neverCut(host)],
    ["Connections cut", connectionsCut(host, view)],
    ["Docker", versions.docker],
    versions.backend === "nftables"
      ? ["nft", versionOf(versions.nft, versions.backend)]
      : ["iptables", versionOf(versions.iptables, versions.backend)],
    ["Kernel", versions.kernel],
    ["Agent", versions.agent],
  ]);
  return [
    head,
    conditions(host, view),
    policies(host),
    limits(host),
    networks(host),
    counters(host),
    drifts(host, view),
  ].join("");
}

function versionOf(program: string, backend: string): string {
  return [program, backend].filter((part) => part !== "").join(", ");
}

function containers({ status }: HostDocument): string {
  const all = status.containers.length;
  const onHost = status.containers.filter(({ hostNetwork }) => hostNetwork).length;
  const swarm = status.engine.swarm ? ["in a swarm"] : [];
  const inHost = onHost === 0 ? [] : [`${onHost} of them in the host's own network`];
  return [`${all} running`, ...inHost, ...swarm].join(", ");
}

/** Published ports by which agents reach NATS and the controller. */
function neverCut({ spec, status }: HostDocument): string {
  const guarded = spec.options["managementGuard"] === "Off" ? [] : status.management;
  return list(
    guarded.map(({ address, port, container }) => {
      const host = address.includes(":") ? `[${address}]` : address;
      return `${host}:${port}/TCP of ${container}`;
    }),
  );
}

/** When live ones were judged again and some were cut. */
function connectionsCut({ status }: HostDocument, { now }: View): string {
  const { cut, cutTime } = status.connections;
  return cutTime === "" ? "-" : `${String(cut)}, ${age(cutTime, now)} ago`;
}

function conditions({ status }: HostDocument, { now }: View): string {
  return section("Conditions", {
    headers: ["TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"],
    rows: status.conditions.map((condition) => [
      condition.type,
      condition.status,
      condition.reason,
      age(condition.lastTransitionTime, now),
      condition.message,
    ]),
  });
}

function policies({ status }: HostDocument): string {
  return section("Policies", {
    headers: ["NAME", "STATUS", "NETWORKS", "CONTAINERS", "WHY"],
    rows: status.policies.map((policy) => [
      policy.name,
      policy.reason,
      list(policy.networks),
      list(policy.containers),
      policy.message,
    ]),
  });
}

/** As text: what to do about it matters more than columns. */
function limits({ status }: HostDocument): string {
  const title = "What policies cannot govern here";
  if (status.limits.length === 0) return `${title}:  nothing known\n`;
  const entries = status.limits.map(
    (limit) =>
      `${limit.path}: ${limit.message}\n${indent(
        fields([
          ["Policies", list(limit.policies)],
          ["Advice", limit.advice],
        ]),
      )}`,
  );
  return `${title}:\n${indent(entries.join(""))}`;
}

function networks({ status }: HostDocument): string {
  return section("Networks", {
    headers: ["NAME", "DRIVER", "BRIDGE", "SUBNETS", "POLICIES"],
    rows: status.networks.map((network) => [
      network.name,
      network.driver,
      network.bridge,
      list(network.subnets),
      list(network.policies),
    ]),
  });
}

function counters({ status }: HostDocument): string {
  return section("Counters", {
    headers: ["POLICY", "RULE", "DIRECTION", "NETWORK", "FAMILY", "PACKETS", "BYTES", "NOTE"],
    rows: status.counters
      .filter(isWorthShowing)
      .map((counter) => [
        counter.policy,
        counter.rule,
        counter.direction,
        counter.network,
        counter.family,
        String(counter.packets),
        String(counter.bytes),
        counterNote(counter),
      ]),
  });
}

function drifts({ status }: HostDocument, { now }: View): string {
  return section("Drifts", {
    headers: ["FOUND", "REPAIRED", "TIMES", "FAMILY", "WHAT", "CHANGED BY"],
    rows: status.drifts.map((drift) => [
      `${age(drift.detectedTime, now)} ago`,
      drift.repairedTime === "" ? "no" : `after ${repairTime(drift)}`,
      String(drift.times),
      drift.family,
      drift.what,
      drift.suspects.map(suspectText).join(", ") || "-",
    ]),
  });
}

type Suspect = HostDocument["status"]["drifts"][number]["suspects"][number];

function suspectText({ command, pid, parent }: Suspect): string {
  return `${command} (pid ${String(pid)}${parent === "" ? "" : `, started by ${parent}`})`;
}

/** Repairs are a matter of milliseconds; seconds would hide that. */
function repairTime(drift: { readonly detectedTime: string; readonly repairedTime: string }) {
  const took = Date.parse(drift.repairedTime) - Date.parse(drift.detectedTime);
  return took < 10_000 ? `${took}ms` : `${Math.round(took / 1000)}s`;
}

function newerRevision({ status }: HostDocument): readonly (readonly [string, string])[] {
  const { newerRevision: newer } = status;
  return newer === undefined
    ? []
    : [["Not given yet", `revision ${newer}; see seawall rollout status`]];
}
