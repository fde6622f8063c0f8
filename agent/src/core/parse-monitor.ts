/** A commit to nftables, as `nft monitor` tells of it. */
export interface HeardCommit {
  /** As the first pid namespace of the machine counts. */
  readonly pid: number;
  /** What the kernel calls the process: at most 15 characters of its program's name, or what it calls itself. */
  readonly command: string;
}

export type Heard =
  | { readonly kind: "commit"; readonly commit: HeardCommit }
  /** It is not known what came in between, or by whom: anything may have changed. */
  | { readonly kind: "lost" };

/**
 * What a line of `nft monitor` says to us. Lines with rules are skipped. A rule can carry a comment that reads like a
 * line of the monitor, so that there was a commit is certain, and who made it is evidence, not proof.
 */
export function parseMonitorLine(line: string): Heard | undefined {
  if (line.startsWith("# ERROR: ")) return { kind: "lost" };
  if (!line.startsWith("# new generation ")) return undefined;
  const [, pid, command = ""] = byProcess.exec(line) ?? [];
  if (pid === undefined) return { kind: "lost" };
  return { kind: "commit", commit: { pid: Number(pid), command: plainCommand(command) } };
}

const byProcess = / by process (\d{1,10}) \((.*)\)$/;

/** Whoever may name a process may name it anything. */
export function plainCommand(command: string): string {
  return command.replace(/[^A-Za-z0-9 _.,:/[\]()@+=-]/g, "_").slice(0, 15);
}
