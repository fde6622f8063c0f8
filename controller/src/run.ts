import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { agentProto, clientProto, joinProto } from "@seawall/proto";
import { type Logger, pino } from "pino";
import { z } from "zod";
import { createAgentService } from "./api/agent-service.ts";
import { AgentSessions } from "./api/agent-sessions.ts";
import { authenticate } from "./api/authenticate.ts";
import { createClientService } from "./api/client-service.ts";
import { type Listener, listenForJoins, listenForPeers } from "./api/grpc-server.ts";
import { createJoinService } from "./api/join-service.ts";
import { type Bus, openBus } from "./bus.ts";
import { CompiledHosts } from "./compiled-hosts.ts";
import { type ControllerConfig, type ControllerFlags, loadControllerConfig } from "./config.ts";
import { STALE_AFTER_MS } from "./core/host-status.ts";
import { type ControllerIdentity, loadControllerIdentity } from "./identity/controller-identity.ts";
import { StateDirectory } from "./identity/state-directory.ts";
import { addressOf } from "./init.ts";
import { type NatsKeys, natsKeysSchema } from "./nats/nats-keys.ts";
import { mintAgentUser } from "./nats/user-credentials.ts";
import { natsKeysFile } from "./nats-keys-file.ts";
import { createHostReconciler } from "./reconcilers/host-reconciler.ts";
import { createRolloutReconciler } from "./reconcilers/rollout-reconciler.ts";
import { ResourceTrees } from "./resource-trees.ts";
import { Workqueue } from "./runtime/workqueue.ts";
import { Leadership } from "./store/leader.ts";
import { openStore, type Store } from "./store/open-store.ts";
import { StoreFleet } from "./store-fleet.ts";
import { storedEnrolments } from "./stored-enrolments.ts";
import { version } from "./version.ts";

export interface RunOptions {
  readonly flags: ControllerFlags;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted: stop gently. */
  readonly signal: AbortSignal;
}

/** The controller cannot start; the message says why and what to do. */
export class CannotStart extends Error {
  override name = "CannotStart";
}

const HEARTBEAT_SECONDS = STALE_AFTER_MS / 3_000;

/** Runs the controller until the signal. Only wires; decides nothing. */
export async function run(options: RunOptions): Promise<void> {
  const config = loadControllerConfig(options.flags, options.environment, options.configFile);
  const log = pino(
    { name: "seawall-controller", level: options.environment["SEAWALL_LOG_LEVEL"] ?? "info" },
    pino.destination(2),
  );
  const state = new StateDirectory(config.stateDirectory);
  const identity = await loaded(loadControllerIdentity(state));
  const keys = await loaded(state.read(natsKeysFile, natsKeysSchema));
  const now = new Date();
  const certificate = await identity.authority.issueServer(
    [...config.advertise, "localhost", "127.0.0.1", "::1"],
    now,
  );
  const bus = await openBus({
    config,
    keys,
    caPem: identity.authority.certificatePem,
    certificate,
    log,
  });
  try {
    const store = await openedStore(bus, identity, state);
    const instanceId = await ownInstanceId(state);
    await serve(
      { instanceId, config, identity, keys, bus, store, log, certificate },
      options.signal,
    );
  } finally {
    await bus.stop();
  }
}

interface Parts {
  readonly instanceId: string;
  readonly config: ControllerConfig;
  readonly identity: ControllerIdentity;
  readonly keys: NatsKeys;
  readonly bus: Bus;
  readonly store: Store;
  readonly log: Logger;
  readonly certificate: Awaited<ReturnType<ControllerIdentity["authority"]["issueServer"]>>;
}

async function serve(parts: Parts, signal: AbortSignal): Promise<void> {
  const { config, identity, bus, store, log } = parts;
  const trees = new ResourceTrees(store.revisions);
  const compiled = new CompiledHosts((revision) => trees.tree(revision));
  const monotonicNow = () => performance.now();
  const sessions = new AgentSessions(monotonicNow, (host, report) => {
    const status = Buffer.from(
      JSON.stringify({ state: report.state, observedGeneration: report.observedGeneration }),
    );
    store.hosts.putStatus(host, status).catch((error: unknown) => {
      log.warn({ err: error, host }, "the host's status could not be kept");
    });
    // A host that is ahead of its bundle has refused it as too old: the next one must be beyond.
    const bundle = fleet.bundle(host);
    if (
      report.observedEpoch === store.epoch &&
      report.observedGeneration > (bundle?.generation ?? 0)
    ) {
      work.enqueue(new Set([host]));
    }
    fleet.changed();
  });
  const revoke = async () => {
    await bus.revoke(await store.hosts.revocations(Date.now()));
  };
  const fleet = new StoreFleet({
    stores: store,
    sessions,
    trees,
    compiled,
    trusted: new Map([[identity.signingKey.keyId, identity.signingKey.publicKey]]),
    revoke,
    monotonicNow,
    log,
  });
  await revoke();
  const work = startReconcilers(parts, fleet, sessions, compiled);
  fleet.start((names) => {
    work.enqueue(names);
  });
  fleet.onChange(() => {
    work.rollout();
  });
  await untilSynced(fleet, signal);
  work.rollout();
  work.enqueue(undefined);
  const listeners = await listen(parts, fleet, sessions);
  log.info(
    {
      grpcPort: config.grpcPort,
      joinPort: config.joinPort,
      natsPort: config.natsPort,
      epoch: store.epoch,
    },
    "controller is ready",
  );
  await aborted(signal);
  log.info("controller is stopping");
  sessions.endAll();
  await Promise.all(listeners.map((listener) => listener.close(2_000)));
  fleet.stop();
  await work.stop();
}

function startReconcilers(
  parts: Parts,
  fleet: StoreFleet,
  sessions: AgentSessions,
  compiled: CompiledHosts,
) {
  const { store, identity, log } = parts;
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
  const common = {
    concurrency: 32,
    random: Math.random,
    onError: (key: string, error: unknown, retryInMs: number) => {
      log.warn({ err: error, key, retryInMs }, "reconciliation failed; trying again");
    },
  };
  const hosts = new Workqueue({
    ...common,
    reconcile: createHostReconciler({
      host: (name) => fleet.lookUp(name),
      assignedRevision: () => fleet.currentRevision(),
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
      observed: (host) => {
        const report = sessions.report(host)?.report;
        return report === undefined
          ? undefined
          : { epoch: report.observedEpoch, generation: report.observedGeneration };
      },
      epoch: store.epoch,
      signingKey: identity.signingKey,
      isLeader,
      log,
    }),
  });
  const rollouts = new Workqueue({
    ...common,
    concurrency: 1,
    reconcile: createRolloutReconciler({
      newestRevision: () => fleet.newestRevision(),
      currentRevision: async () => (await store.rollouts.find())?.body.revision ?? 0,
      advance: async (from, to) => {
        const current = await store.rollouts.find();
        if ((current?.body.revision ?? 0) !== from) return false;
        return (await store.rollouts.assign(to, current)).kind === "written";
      },
      isLeader,
      log,
    }),
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
    rollout,
    stop: async () => {
      hosts.stop();
      rollouts.stop();
      await leadership.stop();
    },
  };
}

async function listen(
  parts: Parts,
  fleet: StoreFleet,
  sessions: AgentSessions,
): Promise<readonly Listener[]> {
  const { config, identity, keys, bus, store, log, certificate } = parts;
  const { authority, signingKey } = identity;
  const now = () => new Date();
  const first = config.advertise[0] ?? "";
  const natsUrl = config.natsUrl ?? addressOf(first, config.natsPort);
  const enrolments = storedEnrolments(store.hosts);
  const mint = (host: string, publicKey: string) =>
    mintAgentUser(keys, { host, publicKey, nowMs: Date.now() });
  const peers = await listenForPeers({
    address: addressOf(config.listenAddress, config.grpcPort),
    certificate,
    clientCaPem: authority.certificatePem,
    authenticate: authenticate(
      { keyFingerprintOf: async (host) => (await enrolments.get(host))?.keyFingerprint },
      log,
    ),
    services: [
      {
        definition: clientProto.seawall.v1.ClientService.service,
        handlers: createClientService({
          fleet,
          tokens: {
            caFingerprint: authority.fingerprint,
            joinAddress: addressOf(first, config.joinPort),
            now,
            store: async (record) => {
              if (!(await store.tokens.create(record))) throw new Error("the token's id is taken");
            },
          },
          observe: (host) => sessions.observe(host, 5_000),
          versions: () => ({ version, natsServer: bus.serverVersion, node: process.versions.node }),
          log,
        }),
      },
      {
        definition: agentProto.seawall.v1.AgentService.service,
        handlers: createAgentService({
          sessions,
          renewal: { authority, hosts: enrolments, mintAgentUser: mint, natsUrl },
          heartbeatSeconds: HEARTBEAT_SECONDS,
          now,
          log,
        }),
      },
    ],
  });
  const joins = await listenForJoins({
    address: addressOf(config.listenAddress, config.joinPort),
    certificate,
    service: {
      definition: joinProto.seawall.v1.JoinService.service,
      handlers: createJoinService({
        authority,
        signingKeys: [signingKey],
        tokens: store.tokens,
        hosts: enrolments,
        mintAgentUser: mint,
        natsUrl,
        controllerAddress: addressOf(first, config.grpcPort),
        now,
        monotonicNow: () => performance.now(),
        log,
      }),
    },
  });
  return [peers, joins];
}

const instanceFile = "instance.json";

/** Tells this controller from others of the same fleet; made at its first start. */
async function ownInstanceId(state: StateDirectory): Promise<string> {
  await state.create(instanceFile, { id: randomUUID() });
  return (await loaded(state.read(instanceFile, z.strictObject({ id: z.string() })))).id;
}

async function openedStore(
  bus: Bus,
  identity: ControllerIdentity,
  stateDirectory: StateDirectory,
): Promise<Store> {
  const { signingKey } = identity;
  const opened = await openStore({
    nats: bus.store,
    signingKey,
    trusted: new Map([[signingKey.keyId, signingKey.publicKey]]),
    stateDirectory,
    replicas: 1,
  });
  if (opened.kind === "refused") throw new CannotStart(opened.message);
  return opened.store;
}

async function loaded<T>(
  read: Promise<
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }
  >,
): Promise<T> {
  const state = await read;
  if (!state.ok) throw new CannotStart(state.message);
  return state.value;
}

async function untilSynced(fleet: StoreFleet, signal: AbortSignal): Promise<void> {
  while (!fleet.hasSynced && !signal.aborted) await delay(20);
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
