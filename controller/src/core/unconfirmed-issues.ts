import type { Issue } from "@seawall/policy";
import type { RolloutRecord } from "./rollout-record.ts";

/** Who changes a revision that nobody has confirmed yet changes it for as long only. */
export function unconfirmedIssues(record: RolloutRecord | undefined): readonly Issue[] {
  const latest = record?.latest;
  if (latest?.confirmByMs === undefined) return [];
  const until = new Date(latest.confirmByMs).toISOString();
  return [
    {
      severity: "warning",
      path: "",
      message: `revision ${String(latest.target)} has to be confirmed by ${until}: this builds on it, and goes back with it unless somebody runs seawall rollout confirm`,
    },
  ];
}
