import type { Logger } from "pino";
import type { FleetDirectory } from "../core/fleet-directory.ts";
import type { Reconciler } from "../runtime/workqueue.ts";

export interface DirectoryReconcilerOptions {
  /** Undefined when what says so is not believed. */
  readonly assignedRevision: () => number | undefined;
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
    const revision = options.assignedRevision();
    if (!options.isLeader() || revision === undefined) return { kind: "done" };
    if (!(await options.namesHosts(revision))) return { kind: "done" };
    if (options.directory() === undefined) {
      options.log.error(
        { revision },
        "rules name hosts, and the record of a host is not believed: no bundle is made until it is",
      );
    } else {
      options.enqueueAll();
    }
    return { kind: "done" };
  };
}
