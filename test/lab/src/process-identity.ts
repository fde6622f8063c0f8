import { readFile } from "node:fs/promises";

/** A process id alone may belong to somebody else by now; with its start time it cannot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since the machine booted. */
  readonly startTime: string;
}

export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => undefined);
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields?.[0];
  const startTime = fields?.[19];
  if (startTime === undefined || state === "Z" || state === "X") return undefined;
  return { pid, startTime };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startTime === identity.startTime;
}
