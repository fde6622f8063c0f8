import { count } from "./views/column.ts";

/** An issue as it comes from the controller or from the parser. */
export interface ShownIssue {
  readonly severity: "ERROR" | "WARNING";
  readonly file: string;
  /** 0 = no place in a file. */
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** `file:line:column path: message`, as editors and CI read it. */
export function issueText(issue: ShownIssue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  const where = [place, issue.path].filter((part) => part !== "").join(" ");
  const word = issue.severity === "WARNING" ? "warning: " : "";
  return where === "" ? `${word}${issue.message}` : `${where}: ${word}${issue.message}`;
}

/** `2 errors, 1 warning`; empty when there is nothing to say. */
export function issueSummary(issues: readonly ShownIssue[]): string {
  const errors = issues.filter(isError).length;
  const warnings = issues.length - errors;
  return [errors > 0 ? count(errors, "error") : "", warnings > 0 ? count(warnings, "warning") : ""]
    .filter((part) => part !== "")
    .join(", ");
}

export function isError(issue: ShownIssue): boolean {
  return issue.severity === "ERROR";
}
