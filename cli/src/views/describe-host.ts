import { age } from "../duration.ts";
import type { HostDocument } from "../host-document.ts";
import { labelList, list, type View } from "./column.ts";
import { fields, section } from "./describe.ts";
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
    ["Mode", spec.mode],
    ["State", why === "" ? stateWord(host, view) : `${stateWord(host, view)} (${why})`],
    ["Generation", generation(host, view)],
    ["Revision", status.revision > 0 ? String(status.revision) : "-"],
    ["Last report", status.reportAgeMs < 0 ? "-" : `${lastSeen(host)} ago`],
    ["Age", age(metadata.creationTimestamp, view.now)],
    ["Rules read back", status.rulesetDigest],
    ["Docker", versions.docker],
    ["iptables", [versions.iptables, versions.backend].filter((part) => part !== "").join(", ")],
    ["Kernel", versions.kernel],
    ["Agent", versions.agent],
  ]);
  return [
    head,
    conditions(host, view),
    policies(host),
    networks(host),
    counters(host),
    drifts(host, view),
  ].join("");
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
    headers: ["NAME", "STATUS", "NETWORKS"],
    rows: status.policies.map(({ name, reason, networks: selected }) => [
      name,
      reason,
      list(selected),
    ]),
  });
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
    headers: ["POLICY", "RULE", "DIRECTION", "NETWORK", "FAMILY", "PACKETS", "BYTES"],
    rows: status.counters.map((counter) => [
      counter.policy,
      counter.rule,
      counter.direction,
      counter.network,
      counter.family,
      String(counter.packets),
      String(counter.bytes),
    ]),
  });
}

function drifts({ status }: HostDocument, { now }: View): string {
  return section("Drifts", {
    headers: ["FOUND", "REPAIRED", "FAMILY", "WHAT"],
    rows: status.drifts.map((drift) => [
      `${age(drift.detectedTime, now)} ago`,
      drift.repairedTime === "" ? "no" : `after ${repairTime(drift)}`,
      drift.family,
      drift.what,
    ]),
  });
}

/** Repairs are a matter of milliseconds; seconds would hide that. */
function repairTime(drift: { readonly detectedTime: string; readonly repairedTime: string }) {
  const took = Date.parse(drift.repairedTime) - Date.parse(drift.detectedTime);
  return took < 10_000 ? `${took}ms` : `${Math.round(took / 1000)}s`;
}
