import type { HostDocument, PolicyDocument } from "@seawall/policy";
import { stringify } from "yaml";
import { labelList, list, type View } from "./column.ts";
import { counterNote, isWorthShowing } from "./counter-note.ts";
import { fields, indent, section } from "./describe.ts";
import { generation, stateWord } from "./host-state.ts";
import { hostSelectorOf, networkSelectorText, policySpec, policyWord } from "./policy.ts";

/** @param hosts those that the policy's hostSelector selects. */
export function describePolicy(
  policy: PolicyDocument,
  hosts: readonly HostDocument[],
  view: View,
): string {
  const { metadata, status } = policy;
  const spec = policySpec(policy);
  const { name } = metadata;
  const head = fields([
    ["Name", name],
    ["Labels", labelList(metadata.labels)],
    ["Status", policyWord(policy, view)],
    ["Tier", spec.tier],
    ["Priority", String(spec.priority)],
    ["Mode", spec.mode],
    ["Host selector", hostSelectorOf(policy) || "all"],
    ["Network selector", networkSelectorText(policy)],
    ["Hosts", `${status.hosts} selected, ${status.inSync} in sync`],
    ["Networks", String(status.networks)],
  ]);
  const rules = `Spec:\n${indent(stringify(policy.spec, { lineWidth: 0 }))}`;
  return [head, rules, hostTable(name, hosts, view), counterTable(name, hosts)].join("");
}

function hostTable(policy: string, hosts: readonly HostDocument[], view: View): string {
  return section("Hosts", {
    headers: ["NAME", "STATUS", "GEN", "POLICY", "NETWORKS", "WHY"],
    rows: hosts.map((host) => {
      const here = host.status.policies.find(({ name }) => name === policy);
      return [
        host.metadata.name,
        stateWord(host, view),
        generation(host, view),
        here?.reason ?? "NotReported",
        list(here?.networks ?? []),
        here?.message ?? "",
      ];
    }),
  });
}

/** What each rule has counted, on all hosts together. */
function counterTable(policy: string, hosts: readonly HostDocument[]): string {
  const sums = new Map<
    string,
    { readonly key: readonly string[]; packets: number; bytes: number }
  >();
  for (const counter of hosts.flatMap(({ status }) => status.counters)) {
    if (counter.policy !== policy || !isWorthShowing(counter)) continue;
    const key = [counter.direction, counter.rule, counter.family, counterNote(counter)];
    const id = key.join("/");
    const sum = sums.get(id) ?? { key, packets: 0, bytes: 0 };
    sum.packets += counter.packets;
    sum.bytes += counter.bytes;
    sums.set(id, sum);
  }
  return section("Counters", {
    headers: ["DIRECTION", "RULE", "FAMILY", "NOTE", "PACKETS", "BYTES"],
    rows: [...sums.values()].map(({ key, packets, bytes }) => [
      ...key,
      String(packets),
      String(bytes),
    ]),
  });
}
