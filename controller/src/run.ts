import { randomUUID } from "node:crypto";
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { type Logger, pino } from "pino";
import { z } from "zod";
import type { AgentSessions } from "./api/agent-sessions.ts";
import { Refusals } from "./api/refusals.ts";
import { type Bus, openBus } from "./bus.ts";
import { CannotStart, fromState, whileStarting } from "./cannot-start.ts";
import { eventRetention } from "./config.ts";
import type { FleetEvent } from "./core/fleet-event.ts";
import { EventRecorder } from "./event-recorder.ts";
import { ensureFirstUser } from "./first-user.ts";
import { ServerCertificate } from "./identity/server-certificate.ts";
import { IdentityWatch } from "./identity-watch.ts";
import type { Revocation } from "./nats/operator.ts";
import { type OpenedState, openState, type StateOptions, serverNames } from "./opened-state.ts";
import { Revoker, revokeAgainOnReturn } from "./revoker.ts";
import { every } from "./runtime/every.ts";
import { startFleet } from "./start-fleet.ts";
import { startListeners } from "./start-listeners.ts";
import { EventLog } from "./store/event-log.ts";
import { openStore, type Store } from "./store/open-store.ts";
import type { StoreFleet } from "./store-fleet.ts";

export interface RunOptions extends StateOptions {
  /** Aborted: stop gently. */
  readonly signal: AbortSignal;
}

/** How often the certificate is looked at; it lives for a year. */
const CERTIFICATE_CHECK_MS = 60 * 60_000;
/** How often it is looked whether an hour of refusals is over. */
const REFUSALS_CHECK_MS = 60_000;

/**
 * Runs the controller until the signal. Only wires; decides nothing. However it ends,
 * nothing it started is left running.
 * @throws ConfigError, CannotStart
 */
export async function run(options: RunOptions): Promise<void> {
  const state = await openState(options);
  const log = pino(
    { name: "seawall-controller", level: options.environment["SEAWALL_LOG_LEVEL"] ?? "info" },
    pino.destination(2),
  );
  // What goes wrong in it comes back as errors, in our words.
  setLogVerbosity(logVerbosity.NONE);
  const { config, identity, keys } = state;
  const certificate = await ServerCertificate.issue({
    issue: (now) => identity.authority.issueServer(serverNames(config), now),
    now: () => new Date(),
  });
  const bus = await whileStarting(
    openBus({
      config,
      keys,
      caPem: identity.authority.certificatePem,
      certificate: certificate.current,
      log,
    }),
  );
  try {
    const store = await openedStore(bus, state);
    const noFirstUser = await whileStarting(ensureFirstUser(state.directory, store.users));
    if (noFirstUser !== undefined) log.warn(noFirstUser);
    await serve({ state, bus, store, certificate, log }, options.signal);
  } finally {
    await bus.stop();
  }
}

interface Parts {
  readonly state: OpenedState;
  readonly bus: Bus;
  readonly store: Store;
  readonly certificate: ServerCertificate;
  readonly log: Logger;
}

async function serve(parts: Parts, signal: AbortSignal): Promise<void> {
  const { state, store, bus, log } = parts;
  const instanceId = await ownInstanceId(state);
  const events = await whileStarting(openedEvents(bus, state));
  const append = (timeMs: number, event: FleetEvent) => events.append(timeMs, event);
  const recorder = new EventRecorder({ append, now: () => new Date(), log });
  const { signingKey } = state.identity;
  const revoker = new Revoker({
    push: (revocations) => bus.revoke(revocations),
    now: () => Date.now(),
    onError: (error, retryInMs) => {
      log.error(
        { err: error, retryInMs },
        "deleted hosts are not cut off from NATS yet; trying again",
      );
    },
  });
  await firstRevocation(revoker, store);
  revokeAgainOnReturn(bus, revoker, log);
  const revoke = (more?: readonly Revocation[]) => revoker.revoke(more);
  const clock = { now: () => Date.now(), monotonicNow: () => performance.now() };
  const running = startFleet({
    ...{ instanceId, store, signingKey, revoke, events, recorder, clock, log },
  });
  const { fleet, sessions } = running;
  const identities = new IdentityWatch({
    isQuarantined: (host) => fleet.isQuarantined(host),
    quarantine: (host, duplicate) => fleet.quarantine(host, duplicate),
    onError: (host, error) => {
      log.error({ err: error, host }, "two agents have its keys, and it is not quarantined yet");
    },
  });
  try {
    await running.synced(signal);
    await answer({ ...parts, fleet, sessions, identities, events, recorder, revoke }, signal);
  } finally {
    revoker.stop();
    await running.stop();
  }
}

/** Before anybody is let in. One that fails ends the start, and must not go on alone: the process would never end. */
async function firstRevocation(revoker: Revoker, { hosts }: Store): Promise<void> {
  try {
    await whileStarting(hosts.revocations(Date.now()).then((all) => revoker.revoke(all)));
  } catch (error) {
    revoker.stop();
    throw error;
  }
}

interface AnswerParts extends Parts {
  readonly fleet: StoreFleet;
  readonly sessions: AgentSessions;
  readonly identities: IdentityWatch;
  readonly events: EventLog;
  readonly recorder: EventRecorder;
  readonly revoke: () => Promise<void>;
}

/** Lets hosts and people in until the signal. */
async function answer(parts: AnswerParts, signal: AbortSignal): Promise<void> {
  const { state, store, bus, sessions, certificate, log } = parts;
  const refusals = new Refusals({
    record: (event) => parts.recorder.record(event),
    monotonicNow: () => performance.now(),
  });
  const listeners = await whileStarting(
    startListeners({ ...parts, refusals, certificate: certificate.current }),
  );
  const counting = every({
    ms: REFUSALS_CHECK_MS,
    random: Math.random,
    task: () => refusals.tellLeftOut(),
    onError: (error) => {
      log.error({ err: error }, "telling of refusals failed; trying again in a minute");
    },
  });
  const renewing = every({
    ms: CERTIFICATE_CHECK_MS,
    random: Math.random,
    task: async () => {
      const wasDue = await certificate.renewIfDue(async (renewed) => {
        for (const listener of listeners) listener.presentCertificate(renewed);
        await bus.presentCertificate(renewed);
        await parts.revoke();
      });
      if (wasDue)
        log.info({ notAfter: certificate.current.notAfter }, "server certificate renewed");
    },
    onError: (error) => {
      log.error({ err: error }, "renewing the server certificate failed; trying again in an hour");
    },
  });
  const { grpcPort, joinPort, natsPort } = state.config;
  log.info({ grpcPort, joinPort, natsPort, epoch: store.epoch }, "controller is ready");
  await aborted(signal);
  log.info("controller is stopping");
  sessions.endAll();
  await Promise.all([
    renewing.stop(),
    counting.stop(),
    ...listeners.map((listener) => listener.close(2_000)),
  ]);
}

const instanceFile = "instance.json";

/** Tells this controller from others of the same fleet; made at its first start. */
async function ownInstanceId({ directory }: OpenedState): Promise<string> {
  await directory.create(instanceFile, { id: randomUUID() });
  return (await fromState(directory.read(instanceFile, z.strictObject({ id: z.string() })))).id;
}

async function openedStore(bus: Bus, { identity, directory }: OpenedState): Promise<Store> {
  const { signingKey } = identity;
  const opened = await whileStarting(
    openStore({
      nats: bus.store,
      signingKey,
      trusted: new Map([[signingKey.keyId, signingKey.publicKey]]),
      stateDirectory: directory,
      replicas: 1,
    }),
  );
  if (opened.kind === "refused") throw new CannotStart(opened.message);
  return opened.store;
}

async function openedEvents(bus: Bus, { config, identity }: OpenedState): Promise<EventLog> {
  const { signingKey } = identity;
  return await EventLog.open({
    nats: bus.store,
    signingKey,
    trusted: new Map([[signingKey.keyId, signingKey.publicKey]]),
    retention: eventRetention(config),
    replicas: 1,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
