import { setTimeout as delay } from "node:timers/promises";
import { type DockerHost, eventually, type LabNode } from "@seawall/lab";
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
import { type Fault, type Flush, type StoppedProcess, takesDockersRules } from "./fault.ts";
import { now, type Span } from "./span.ts";
import type { Write } from "./write.ts";

/** What came of a fault. */
export interface Done {
  /** Packets may have passed on its host meanwhile: nothing of ours was left to stop them. */
  readonly open?: Span;
  readonly write?: Write;
}

const patience = { timeoutMs: 120_000, intervalMs: 100 } as const;

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
    case "re-create a network":
      await createAnew(siteOf(chaos, fault.host), fault.network);
      return {};
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

/** With its containers. */
export async function startDocker(host: DockerHost): Promise<void> {
  await host.startDocker();
  for (const name of ["web", "app"]) {
    const isUp = async (): Promise<boolean> =>
      (await host.docker("inspect", "--format", "{{.State.Running}}", name)).trim() === "true";
    await eventually(isUp, { ...patience, what: `${name} of ${host.name} to run again` });
  }
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

const programs = ["iptables", "ip6tables"] as const;

/** Waits until the agent has put back what is ours, and has Docker put back what is Docker's. */
async function flush({ host }: ChaosSite, what: Flush): Promise<Done> {
  const fromMs = now();
  await takeAway(host, what);
  await repaired(host);
  const open = { fromMs, toMs: now() };
  if (!takesDockersRules(what)) return {};
  await host.stopDocker();
  await startDocker(host);
  return what === "every table" ? { open } : {};
}

async function takeAway(host: DockerHost, what: Flush): Promise<void> {
  const inBoth = async (...words: readonly string[]): Promise<void> => {
    // What is not there cannot be taken away: somebody else has been faster.
    for (const program of programs) await host.exec([program, "-w", ...words]);
  };
  switch (what) {
    case "DOCKER-USER":
      return inBoth("-F", "DOCKER-USER");
    case "the jump to DOCKER-USER":
      return inBoth("-D", "FORWARD", "-j", "DOCKER-USER");
    case "our chain in filter":
      return inBoth("-F", "SEAWALL");
    case "the guard":
      return inBoth("-t", "security", "-F", "FORWARD");
    case "INPUT":
      return inBoth("-F", "INPUT");
    case "our sets":
      await host.exec(["ipset", "flush"]);
      return;
    case "the filter tables":
      return inBoth("-F");
    case "every table":
      await host.run(["nft", "flush", "ruleset"]);
      return;
  }
}

/** Where a packet is led to our chains, and that they are not empty. */
const leads = [
  ["filter", "FORWARD", "-j DOCKER-USER"],
  ["filter", "DOCKER-USER", "-j SEAWALL"],
  ["filter", "SEAWALL", "-j"],
  ["security", "FORWARD", "-j SEAWALL"],
  ["filter", "INPUT", "-j SEAWALL-INPUT"],
  ["security", "INPUT", "-j SEAWALL-INPUT"],
] as const;

async function repaired(host: DockerHost): Promise<void> {
  for (const program of programs) {
    for (const [table, chain, first] of leads) {
      const rule = async (): Promise<string> =>
        (await host.exec([program, "-t", table, "-S", chain, "1"])).stdout;
      await eventually(async () => (await rule()).includes(first), {
        ...patience,
        what: `${chain} of table ${table} (${program}) of ${host.name} to begin with ${first}`,
      });
    }
  }
}
