import type { Logger } from "pino";
import type { AgentSessions } from "./api/agent-sessions.ts";
import type { CompiledHosts } from "./compiled-hosts.ts";
import { acceptedBundle } from "./core/host-status.ts";
import { noRollouts, revisionsInUse } from "./core/rollout-record.ts";
import type { SigningKey } from "./identity/signing-key.ts";
import { createDirectoryReconciler } from "./reconcilers/directory-reconciler.ts";
import { createHostReconciler } from "./reconcilers/host-reconciler.ts";
import { createRolloutReconciler } from "./reconcilers/rollout-reconciler.ts";
import { createSweep } from "./reconcilers/sweep.ts";
import { every } from "./runtime/every.ts";
import { Workqueue } from "./runtime/workqueue.ts";
import type { EventLog } from "./store/event-log.ts";
import { Leadership } from "./store/leader.ts";
import type { Store } from "./store/open-store.ts";
import type { StoreFleet } from "./store-fleet.ts";

export interface ReconcilerParts {
  /** Of this controller, the same after each start. */
  readonly instanceId: string;
  readonly store: Store;
  readonly fleet: StoreFleet;
  readonly sessions: AgentSessions;
  readonly compiled: CompiledHosts;
  readonly signingKey: SigningKey;
  readonly events: Pick<EventLog, "appendOnce">;
  readonly log: Logger;
}

export interface Reconcilers {
  /** Looks at these hosts again; undefined: at all. */
  enqueue(names: ReadonlySet<string> | undefined): void;
  /** Looks which hosts have rules that depend on the directory. */
  directory(): void;
  /** Looks whether the rollout has a step to take. */
  rollout(): void;
  stop(): Promise<void>;
}

const SWEEP_MS = 60 * 60_000;

/** What runs by itself. Only the leader's do anything. */
export function startReconcilers(parts: ReconcilerParts): Reconcilers {
  const { store, fleet, log } = parts;
  const leadership = new Leadership({
    bucket: store.leader,
    id: parts.instanceId,
    onChange: (isLeader) => {
      log.info({ isLeader }, "leadership");
      rollout();
      enqueue(undefined);
    },
    onError: (error) => {
      log.warn({ err: error }, "leadership");
    },
  });
  // Before everything was read, what is not there means nothing.
  const isLeader = () => leadership.isLeader && fleet.hasSynced;
  const hosts = hostQueue(parts, isLeader);
  const rollouts = rolloutQueue(parts, isLeader);
  const directories = new Workqueue({
    ...queueOptions(log),
    concurrency: 1,
    reconcile: createDirectoryReconciler({
      assignedRevisions: () => fleet.rollouts.assignedRevisions(),
      namesHosts: (revision) => parts.compiled.namesHosts(revision),
      directory: () => fleet.directory(),
      enqueueAll: () => {
        enqueue(undefined);
      },
      isLeader,
      log,
    }),
  });
  const sweeping = every({
    ms: SWEEP_MS,
    random: Math.random,
    task: createSweep({
      isLeader,
      assigned: async () => revisionsInUse((await store.rollouts.find())?.body ?? noRollouts),
      sweep: (assigned) => store.revisions.sweep(assigned),
      log,
    }),
    onError: (error) => {
      log.error({ err: error }, "sweeping old revisions failed; trying again in an hour");
    },
  });
  const rollout = () => {
    rollouts.add("current");
  };
  const enqueue = (names: ReadonlySet<string> | undefined) => {
    for (const name of names ?? fleet.hosts().map((host) => host.name)) hosts.add(name);
  };
  leadership.start();
  return {
    enqueue,
    directory: () => {
      directories.add("directory");
    },
    rollout,
    stop: async () => {
      await Promise.all([hosts.stop(), directories.stop(), rollouts.stop(), sweeping.stop()]);
      await leadership.stop();
    },
  };
}

function hostQueue(parts: ReconcilerParts, isLeader: () => boolean): Workqueue {
  const { store, fleet, sessions, compiled, signingKey, log } = parts;
  return new Workqueue({
    ...queueOptions(log),
    concurrency: 32,
    reconcile: createHostReconciler({
      host: (name) => fleet.lookUp(name),
      assignedRevision: (host) => fleet.rollouts.assigned(host.name),
      compiled,
      desired: {
        read: async (host) => {
          const stored = await store.desired.read(host);
          return {
            bundle: stored === undefined ? undefined : fleet.bundleOf(stored),
            sequence: stored?.sequence ?? 0,
          };
        },
        put: async (host, bytes, sequence) =>
          (await store.desired.put(host, bytes, sequence)).kind === "written",
        purge: (host) => store.desired.purge(host),
      },
      accepted: (host) => {
        const report = sessions.report(host)?.report;
        return report === undefined ? undefined : acceptedBundle(report);
      },
      epoch: store.epoch,
      signingKey,
      isLeader,
      log,
    }),
  });
}

function rolloutQueue(
  { fleet, store, events, log }: ReconcilerParts,
  isLeader: () => boolean,
): Workqueue {
  return new Workqueue({
    ...queueOptions(log),
    concurrency: 1,
    reconcile: createRolloutReconciler({
      read: () => fleet.rollouts.read(),
      situation: (record) => fleet.rollouts.situation(record),
      tell: ({ timeMs, event, number }) =>
        events.appendOnce(timeMs, event, `rollout.${String(store.epoch)}.${String(number)}`),
      isLeader,
      log,
    }),
  });
}

function queueOptions(log: Logger) {
  return {
    random: Math.random,
    onError: (key: string, error: unknown, retryInMs: number) => {
      log.warn({ err: error, key, retryInMs }, "reconciliation failed; trying again");
    },
  };
}
