import { writeFile } from "node:fs/promises";
import type { Engine } from "./engine.ts";
import { CommandError, type ExecResult } from "./execute.ts";
import type { Lab } from "./lab.ts";
import type { IptablesVariant } from "./lab-folder.ts";
import type { LabNode } from "./lab-node.ts";
import type { HostOptions, NodeOptions } from "./lab-options.ts";
import type { LabProcess } from "./lab-process.ts";
import type { Progress } from "./private-apt.ts";
import { Seat } from "./seat.ts";
import { startLab } from "./start-lab.ts";

/** A Docker host with an agent; it joins with these labels. */
export interface FleetHostOptions extends HostOptions {
  readonly labels: Readonly<Record<string, string>>;
}

export interface FleetOptions {
  readonly engine?: Engine;
  readonly iptables?: IptablesVariant;
  readonly hosts: readonly FleetHostOptions[];
  /** Machines outside the fleet. */
  readonly clients?: readonly NodeOptions[];
  readonly progress?: Progress;
}

/** A lab with Seawall installed: a controller with its nats-server, and an agent on every Docker host. */
export interface Fleet {
  readonly lab: Lab;
  readonly controller: LabNode;
  /** Runs a command line where the controller's admin sits (see Seat). Never throws because of the exit status. */
  seawall(args: readonly string[], input?: string): Promise<ExecResult>;
  /** As `seawall`, for what has to succeed: returns stdout, throws with the evidence. */
  mustSeawall(args: readonly string[], input?: string): Promise<string>;
  startController(): Promise<void>;
  stopController(signal?: NodeJS.Signals): Promise<void>;
  /** Joins with a fresh token that carries these labels. */
  join(host: string, labels: Readonly<Record<string, string>>): Promise<void>;
  startAgent(host: string): Promise<LabProcess>;
  stopAgent(host: string, signal?: NodeJS.Signals): Promise<void>;
  agent(host: string): LabProcess;
  stop(): Promise<void>;
}

const controllerName = "controller";

/** Starts everything; resolves when every host has reported. On failure nothing is left. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const progress = options.progress ?? (() => undefined);
  const lab = await startLab({
    hosts: options.hosts,
    nodes: [{ name: controllerName }, ...(options.clients ?? [])],
    progress,
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    ...(options.iptables === undefined ? {} : { iptables: options.iptables }),
  });
  const fleet = fleetOn(lab);
  try {
    progress("starting the controller and its nats-server");
    const { controller } = fleet;
    await controller.run([
      "seawall",
      "controller",
      "init",
      "--advertise",
      controllerName,
      "--advertise",
      controller.ipv4,
      "--advertise",
      controller.ipv6,
    ]);
    await fleet.startController();
    progress(`joining ${String(options.hosts.length)} hosts`);
    await Promise.all(
      options.hosts.map(async ({ name, labels }) => {
        await fleet.join(name, labels);
        await fleet.startAgent(name);
      }),
    );
    await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    return fleet;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function fleetOn(lab: Lab): Fleet {
  const controller = lab.node(controllerName);
  const agents = new Map<string, LabProcess>();
  let controllerProcess: LabProcess | undefined;
  const seat = new Seat(controller);
  const seawall = (args: readonly string[], input = "") => seat.run(args, input);
  const mustSeawall = async (args: readonly string[], input = "") => {
    const result = await seawall(args, input);
    if (result.code !== 0) throw new CommandError(["seawall", ...args], result);
    return result.stdout;
  };
  const agent = (host: string): LabProcess => {
    const process = agents.get(host);
    if (process === undefined) throw new Error(`no agent was started on ${host}`);
    return process;
  };
  return {
    lab,
    controller,
    seawall,
    mustSeawall,
    agent,
    startController: async () => {
      const running = await controller.spawn(["seawall", "controller", "run"]);
      controllerProcess = running;
      await running.waitForOutput(/controller is ready/, 60_000);
    },
    stopController: async (signal = "SIGTERM") => {
      controllerProcess?.kill(signal);
      await controllerProcess?.exited;
    },
    join: async (host, labels) => {
      const token = await mustSeawall([
        "token",
        "create",
        "--ttl=10m",
        `--host=${host}`,
        ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ]);
      const node = lab.host(host);
      await writeFile(node.path("/run/seawall-token"), token, { mode: 0o600 });
      await node.run([
        "seawall",
        "agent",
        "join",
        "--controller",
        `${controllerName}:7444`,
        "--token-file",
        "/run/seawall-token",
        "--name",
        host,
      ]);
    },
    startAgent: async (host) => {
      const running = await lab.host(host).spawn(["seawall", "agent", "run"]);
      agents.set(host, running);
      return running;
    },
    stopAgent: async (host, signal = "SIGTERM") => {
      agent(host).kill(signal);
      await agent(host).exited;
    },
    stop: () => lab.stop(),
  };
}
