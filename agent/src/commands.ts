import { randomUUID } from "node:crypto";
import { release } from "node:os";
import { createBundleDecoder } from "@seawall/policy";
import { type Logger, pino } from "pino";
import { acceptBundle, acceptPreview } from "./accept-bundle.ts";
import { AgentCommandFailed, type CommandOptions, joinedIdentity } from "./command.ts";
import { loadAgentConfig } from "./config.ts";
import { lockNetworkNamespace } from "./edge/agent-lock.ts";
import { createConntrack } from "./edge/conntrack.ts";
import { ControllerStream } from "./edge/controller-stream.ts";
import { createCutRecords } from "./edge/cut-records.ts";
import { NatsDesiredSource } from "./edge/desired-source.ts";
import { createDocker } from "./edge/docker.ts";
import { createBegin, exec, execBy } from "./edge/exec.ts";
import { execLines } from "./edge/exec-lines.ts";
import { createFirewall } from "./edge/firewall.ts";
import { createFlowLog } from "./edge/flow-log.ts";
import { forgetState } from "./edge/forget-state.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { IdentityStore, type StoredIdentity, trustedKeys } from "./edge/identity-store.ts";
import { createLastGood } from "./edge/last-good.ts";
import { LiveIdentity } from "./edge/live-identity.ts";
import { createManagementEndpoints } from "./edge/management-endpoints.ts";
import { createNftMonitor } from "./edge/nft-monitor.ts";
import { createOpenings } from "./edge/openings.ts";
import { createOwnProcesses, isFirstPidNamespace } from "./edge/own-processes.ts";
import { createReach } from "./edge/reach.ts";
import { createRoutes } from "./edge/routes.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { spawn } from "./edge/spawn.ts";
import { createStandby } from "./edge/standby.ts";
import { bootId, systemClock } from "./edge/system-clock.ts";
import { untilAborted } from "./edge/until-aborted.ts";
import { join as joinController } from "./join.ts";
import type { BundleVerdict } from "./ports.ts";
import { createPreview } from "./preview.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import { releaseConnections } from "./release-connections.ts";
import { CredentialRenewal } from "./renew.ts";
import { restore as restoreRules } from "./restore.ts";
import { uninstall as uninstallRules } from "./uninstall.ts";
import { version } from "./version.ts";
import { createWatchFlows } from "./watch-flows.ts";

/** Makes this host a member of the fleet. @throws AgentCommandFailed */
export async function join(
  options: CommandOptions & {
    readonly controllerAddress: string;
    readonly token: string;
    readonly host: string;
  },
): Promise<void> {
  const config = loadAgentConfig(options);
  const store = new IdentityStore(config.stateDirectory);
  const outcome = await joinController({
    controller: options.controllerAddress,
    token: options.token,
    host: options.host,
    store,
  });
  if (outcome.kind === "refused") throw new AgentCommandFailed("Refused", outcome.message);
  if (outcome.kind === "unreachable") throw new AgentCommandFailed("Unreachable", outcome.message);
}

/** Enforces until the signal. Its rules stay when it stops. @throws AgentCommandFailed */
export async function run(options: CommandOptions): Promise<void> {
  const config = loadAgentConfig(options);
  const identity = await joinedIdentity(config.stateDirectory);
  await onlyAgent();
  const log = pino(
    { name: "seawall-agent", level: options.environment["SEAWALL_LOG_LEVEL"] ?? "info" },
    pino.destination(2),
  );
  const live = new LiveIdentity(identity, new IdentityStore(config.stateDirectory));
  const renewal = new CredentialRenewal(live, systemClock, log);
  const decode = createBundleDecoder();
  const source = new NatsDesiredSource({
    ...{ identity: live, decode },
    onUnauthorized: () => {
      renewal.renewNow();
    },
    clock: systemClock,
    log,
  });
  const management = createManagementEndpoints({
    identity: () => live.current,
    clock: systemClock,
    log,
  });
  const docker = createDocker({ socketPath: config.dockerSocket, clock: systemClock });
  const seesEveryProcess = isFirstPidNamespace();
  const ours = createOwnProcesses({ seesEveryProcess, now: () => performance.now() });
  const rulesWatch = createNftMonitor({
    ...{ spawn, ours, clock: systemClock },
    ...(seesEveryProcess && { proc: "/proc" }),
  });
  const path = options.environment["PATH"] ?? "";
  const flowLog = createFlowLog({ spawn, clock: systemClock, log, path });
  const observe = () => reconciler.observeNow();
  const [conntrack, routes] = [createConntrack({ exec, execLines }), createRoutes()];
  const cutRecords = createCutRecords(config.stateDirectory);
  const stream = new ControllerStream({
    identity: () => live.current,
    hello: { agentVersion: version, bootId, instanceId: randomUUID() },
    observe,
    watchFlows: createWatchFlows({ flowLog, observe, clock: systemClock }),
    ...createPreview({
      openPreview: (envelope) =>
        acceptPreview(envelope, { host: live.current.host, trusted: trustedKeys(live.current) }),
      readHost: () => reconciler.readHost(),
      ...{ conntrack, routes, cutRecords, newId: randomUUID },
    }),
    clock: systemClock,
    log,
  });
  const begin = createBegin(ours);
  const reconciler: Reconciler = createReconciler(
    {
      source,
      lastGood: createLastGood(config.stateDirectory),
      cutRecords,
      snapshots: createHostSnapshots(config.stateDirectory),
      rulesRecords: createRulesRecords(config.stateDirectory),
      openBundle: (envelope) =>
        acceptBundle(envelope, {
          ...{ host: live.current.host, trusted: trustedKeys(live.current), decode },
        }),
      openings: createOpenings(config.stateDirectory),
      reach: createReach({
        identity: () => live.current,
        isLive: () => source.isConnected && stream.isConnected,
      }),
      management,
      docker,
      firewall: createFirewall({
        exec: execBy(begin),
        restore: createStandby(begin, options.signal),
      }),
      rulesWatch,
      flowLog,
      conntrack,
      routes,
      reporter: stream,
      clock: systemClock,
      log,
    },
    { agentVersion: version, kernel: release(), confirmTimeoutMs: config.confirmTimeoutMs },
  );
  log.info({ host: identity.host, version }, "agent is starting");
  const { signal } = options;
  // So that the first rules have what must not be cut; a resolver that is slow does not hold them up.
  await untilAborted(AbortSignal.any([signal, AbortSignal.timeout(2_000)]), management.refresh());
  await untilOneFails(
    [
      reconciler.run(signal),
      docker.watch(signal),
      management.run(signal),
      rulesWatch.run(signal),
      source.run(signal),
      stream.run(signal),
      renewal.run(signal),
    ],
    log,
  );
  log.info("agent stopped; its rules stay in force");
}

/**
 * Puts the last good rules into the kernel before Docker runs. Says what it did.
 * @throws AgentCommandFailed
 */
export async function restore(options: CommandOptions): Promise<string> {
  const { stateDirectory } = loadAgentConfig(options);
  const stored = await new IdentityStore(stateDirectory).read();
  if (stored.kind === "none") return "This host is in no fleet: nothing to restore";
  if ((await lockNetworkNamespace()).kind === "taken") return "An agent runs here: its rules stay";
  const outcome = await restoreRules({
    firewall: createFirewall({ exec }),
    lastGood: createLastGood(stateDirectory),
    snapshots: createHostSnapshots(stateDirectory),
    rulesRecords: createRulesRecords(stateDirectory),
    openBundle: (envelope) => openWith(stored, envelope),
    openings: createOpenings(stateDirectory),
    clock: systemClock,
  });
  switch (outcome.kind) {
    case "nothing":
      return "There are no policies for this host: nothing to restore";
    case "open":
      return "This host is open (seawall agent close): nothing to restore";
    case "inForce":
      return "The rules of this boot are in force: they stay";
    case "ledTo":
      return `The rules of this boot were there and nothing led to them; they are in force again: ${outcome.what}`;
    case "restored":
      return `The rules of generation ${outcome.generation} are in force; what needs Docker is held until the agent runs`;
    case "held":
      return `Nothing passes from, to or between Docker's networks until the agent runs: ${outcome.reason}`;
    case "failed":
      throw new AgentCommandFailed("Failed", outcome.failure.message);
  }
}

/** Without the identity nothing can be verified, and what is not verified is not used. */
function openWith(
  stored: Exclude<StoredIdentity, { readonly kind: "none" }>,
  envelope: Uint8Array,
): BundleVerdict {
  if (stored.kind === "unreadable") {
    const refusal = { reason: "IdentityUnreadable", message: stored.message, unsupported: false };
    return { kind: "refused", refusal };
  }
  const { identity } = stored;
  return acceptBundle(envelope, { host: identity.host, trusted: trustedKeys(identity) });
}

/** Removes our rules and marks, then what the agent kept on disk; its identity too. @throws AgentCommandFailed */
export async function uninstall(options: CommandOptions): Promise<void> {
  const { stateDirectory } = loadAgentConfig(options);
  await onlyAgent();
  const lastGood = createLastGood(stateDirectory);
  const firewall = createFirewall({ exec });
  const outcome = await uninstallRules(firewall, lastGood);
  if (outcome.kind === "failed") throw new AgentCommandFailed("Failed", outcome.failure.message);
  // Connections that keep our bit are open all the same: nothing asks for it any more.
  const conntrack = createConntrack({ exec, execLines });
  await releaseConnections(conntrack, systemClock);
  try {
    await forgetState(stateDirectory, lastGood);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new AgentCommandFailed(
      "Failed",
      `the rules are removed, but not what the agent kept in ${stateDirectory}, its keys among it: ${said}`,
    );
  }
}

async function onlyAgent(): Promise<void> {
  const lock = await lockNetworkNamespace();
  if (lock.kind === "taken") {
    throw new AgentCommandFailed(
      "AlreadyRunning",
      "an agent is running in this network namespace. Stop it first (systemctl stop seawall-agent)",
    );
  }
}

// None of them ends by itself: one that does is a bug, and an agent that half works is worse than one that starts again.
async function untilOneFails(loops: readonly Promise<void>[], log: Logger): Promise<void> {
  try {
    await Promise.all(loops);
  } catch (error) {
    log.fatal({ err: error }, "agent failed");
    throw error;
  }
}
