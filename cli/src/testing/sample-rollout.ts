import type { RolloutDocument } from "@seawall/policy";
import { NOW } from "./sample-documents.ts";

const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

type Status = RolloutDocument["status"];

/** Revision 7 on its way, in its second of three waves. */
export function sampleRollout(status: Partial<Status> = {}, revision = 7): RolloutDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Rollout",
    metadata: { name: String(revision), creationTimestamp: at(-131) },
    spec: { revision, from: 6 },
    status: {
      ...{ phase: "Progressing", reason: "", message: "", atOnce: false },
      ...{ changes: 40, maxUnavailable: 4, failureBudget: 2 },
      waits: {
        reason: "Progressing",
        message: "hosts of wave quarter are not all InSync yet",
        until: at(540),
      },
      waves: [
        {
          ...{ name: "canary", phase: "Done", hosts: 2, inSync: 2, waiting: 0 },
          ...{ since: at(-60), behind: [] },
        },
        {
          ...{ name: "quarter", phase: "Progressing", hosts: 10, inSync: 8, waiting: 3 },
          since: at(-48),
          behind: [
            { name: "edge-4", state: "Failed", message: "RestoreFailed: line 14" },
            { name: "edge-5", state: "Moving", message: "" },
          ],
        },
        { name: "all", phase: "Waiting", hosts: 0, waiting: 0, behind: [] },
      ],
      ...status,
    },
    history: [
      {
        ...{ revision: 6, from: 5, phase: "RolledBack", hosts: 2 },
        ...{ reason: "FailureBudget", message: "edge-1 Reverted: nobody was reachable" },
        ...{ beganTime: at(-7_200), endTime: at(-7_100) },
      },
      {
        ...{ revision: 5, from: 4, phase: "Completed", reason: "AtOnce", message: "" },
        ...{ beganTime: at(-86_400), endTime: at(-86_400) },
      },
    ],
  };
}
