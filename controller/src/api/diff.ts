import type { DiffRequest__Output, DiffResponse } from "@seawall/proto";
import { changesBetween } from "../core/change-set.ts";
import { hostDiffs } from "../core/host-changes.ts";
import { hostCompilerOf } from "../core/host-compiler.ts";
import { unknownDirectoryIssue } from "../core/unknown-directory-issue.ts";
import { type Fleet, RevisionNotKept } from "../fleet.ts";
import { TamperedError } from "../store/sealed-bucket.ts";
import { changeMessages, issueMessage } from "./change-messages.ts";
import { RequestRefused } from "./request-refused.ts";

/** What differs between two revisions, and what that makes of the rules of the hosts as they are now. */
export async function diff({ from, to }: DiffRequest__Output, fleet: Fleet): Promise<DiffResponse> {
  const until = to === 0 ? await fleet.newestRevision() : to;
  const [before, after] = [await treeOf(from, fleet), await treeOf(until, fleet)];
  const changes = changeMessages(changesBetween(before, after));
  // At one moment: the hosts are those of the directory.
  const [hosts, directory, unbelieved] = [
    fleet.hosts(),
    fleet.directory(),
    fleet.unbelievedHosts(),
  ];
  const compileBefore = hostCompilerOf(before, directory);
  const compileAfter = hostCompilerOf(after, directory);
  if (compileBefore === undefined || compileAfter === undefined) {
    const what = "what differs on the hosts cannot be told";
    const issue = issueMessage(unknownDirectoryIssue("warning", what, unbelieved));
    return { to: until, changes, hosts: [], hostsUnknown: true, issues: [issue] };
  }
  return {
    ...{ to: until, changes, issues: [] },
    hosts: [...hostDiffs(hosts, compileBefore, compileAfter)],
  };
}

async function treeOf(revision: number, fleet: Fleet) {
  try {
    return await fleet.tree(revision);
  } catch (error) {
    if (error instanceof RevisionNotKept) throw new RequestRefused("NotFound", error.message);
    if (error instanceof TamperedError) throw new RequestRefused("Conflict", error.message);
    throw error;
  }
}
