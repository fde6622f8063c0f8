import { type Issue, manifestLimits, resourceDocument } from "@seawall/policy";
import type { ChangeSet } from "./change-set.ts";

/** What a revision may hold at most, whoever sends it. */
export function treeIssues({ next, changes }: ChangeSet): readonly Issue[] {
  const issues: Issue[] = [];
  if (next.size > manifestLimits.objects) {
    issues.push(
      error(
        `the fleet would have ${String(next.size)} objects: at most ${String(manifestLimits.objects)} are taken; delete some first, or leave some out`,
      ),
    );
  }
  for (const [key, { action, after }] of changes) {
    if (after === undefined || action === "unchanged") continue;
    const size = Buffer.byteLength(resourceDocument(after));
    if (size > manifestLimits.object) {
      issues.push(
        error(
          `${key} has ${String(size)} bytes: an object may have at most ${String(manifestLimits.object)}; split it`,
        ),
      );
    }
  }
  return issues;
}

function error(message: string): Issue {
  return { severity: "error", path: "", message };
}
