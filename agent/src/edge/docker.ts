import type { AwaitedPorts } from "@seawall/policy";
import { z } from "zod";
import type { Failure } from "../core/failure.ts";
import type { Clock, Docker, FailedCall } from "../ports.ts";
import { awaitedContainers, isRunning, readAwaitedPorts } from "./awaited-ports.ts";
import { createContainerCreations } from "./container-creations.ts";
import {
  type ContainerAnswer,
  containerAnswer,
  infoAnswer,
  type NetworkAnswer,
  networkAnswer,
  readContainers,
  readNetworks,
} from "./docker-answers.ts";
import { watchDockerEvents } from "./docker-events.ts";
import { readDockerProcesses } from "./docker-processes.ts";
import { dockerSocket } from "./docker-socket.ts";
import {
  type HostKernelPaths,
  hostKernelPaths,
  isBridge,
  readAddresses,
  readBridgeNf,
  readInterfaces,
} from "./host-kernel.ts";
import { readListeningSockets } from "./listening-sockets.ts";

export interface DockerOptions extends Partial<HostKernelPaths> {
  readonly socketPath: string;
  readonly clock: Clock;
  /** Where the processes of Docker's host are shown; another folder in tests. */
  readonly proc?: string;
}

/** Docker, plus the loop that keeps the stream of its events open until the signal aborts. */
export interface WatchedDocker extends Docker {
  watch(signal: AbortSignal): Promise<void>;
}

const answerWithinMs = 15_000;

export function createDocker(options: DockerOptions): WatchedDocker {
  const { socketPath, clock, proc = "/proc" } = options;
  const paths = { ...hostKernelPaths, ...options };
  // No version in the path: only the newest API says which firewall backend it uses.
  const client = dockerSocket(socketPath, answerWithinMs);
  // Silence is no fault of a stream of events.
  const events = dockerSocket(socketPath);
  const listeners: (() => void)[] = [];

  const ask = async <T>(
    question: () => Promise<unknown>,
    schema: z.ZodType<T>,
  ): Promise<{ readonly kind: "answer"; readonly answer: T } | FailedCall> => {
    let answer: unknown;
    try {
      answer = await question();
    } catch (error) {
      return { kind: "failed", failure: unavailable(socketPath, error) };
    }
    const parsed = schema.safeParse(answer);
    return parsed.success
      ? { kind: "answer", answer: parsed.data }
      : { kind: "failed", failure: notUnderstood(parsed.error) };
  };

  const wake = (): void => {
    for (const listener of listeners) listener();
  };
  const creations = createContainerCreations(
    (id) => client.getContainer(id).inspect(),
    clock,
    wake,
  );
  const awaitedPorts = async (
    containers: readonly ContainerAnswer[],
    networks: readonly NetworkAnswer[],
  ): Promise<readonly AwaitedPorts[]> => {
    creations.forgetAllBut(containers.map(({ Id }) => Id));
    const awaited = awaitedContainers(containers);
    const fixed = await creations.fixedPorts(awaited.map(({ Id }) => Id));
    return readAwaitedPorts(awaited, fixed, networks);
  };

  return {
    async view() {
      const [networks, containers] = await Promise.all([
        ask(() => client.listNetworks(), z.array(networkAnswer)),
        ask(() => client.listContainers({ all: true }), z.array(containerAnswer)),
      ]);
      if (networks.kind === "failed") return networks;
      if (containers.kind === "failed") return containers;
      return {
        kind: "view",
        ...readNetworks(networks.answer, (name) => isBridge(paths, name)),
        containers: readContainers(containers.answer.filter(({ State }) => isRunning(State))),
        awaitedPorts: await awaitedPorts(containers.answer, networks.answer),
        interfaces: await readInterfaces(paths),
        addresses: await readAddresses(paths),
        listening: await readListeningSockets(paths),
        bridgeNf: await readBridgeNf(paths),
      };
    },
    async engine() {
      const result = await ask(() => client.info(), infoAnswer);
      if (result.kind === "failed") return result;
      const { ServerVersion, FirewallBackend, Swarm } = result.answer;
      const processes = await readDockerProcesses(proc);
      return {
        kind: "engine",
        engine: {
          version: ServerVersion,
          firewallBackend: FirewallBackend?.Driver ?? "",
          swarm: Swarm?.LocalNodeState === "active",
          ...processes,
        },
      };
    },
    onChange(listener) {
      listeners.push(listener);
    },
    watch: (signal) => watchDockerEvents(events, clock, signal, wake, creations.foresee),
  };
}

function unavailable(socketPath: string, error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    class: "wait",
    reason: "DockerUnavailable",
    message: `Docker does not answer on ${socketPath} (${said}); the rules stay, but networks and containers that changed since are not known`,
  };
}

function notUnderstood(error: z.ZodError): Failure {
  return {
    class: "terminal",
    reason: "DockerAnswerNotUnderstood",
    message: `Docker's answer is not as expected: ${z.prettifyError(error)}`,
  };
}
