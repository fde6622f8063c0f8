import type { Logger } from "pino";
import type { FleetDirectory } from "../core/fleet-directory.ts";
import type { Reconciler } from "../runtime/workqueue.ts";

export interface DirectoryReconcilerOptions {
  /** Those that hosts are on; undefined when what says so is not believed. */
  readonly assignedRevisions: () => ReadonlySet<number> | undefined;
  /** Whether what the revision compiles to depends on the directory. */
  readonly namesHosts: (revision: number) => Promise<boolean>;
  readonly directory: () => FleetDirectory | undefined;
  readonly enqueueAll: () => void;
  readonly isLeader: () => boolean;
  readonly log: Logger;
}

/** After a change of the directory, looks at all hosts again if their rules name hosts. */
export function createDirectoryReconciler(options: DirectoryReconcilerOptions): Reconciler {
  return async () => {
    const revisions = options.assignedRevisions();
    if (!options.isLeader() || revisions === undefined) return { kind: "done" };
    const named = await Promise.all([...revisions].map((one) => options.namesHosts(one)));
    if (!named.includes(true)) return { kind: "done" };
    if (options.directory() === undefined) {
      options.log.error(
        { revisions: [...revisions] },
        "rules name hosts, and the record of a host is not believed: no bundle is made until it is",
      );
    } else {
      options.enqueueAll();
    }
    return { kind: "done" };
  };
}
