import { existsSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";

import { startAnswering } from "./answering-program.ts";
import type { LabNode, ProbeOrigin } from "./lab-node.ts";
import { inNetworkNamespace } from "./namespaces.ts";
import type { ProbeRequest, Verdict } from "./probe-protocol.ts";
import { buildDir } from "./repository.ts";

export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
}

export interface ProbeOptions {
  /** One of the origin's own addresses. */
  readonly source?: string;
  /** How long silence has to last to count as such, where nobody took the connection. Default 1 s. */
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
  ask(request: ProbeRequest): Promise<Verdict>;
}

/** One agent per network namespace; a container that restarts has a new one. */
const agents = new Map<string, Agent>();

/**
 * An idle agent ends, so that no namespace lives much longer than its owner because of it. Not at once: a start of node
 * costs more than many probes.
 */
const idleMs = 15_000;

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
    const started = startAgent(path, () => {
      if (agents.get(key) === started) agents.delete(key);
    });
    agents.set(key, started);
    agent = started;
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
  const file = join(buildDir, "probe-agent.js");
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm run build first`);
  const argv = inNetworkNamespace(namespace, [process.execPath, file]);
  let idle: NodeJS.Timeout | undefined;
  const program = startAnswering<ProbeRequest, Verdict>(argv, {}, () => {
    clearTimeout(idle);
    onEnd();
  });
  return {
    ask: async (request) => {
      clearTimeout(idle);
      const verdict = await program.ask(request);
      clearTimeout(idle);
      if (program.waiting > 0) return verdict;
      idle = setTimeout(() => {
        onEnd();
        program.close();
      }, idleMs);
      idle.unref();
      return verdict;
    },
  };
}
