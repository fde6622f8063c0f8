import { release } from "node:os";
import { acceptBundle } from "./accept-bundle.ts";
import type { AgentConfig } from "./config.ts";
import { createConntrack } from "./edge/conntrack.ts";
import { createCutRecords } from "./edge/cut-records.ts";
import { createDocker } from "./edge/docker.ts";
import { exec } from "./edge/exec.ts";
import { execLines } from "./edge/exec-lines.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { type AgentIdentity, trustedKeys } from "./edge/identity-store.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { createReach } from "./edge/reach.ts";
import { createRoutes } from "./edge/routes.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { systemClock } from "./edge/system-clock.ts";
import type {
  DesiredSource,
  Firewall,
  FlowLog,
  Log,
  ManagementEndpoints,
  Reporter,
  RulesWatch,
} from "./ports.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import { version } from "./version.ts";

const nothingNew: DesiredSource = {
  latest: () => ({ kind: "none" }),
  onChange: () => undefined,
};
const nobodyAsks: Pick<FlowLog, "obstacle"> = { obstacle: () => Promise.resolve(undefined) };
/** It looks every few seconds. */
const nobodyListens: RulesWatch = {
  failure: undefined,
  isListening: false,
  heard: 0,
  commitsAfter: () => [],
  onChange: () => undefined,
};
const noReporter: Reporter = { report: () => undefined };
/** Whoever asks it to look is told what it found. */
export const noLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * What an agent does on this host, without a word to its controller: for commands that need it for a while,
 * where no agent runs. The lock of the network namespace is theirs.
 */
export function createLocalReconciler(
  config: AgentConfig,
  identity: AgentIdentity,
  firewall: Firewall,
  management: ManagementEndpoints,
): Reconciler {
  return createReconciler(
    {
      source: nothingNew,
      lastGood: createLastGood(config.stateDirectory),
      cutRecords: createCutRecords(config.stateDirectory),
      snapshots: createHostSnapshots(config.stateDirectory),
      rulesRecords: createRulesRecords(config.stateDirectory),
      openBundle: (envelope) =>
        acceptBundle(envelope, { host: identity.host, trusted: trustedKeys(identity) }),
      openings: createOpenings(config.stateDirectory),
      reach: createReach({ identity: () => identity, isLive: () => false }),
      management,
      docker: createDocker({ socketPath: config.dockerSocket, clock: systemClock }),
      firewall,
      rulesWatch: nobodyListens,
      flowLog: nobodyAsks,
      conntrack: createConntrack({ exec, execLines }),
      routes: createRoutes(),
      reporter: noReporter,
      clock: systemClock,
      log: noLog,
    },
    { agentVersion: version, kernel: release(), confirmTimeoutMs: config.confirmTimeoutMs },
  );
}
