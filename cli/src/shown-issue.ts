import type { Issue } from "@seawall/policy";
import type { ShownIssue } from "./issue-text.ts";

/** An issue of our own parser in the form of those that come from the controller. */
export function shownIssue({ severity, place, path, message }: Issue): ShownIssue {
  return {
    severity: severity === "error" ? "ERROR" : "WARNING",
    file: place?.file ?? "",
    line: place?.line ?? 0,
    column: place?.column ?? 0,
    path,
    message,
  };
}
