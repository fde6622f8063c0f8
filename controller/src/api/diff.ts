import type { DiffRequest__Output, DiffResponse } from "@seawall/proto";
import { changesBetween } from "../core/change-set.ts";
import { hostDiffs } from "../core/host-changes.ts";
import { hostCompilerOf } from "../core/host-compiler.ts";
import { unknownDirectoryIssue } from "../core/unknown-directory-issue.ts";
import type { Fleet } from "../fleet.ts";
import { changeMessages, issueMessage } from "./change-messages.ts";
import { keptTree } from "./kept-tree.ts";

/** What differs between two revisions, and what that makes of the rules of the hosts as they are now. */
export async function diff({ from, to }: DiffRequest__Output, fleet: Fleet): Promise<DiffResponse> {
  const until = to === 0 ? await fleet.newestRevision() : to;
  const [before, after] = [await keptTree(from, fleet), await keptTree(until, fleet)];
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
