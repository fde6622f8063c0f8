import { eventually } from "@seawall/lab";
import type { DockerNetwork } from "@seawall/policy";
import type { Status } from "../core/status.ts";
import { createCutRecords } from "../edge/cut-records.ts";
import { createHostSnapshots } from "../edge/host-snapshot-file.ts";
import { createLastGood } from "../edge/last-good.ts";
import type { NftMonitor } from "../edge/nft-monitor.ts";
import { createOpenings } from "../edge/openings.ts";
import { createRulesRecords } from "../edge/rules-records.ts";
import type { Clock, Firewall, ManagementEndpoints, Reach } from "../ports.ts";
import { createReconciler, type ReconcilerPorts } from "../reconciler.ts";
import {
  type FakeDocker,
  type FakeSource,
  fakeDocker,
  fakeReach,
  fakeSource,
  network,
  openFake,
  type Recorder,
  recorder,
  silentWatch,
  testClock,
} from "./fakes.ts";
import { settled } from "./settled.ts";

export const shop = network("shop", "0a1b2c3d4e5f");

export interface KernelAgentOptions {
  readonly firewall: Firewall;
  /** Of the same kernel. */
  readonly connections: Pick<ReconcilerPorts, "conntrack" | "routes">;
  /** Its state directory. */
  readonly folder: string;
  /** Absent: nobody tells it of others' changes. */
  readonly monitor?: NftMonitor;
  readonly networks?: readonly DockerNetwork[];
  readonly clock?: Clock;
  readonly reach?: Reach;
  /** Absent: neither NATS nor the controller is at this host. */
  readonly management?: ManagementEndpoints;
  readonly confirmTimeoutMs?: number;
}

/** An agent on a real kernel; Docker and the controller are what the test says. */
export interface KernelAgent {
  readonly docker: FakeDocker;
  readonly source: FakeSource;
  readonly reports: Recorder;
  /** What it says once nothing is on its way any more. */
  readonly look: () => Promise<Status>;
  /** What it says now. */
  readonly observeNow: () => Promise<Status>;
  /** What it says once that is so. It comes to that by itself: to ask is to have it read the kernel. */
  readonly becomes: (isSo: (status: Status) => boolean, what: string) => Promise<Status>;
  readonly stop: () => Promise<void>;
}

const elsewhere: ManagementEndpoints = { here: () => [], onChange: () => undefined };

export function startKernelAgent(options: KernelAgentOptions): KernelAgent {
  const { firewall, folder, monitor, networks = [shop], clock = testClock } = options;
  const { reach = fakeReach(), confirmTimeoutMs = 60_000, management = elsewhere } = options;
  const docker = fakeDocker(networks);
  const source = fakeSource();
  const reports = recorder();
  const reconciler = createReconciler(
    {
      ...{ source, docker, firewall, clock, reach, management },
      ...options.connections,
      rulesWatch: monitor ?? silentWatch,
      flowLog: { obstacle: () => Promise.resolve(undefined) },
      reporter: reports,
      lastGood: createLastGood(folder),
      cutRecords: createCutRecords(folder),
      snapshots: createHostSnapshots(folder),
      rulesRecords: createRulesRecords(folder),
      openBundle: openFake,
      openings: createOpenings(folder),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    { agentVersion: "0.0.0-test", kernel: "test", confirmTimeoutMs },
  );
  const stop = new AbortController();
  const running = Promise.all([reconciler.run(stop.signal), monitor?.run(stop.signal)]);
  return {
    docker,
    source,
    reports,
    look: () => settled(reconciler),
    observeNow: () => reconciler.observeNow(),
    becomes: async (isSo, what) => {
      let status = await reconciler.observeNow();
      while (!isSo(status)) {
        const said = reports.all().length;
        await eventually(() => reports.all().slice(said).some(isSo), { what, timeoutMs: 60_000 });
        // What it says in the middle of a pass is not in the kernel yet.
        status = await reconciler.observeNow();
      }
      return status;
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

export async function withAgent(
  agent: KernelAgent,
  story: (agent: KernelAgent) => Promise<void>,
): Promise<void> {
  try {
    await story(agent);
  } finally {
    await agent.stop();
  }
}
