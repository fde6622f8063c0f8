import { diffFields, type Issue } from "@seawall/policy";
import type { IssueMessage, ObjectChange } from "@seawall/proto";
import type { ChangeSet } from "../core/change-set.ts";

/** What a change does to each object, as it goes over the wire. */
export function changeMessages({ changes }: ChangeSet): ObjectChange[] {
  const actions = {
    unchanged: "UNCHANGED",
    created: "CREATED",
    configured: "CONFIGURED",
    deleted: "DELETED",
  } as const;
  return [...changes].map(([key, { action, before, after }]) => {
    const [kind = "", name = ""] = key.split("/");
    return {
      object: { kind, name },
      action: actions[action],
      fields:
        action === "configured" ? diffFields(before, after).map((field) => ({ ...field })) : [],
    };
  });
}

export function issueMessage({ severity, place, path, message }: Issue): IssueMessage {
  return {
    severity: severity === "error" ? "ERROR" : "WARNING",
    path,
    message,
    ...(place === undefined ? {} : place),
  };
}
