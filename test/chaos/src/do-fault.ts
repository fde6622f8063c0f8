import { setTimeout as delay } from "node:timers/promises";
import type { LabNode } from "@seawall/lab";
import { changePolicy } from "./change-policy.ts";
import {
  type ChaosFleet,
  type ChaosSite,
  controllerAnswers,
  createShop,
  createSide,
  siteOf,
  stateDisk,
} from "./chaos-fleet.ts";
import type { Fault, StoppedProcess } from "./fault.ts";
import { type Flushed, flush } from "./flush.ts";
import { repaired } from "./repaired.ts";
import { startDocker } from "./start-docker.ts";
import type { Write } from "./write.ts";

/** What came of a fault. */
export interface Done extends Flushed {
  readonly write?: Write;
}

/** Breaks something, leaves it broken for as long as the fault says, and puts it right. Resolves when that is done. */
export async function doFault(chaos: ChaosFleet, fault: Fault): Promise<Done> {
  const broken = (): Promise<unknown> => delay(fault.lastsMs);
  switch (fault.kind) {
    case "kill agent": {
      const { agent } = siteOf(chaos, fault.host);
      await agent.kill();
      await broken();
      agent.release();
      return {};
    }
    case "kill controller":
      await chaos.controller.kill();
      await broken();
      chaos.controller.release();
      await controllerAnswers(chaos);
      return {};
    case "kill nats-server":
      await signalNats(chaos, "SIGKILL");
      return {};
    case "kill dockerd": {
      const { host } = siteOf(chaos, fault.host);
      await host.stopDocker(fault.signal);
      await broken();
      await startDocker(host);
      await repaired(host);
      return {};
    }
    case "cut the network":
      await cutNetwork(chaos, siteOf(chaos, fault.host), broken);
      return {};
    case "fill the disk":
      await fillDisk(chaos.fleet.lab.node(fault.node), broken);
      return {};
    case "flush":
      return await flush(siteOf(chaos, fault.host), fault.what);
    case "re-create a network": {
      const site = siteOf(chaos, fault.host);
      await createAnew(site, fault.network);
      await repaired(site.host);
      return {};
    }
    case "stop a process":
      await stopProcess(chaos, fault.process, broken);
      return {};
    case "change a policy":
      return { write: await changePolicy(chaos.fleet, fault.change, fault.number) };
  }
}

/** The controller starts it again; it may be about to. */
async function signalNats({ fleet }: ChaosFleet, signal: NodeJS.Signals): Promise<void> {
  await fleet.controller.exec(["pkill", "--signal", signal, "-x", "nats-server"]);
}

/** Packets to the host go nowhere, and so nothing that it sends is answered. */
async function cutNetwork(
  { fleet: { controller } }: ChaosFleet,
  { host }: ChaosSite,
  broken: () => Promise<unknown>,
): Promise<void> {
  const routes = [`${host.ipv4}/32`, `${host.ipv6}/128`].map((to) => ["blackhole", to]);
  for (const route of routes) await controller.run(["ip", "route", "add", ...route]);
  try {
    await broken();
  } finally {
    for (const route of routes) await controller.run(["ip", "route", "del", ...route]);
  }
}

/** To the last byte. */
async function fillDisk(node: LabNode, broken: () => Promise<unknown>): Promise<void> {
  const ballast = `${stateDisk}/ballast`;
  try {
    await node.exec(["dd", "if=/dev/zero", `of=${ballast}`, "bs=4k"]);
    await broken();
  } finally {
    await node.run(["rm", "-f", ballast]);
  }
}

async function createAnew(
  { host, index }: ChaosSite,
  network: "shop" | "side" | "passing",
): Promise<void> {
  if (network === "passing") {
    for (let round = 1; round <= 3; round++) {
      await host.createNetwork("passing");
      await host.removeNetwork("passing");
    }
    return;
  }
  await host.removeContainer(network === "shop" ? "web" : "app");
  await host.removeNetwork(network);
  await (network === "shop" ? createShop : createSide)(host, index);
}

async function stopProcess(
  chaos: ChaosFleet,
  process: StoppedProcess,
  broken: () => Promise<unknown>,
): Promise<void> {
  const kill = killOf(chaos, process);
  await kill("SIGSTOP");
  await broken();
  await kill("SIGCONT");
}

type Signal = "SIGSTOP" | "SIGCONT";

function killOf(
  chaos: ChaosFleet,
  stopped: StoppedProcess,
): (signal: Signal) => void | Promise<void> {
  switch (stopped.program) {
    case "agent": {
      const agent = siteOf(chaos, stopped.host).agent.process();
      return (signal) => {
        agent.kill(signal);
      };
    }
    case "dockerd":
      return (signal) => {
        siteOf(chaos, stopped.host).host.signalDocker(signal);
      };
    case "controller": {
      const controller = chaos.controller.process();
      return (signal) => {
        controller.kill(signal);
      };
    }
    case "nats-server":
      return (signal) => signalNats(chaos, signal);
  }
}
