import type { ForeignCommit } from "./foreign-commit.ts";

const MOST_SUSPECTS = 8;

/** Each process once, with the last of what it did. */
export function suspectsOf(commits: readonly ForeignCommit[]): readonly ForeignCommit[] {
  const last = new Map<string, ForeignCommit>();
  for (const commit of commits) {
    const key = `${String(commit.pid)} ${commit.command}`;
    const parent = commit.parent ?? last.get(key)?.parent;
    last.delete(key);
    last.set(key, { ...commit, ...(parent !== undefined && { parent }) });
  }
  return [...last.values()].slice(-MOST_SUSPECTS);
}

/** As in "iptables (pid 4711, started by bash)". */
export function suspectText({ command, pid, parent }: ForeignCommit): string {
  const by = parent === undefined ? "" : `, started by ${parent}`;
  return `${command === "" ? "a process" : command} (pid ${String(pid)}${by})`;
}
