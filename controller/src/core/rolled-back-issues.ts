import type { Issue } from "@seawall/policy";
import type { RolloutRecord } from "./rollout-record.ts";

/** Who changes a revision that no host kept brings along what it changed. */
export function rolledBackIssues(record: RolloutRecord | undefined): readonly Issue[] {
  const latest = record?.latest;
  if (latest?.end?.phase !== "RolledBack") return [];
  const { target, from, end } = latest;
  return [
    {
      severity: "warning",
      path: "",
      message: `this builds on revision ${String(target)}, which was put back to revision ${String(from)} (${end.reason}: ${end.message}); what else it changed goes out again. To leave it out: seawall rollout undo, then this. If it changed the Guardrail part of a host, only a guardrail-admin may undo it, and an operator's change is refused before`,
    },
  ];
}
