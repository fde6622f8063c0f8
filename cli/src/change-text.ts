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

/** Compiled rules that go and come, once for all hosts where they are the same. */
export function ruleDiffs(hosts: readonly HostDiff__Output[], paint: Paint): readonly string[] {
  const alike = new Map<string, HostDiff__Output[]>();
  for (const host of hosts) {
    const key = JSON.stringify([host.added, host.removed]);
    alike.set(key, [...(alike.get(key) ?? []), host]);
  }
  return [...alike.values()].flatMap((same) => ruleDiff(same, paint));
}

function ruleDiff(same: readonly HostDiff__Output[], paint: Paint): readonly string[] {
  const [first] = same;
  if (first === undefined) return [];
  const { host, added, removed } = first;
  const names = same.map((one) => printable(one.host));
  const who = names.length === 1 ? `host/${printable(host)}` : `hosts ${someNames(names)}`;
  const lines = [
    `${who} +${added.length} -${removed.length}`,
    ...removed.map((rule) => paint("bad", `-   ${printable(rule)}`)),
    ...added.map((rule) => paint("good", `+   ${printable(rule)}`)),
  ];
  return [lines.join("\n")];
}

const MOST_NAMES = 4;

/** `web-1, web-2, web-3, web-4 and 36 more`. */
export function someNames(names: readonly string[], count = names.length): string {
  const more = count - Math.min(names.length, MOST_NAMES);
  return more <= 0
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES).join(", ")} and ${String(more)} more`;
}
