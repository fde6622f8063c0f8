import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { LabNode, ProbeOrigin } from "./lab-node.ts";
import { inNetworkNamespace } from "./namespaces.ts";
import type { ProbeAnswer, ProbeRequest, Verdict } from "./probe-protocol.ts";
import { buildDir } from "./repository.ts";

export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
}

export interface ProbeOptions {
  /** One of the origin's own addresses. */
  readonly source?: string;
  /** How long silence has to last to count as such. Default 1 s. */
  readonly timeoutMs?: number;
}

/** Connects and waits for the listener's banner. */
export function probeTcp(
  from: ProbeOrigin,
  target: ProbeTarget,
  options: ProbeOptions = {},
): Promise<Verdict> {
  return probe(from, "tcp", target, options);
}

/** Sends a datagram and waits for the listener's answer. */
export function probeUdp(
  from: ProbeOrigin,
  target: ProbeTarget,
  options: ProbeOptions = {},
): Promise<Verdict> {
  return probe(from, "udp", target, options);
}

/** Sends one echo request. */
export async function probeIcmp(
  from: LabNode,
  target: Pick<ProbeTarget, "address">,
  options: ProbeOptions = {},
): Promise<Verdict> {
  const seconds = String((options.timeoutMs ?? 1000) / 1000);
  const family = isIPv6(target.address) ? "-6" : "-4";
  // Not -w: with a deadline it goes on sending until one is answered.
  const argv = ["ping", family, "-n", "-c", "1", "-W", seconds];
  if (options.source !== undefined) argv.push("-I", options.source);
  const result = await from.exec([...argv, target.address]);
  const evidence = `${result.stdout}\n${result.stderr}`.trim();
  if (result.code === 0) return { kind: "open", banner: "echo reply", evidence };
  if (/Port Unreachable|Port unreachable/.test(evidence)) return { kind: "refused", evidence };
  if (/nreachable|rohibited|Packet filtered/.test(evidence)) {
    return { kind: "unreachable", evidence };
  }
  return { kind: "timeout", evidence };
}

interface Agent {
  ask(request: Omit<ProbeRequest, "id">): Promise<Verdict>;
}

/** One agent per network namespace; a container that restarts has a new one. */
const agents = new Map<string, Agent>();

/** An idle agent ends, so that no namespace lives longer than its owner because of it. */
const idleMs = 2000;

async function probe(
  from: ProbeOrigin,
  protocol: "tcp" | "udp",
  target: ProbeTarget,
  options: ProbeOptions,
): Promise<Verdict> {
  const path = await from.networkNamespace();
  const key = await readlink(path);
  let agent = agents.get(key);
  if (agent === undefined) {
    agent = startAgent(path, () => agents.delete(key));
    agents.set(key, agent);
  }
  return agent.ask({
    protocol,
    address: target.address,
    port: target.port,
    timeoutMs: options.timeoutMs ?? 1000,
    ...(options.source === undefined ? {} : { source: options.source }),
  });
}

function startAgent(namespace: string, onEnd: () => void): Agent {
  const program = join(buildDir, "probe-agent.js");
  if (!existsSync(program)) throw new Error(`${program} is missing: run npm run build first`);
  const [file = "", ...argv] = inNetworkNamespace(namespace, [process.execPath, program]);
  const child = spawn(file, argv, { stdio: ["pipe", "pipe", "inherit"], env: {} });
  const waiting = new Map<number, PromiseWithResolvers>();
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;
  const end = (reason: Error): void => {
    clearTimeout(idle);
    onEnd();
    for (const entry of waiting.values()) entry.reject(reason);
    waiting.clear();
  };
  child.once("error", end);
  child.once("exit", (code) => {
    end(new Error(`the probe agent in ${namespace} ended with ${String(code)}`));
  });
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line) as ProbeAnswer;
    waiting.get(answer.id)?.resolve(answer.verdict);
    waiting.delete(answer.id);
    if (waiting.size > 0) return;
    idle = setTimeout(() => {
      onEnd();
      child.stdin.end();
    }, idleMs);
    idle.unref();
  });
  return {
    ask: (request) => {
      clearTimeout(idle);
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ ...request, id } satisfies ProbeRequest)}\n`);
      });
    },
  };
}

interface PromiseWithResolvers {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
}
