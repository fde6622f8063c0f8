import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { AgentSessions } from "./api/agent-sessions.ts";
import { CompiledHosts } from "./compiled-hosts.ts";
import type { ControllerClock } from "./controller-clock.ts";
import { acceptedBundle } from "./core/host-status.ts";
import { isInTheWay } from "./core/next-bundle.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { SigningKey } from "./identity/signing-key.ts";
import { LastStatuses } from "./last-statuses.ts";
import type { Revocation } from "./nats/operator.ts";
import { ResourceTrees } from "./resource-trees.ts";
import { type Reconcilers, startReconcilers } from "./start-reconcilers.ts";
import type { EventLog } from "./store/event-log.ts";
import type { Store } from "./store/open-store.ts";
import { StoreFleet } from "./store-fleet.ts";

export interface FleetParts {
  /** Of this controller, the same after each start. */
  readonly instanceId: string;
  readonly store: Store;
  readonly signingKey: SigningKey;
  /** Puts these in force on the bus, with all before. */
  readonly revoke: (more: readonly Revocation[]) => Promise<void>;
  readonly events: Pick<EventLog, "append" | "appendOnce">;
  readonly recorder: Pick<EventRecorder, "record">;
  readonly clock: ControllerClock;
  readonly log: Logger;
}

export interface RunningFleet {
  readonly fleet: StoreFleet;
  readonly sessions: AgentSessions;
  readonly work: Pick<Reconcilers, "rollout">;
  /** Resolves once what the store holds is known, or the signal has aborted. */
  synced(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** All that is between the store and the hosts' streams: from a report to the next bundle, signed. */
export function startFleet(parts: FleetParts): RunningFleet {
  const { instanceId, store, signingKey, events, clock, log } = parts;
  const trees = new ResourceTrees(store.revisions);
  const compiled: CompiledHosts = new CompiledHosts(
    (revision) => trees.tree(revision),
    () => fleet.directory(),
  );
  const sessions = new AgentSessions(clock.monotonicNow, (host, report) => {
    statuses.reported(host);
    const accepted = acceptedBundle(report);
    if (accepted.epoch === store.epoch && isInTheWay(accepted, fleet.bundle(host)))
      work.enqueue(new Set([host]));
    fleet.changed();
  });
  const statuses = new LastStatuses({
    hosts: store.hosts,
    report: (host) => sessions.report(host)?.report,
    tell: (event) => events.append(clock.now(), event),
    monotonicNow: clock.monotonicNow,
    random: Math.random,
    onError: (host, error) => {
      log.warn({ err: error, host }, "the host's status could not be kept; trying again");
    },
  });
  const fleet = new StoreFleet({
    ...{ stores: store, sessions, statuses, trees, compiled, clock, log },
    trusted: new Map([[signingKey.keyId, signingKey.publicKey]]),
    revoke: parts.revoke,
    record: (event) => parts.recorder.record(event),
    onCommit: () => {
      work.rollout();
    },
  });
  const work = startReconcilers({
    ...{ instanceId, store, fleet, sessions, compiled, signingKey, events, log },
  });
  fleet.start(
    (names) => {
      work.enqueue(names);
    },
    () => {
      work.directory();
    },
  );
  return {
    ...{ fleet, sessions, work },
    synced: async (signal) => {
      while (!fleet.hasSynced && !signal.aborted) await delay(20);
      work.rollout();
      work.enqueue(undefined);
    },
    stop: async () => {
      fleet.stop();
      await Promise.all([work.stop(), statuses.stop()]);
    },
  };
}
