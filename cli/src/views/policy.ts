import { formatSelector, type LabelSelector, type PolicyDocument } from "@seawall/policy";
import { z } from "zod";
import type { Tone } from "../terminal.ts";
import { type Column, list, type View } from "./column.ts";

const values = z.array(z.string());
const labelSelector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.union([
        z.looseObject({ key: z.string(), operator: z.enum(["In", "NotIn"]), values }),
        z.looseObject({ key: z.string(), operator: z.enum(["Exists", "DoesNotExist"]) }),
      ]),
    )
    .default([]),
});

/** The parts of a policy's spec that are shown, with the defaults of the language. */
const shownSpec = z.looseObject({
  tier: z.string().default("Standard"),
  priority: z.number().default(500),
  mode: z.string().default("Enforce"),
  hostSelector: labelSelector.optional(),
  networkSelector: labelSelector.extend({ names: values.optional() }).optional(),
  interfaces: values.optional(),
  ingress: z.looseObject({ rules: z.array(z.unknown()).default([]) }).optional(),
  egress: z.looseObject({ rules: z.array(z.unknown()).default([]) }).optional(),
  internal: z.looseObject({ rules: z.array(z.unknown()).default([]) }).optional(),
});

export function policySpec({ spec }: PolicyDocument) {
  return shownSpec.parse(spec);
}

/** The hosts a policy selects, as `-l` takes it; empty = all. */
export function hostSelectorOf(policy: PolicyDocument): string {
  return formatSelector(policySpec(policy).hostSelector);
}

export const policyColumns: readonly Column<PolicyDocument>[] = [
  { header: "NAME", cell: ({ metadata }) => metadata.name },
  { header: "TIER", cell: (policy) => policySpec(policy).tier },
  { header: "PRIORITY", cell: (policy) => String(policySpec(policy).priority) },
  { header: "MODE", wide: true, cell: (policy) => policySpec(policy).mode },
  { header: "STATUS", cell: policyWord },
  { header: "HOSTS", cell: ({ status }) => `${status.inSync}/${status.hosts}` },
  { header: "NETWORKS", cell: ({ status }) => String(status.networks) },
  { header: "RULES", wide: true, cell: (policy) => String(ruleCount(policy)) },
  { header: "HOST SELECTOR", wide: true, cell: (policy) => hostSelectorOf(policy) || "all" },
  { header: "NETWORK SELECTOR", wide: true, cell: networkSelectorText },
];

const tones: Readonly<Record<string, Tone>> = {
  Enforced: "good",
  Degraded: "bad",
  PartiallyEnforced: "bad",
};

export function policyWord({ status }: PolicyDocument, { paint }: View): string {
  return paint(tones[status.reason] ?? "warn", status.reason);
}

export function networkSelectorText(policy: PolicyDocument): string {
  const { networkSelector: selector, interfaces } = policySpec(policy);
  if (interfaces !== undefined) return `interfaces ${list(interfaces)}`;
  const labels: LabelSelector | undefined = selector;
  const parts = [selector?.names === undefined ? "" : list(selector.names), formatSelector(labels)];
  return parts.filter((part) => part !== "").join(" and ") || "all";
}

function ruleCount(policy: PolicyDocument): number {
  const { ingress, egress, internal } = policySpec(policy);
  return [ingress, egress, internal].reduce((sum, one) => sum + (one?.rules.length ?? 0), 0);
}
