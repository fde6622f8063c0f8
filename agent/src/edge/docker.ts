import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DockerNetwork } from "@seawall/policy";
import Dockerode from "dockerode";
import { z } from "zod";
import type { Failure } from "../core/failure.ts";
import { isPlainInterfaceName } from "../core/interface-name.ts";
import type { Clock, Docker, FailedCall } from "../ports.ts";
import { watchDockerEvents } from "./docker-events.ts";

export interface DockerOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  /** Where this network namespace shows its links; another folder in tests. */
  readonly sysClassNet?: string;
}

/** Docker, plus the loop that keeps the stream of its events open until the signal aborts. */
export interface WatchedDocker extends Docker {
  watch(signal: AbortSignal): Promise<void>;
}

const answerWithinMs = 15_000;

export function createDocker(options: DockerOptions): WatchedDocker {
  const { socketPath, clock, sysClassNet = "/sys/class/net" } = options;
  // No version in the path: only the newest API says which firewall backend it uses.
  const client = new Dockerode({ socketPath, timeout: answerWithinMs });
  // Silence is no fault of a stream of events.
  const events = new Dockerode({ socketPath });
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

  return {
    async networks() {
      const result = await ask(() => client.listNetworks(), z.array(networkAnswer));
      return result.kind === "failed"
        ? result
        : { kind: "networks", ...readNetworks(result.answer, sysClassNet) };
    },
    async engine() {
      const result = await ask(() => client.info(), infoAnswer);
      if (result.kind === "failed") return result;
      const { ServerVersion, FirewallBackend } = result.answer;
      return {
        kind: "engine",
        engine: { version: ServerVersion, firewallBackend: FirewallBackend?.Driver ?? "" },
      };
    },
    onChange(listener) {
      listeners.push(listener);
    },
    watch: (signal) =>
      watchDockerEvents(events, clock, signal, () => {
        for (const listener of listeners) listener();
      }),
  };
}

// Docker sends null for what is empty.
const networkAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Scope: z.string(),
  Internal: z.boolean().default(false),
  Labels: z.record(z.string(), z.string()).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  IPAM: z
    .object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() })
    .nullish(),
});

const infoAnswer = z.object({
  ServerVersion: z.string(),
  FirewallBackend: z.object({ Driver: z.string() }).nullish(),
});

function readNetworks(answers: readonly z.infer<typeof networkAnswer>[], sysClassNet: string) {
  const unusable = new Map<string, string>();
  const networks = answers
    .map((answer): DockerNetwork => {
      const named = bridgeName(answer);
      const plain = named !== undefined && isPlainInterfaceName(named);
      if (named !== undefined && !plain) {
        unusable.set(
          answer.Name,
          `its bridge is named ${JSON.stringify(named)}, and iptables cannot name that interface safely`,
        );
      }
      const bridge = plain && existsSync(join(sysClassNet, named, "bridge")) ? named : undefined;
      return {
        id: answer.Id,
        name: answer.Name,
        driver: answer.Driver,
        ...(bridge === undefined ? {} : { bridge }),
        subnets: (answer.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
        labels: answer.Labels ?? {},
        internal: answer.Internal,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  return { networks, unusable };
}

/** What Docker calls the bridge of a network; no field of the API says it outright. */
function bridgeName({ Id, Driver, Scope, Options }: z.infer<typeof networkAnswer>) {
  if (Driver !== "bridge" || Scope !== "local") return undefined;
  return Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, 12)}`;
}

function unavailable(socketPath: string, error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    class: "wait",
    reason: "DockerUnavailable",
    message: `Docker does not answer on ${socketPath} (${said}); the rules stay, but networks that changed since are not known`,
  };
}

function notUnderstood(error: z.ZodError): Failure {
  return {
    class: "terminal",
    reason: "DockerAnswerNotUnderstood",
    message: `Docker's answer is not as expected: ${z.prettifyError(error)}`,
  };
}
