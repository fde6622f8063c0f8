import type {
  ApplyResponse__Output,
  HostDiff__Output,
  IssueMessage__Output,
  ObjectChange__Output,
} from "@seawall/proto";
import { isError, issueSummary, issueText } from "./issue-text.ts";
import { objectName } from "./kind.ts";
import { printable } from "./printable.ts";
import type { Session } from "./session.ts";
import type { Paint } from "./terminal.ts";

/** A revision is stored before hosts enforce it. */
export function waitHint({ inWaves, revision }: ApplyResponse__Output): string {
  return inWaves
    ? `The rollout of revision ${revision} has begun: seawall rollout status --watch`
    : "Wait for the fleet: seawall wait hosts --for=InSync";
}

/** `fleetpolicy/web configured (dry run)` */
export function changeLine(change: ObjectChange__Output, dryRun: boolean): string {
  return `${changedName(change)} ${change.action.toLowerCase()}${dryRun ? " (dry run)" : ""}`;
}

export function changedName({ object }: ObjectChange__Output): string {
  return printable(objectName(object?.kind ?? "", object?.name ?? ""));
}

/** Prints the issues of a write; true when they are why nothing was stored. */
export function refusal(issues: readonly IssueMessage__Output[], session: Session): boolean {
  for (const issue of issues) session.say(issueText(issue));
  if (!issues.some(isError)) return false;
  session.say(`Error: ${issueSummary(issues)}; nothing was stored.`);
  return true;
}

/** The answer to a write as one JSON document. */
export function changeResult(response: ApplyResponse__Output, dryRun: boolean) {
  return {
    apiVersion: "seawall/v1",
    kind: "ApplyResult",
    dryRun,
    committed: response.committed,
    revision: response.revision,
    issues: response.issues,
    changes: response.changes.map((change) => ({
      object: changedName(change),
      action: change.action.toLowerCase(),
      fields: change.fields,
    })),
    hosts: response.hosts,
  };
}

/** Fields of an object, before and after. */
export function fieldDiff(change: ObjectChange__Output, paint: Paint): string {
  const lines = [changeLine(change, false)];
  for (const { path, before, after } of change.fields) {
    lines.push(`  ${printable(path)}`);
    if (before !== "") lines.push(paint("bad", `-   ${printable(before)}`));
    if (after !== "") lines.push(paint("good", `+   ${printable(after)}`));
  }
  return lines.join("\n");
}

/** Compiled rules of a host that go and come. */
export function ruleDiff({ host, added, removed }: HostDiff__Output, paint: Paint): string {
  return [
    `host/${printable(host)} +${added.length} -${removed.length}`,
    ...removed.map((rule) => paint("bad", `-   ${printable(rule)}`)),
    ...added.map((rule) => paint("good", `+   ${printable(rule)}`)),
  ].join("\n");
}
