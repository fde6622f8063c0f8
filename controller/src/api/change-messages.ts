import { diffFields, type Issue } from "@seawall/policy";
import type { ApplyResponse, IssueMessage, ObjectChange } from "@seawall/proto";
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

/** Why the answer says that nothing was written: the first error, and how many more there are. Undefined: it says none. */
export function errorIn({ issues = [] }: ApplyResponse): string | undefined {
  const [first, ...others] = issues.filter(({ severity }) => severity === "ERROR");
  if (first === undefined) return undefined;
  const { file = "", line = 0, column = 0, path = "", message = "" } = first;
  const place = line > 0 ? `${file}:${String(line)}:${String(column)}` : file;
  const where = [place, path].filter((words) => words !== "").join(" ");
  const more = others.length === 0 ? "" : ` (and ${String(others.length)} more)`;
  return (where === "" ? message : `${where}: ${message}`) + more;
}
