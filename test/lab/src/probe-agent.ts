/**
 * Runs inside the network namespace of a node or container and sends packets when told to. Starting
 * a process for each probe would cost more than the probe. Ends with its stdin.
 */
import { createSocket } from "node:dgram";
import { createConnection, isIPv6 } from "node:net";
import { createInterface } from "node:readline";
import type { Answer, Question } from "./answering-program.ts";
import type { ProbeRequest, Verdict } from "./probe-protocol.ts";

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const request = JSON.parse(line) as Question<ProbeRequest>;
  const probe = request.protocol === "tcp" ? probeTcp : probeUdp;
  void probe(request).then((verdict) => {
    const answer: Answer<Verdict> = { id: request.id, answer: verdict };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
});
lines.once("close", () => {
  process.exit(0);
});

/** The kernel connects at once; who then has to speak may have to wait for a processor. */
const BANNER_MS = 10_000;

/** Where it was this process that had to wait, what has come meanwhile is read first. */
function afterSilence(ms: number, then: () => void): { readonly end: () => void } {
  let ended = false;
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!ended) then();
    });
  }, ms);
  return {
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}

function probeTcp(request: ProbeRequest): Promise<Verdict> {
  const { address: host, port, source, timeoutMs } = request;
  const started = performance.now();
  const evidence = (what: string): string => describe(request, what, started);
  return new Promise((resolve) => {
    const localAddress = source === undefined ? {} : { localAddress: source };
    const socket = createConnection({ host, port, ...localAddress });
    let connected = false;
    let banner = "";
    const done = (verdict: Verdict): void => {
      timer.end();
      socket.destroy();
      resolve(verdict);
    };
    let timer = afterSilence(timeoutMs, () => {
      done({ kind: "timeout", evidence: evidence("no answer") });
    });
    socket.once("connect", () => {
      connected = true;
      timer.end();
      timer = afterSilence(Math.max(timeoutMs, BANNER_MS), () => {
        done({ kind: "accepted", evidence: evidence("connected, then silence") });
      });
    });
    socket.on("data", (chunk: Buffer) => {
      banner += chunk.toString();
      if (!banner.includes("\n")) return;
      done({ kind: "open", banner: banner.trim(), evidence: evidence(banner.trim()) });
    });
    socket.once("end", () => {
      done({ kind: "accepted", evidence: evidence("connected, then closed without a word") });
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (connected)
        done({ kind: "accepted", evidence: evidence(`connected, then ${code(error)}`) });
      else done(fromError(error, evidence));
    });
  });
}

function probeUdp(request: Question<ProbeRequest>): Promise<Verdict> {
  const { address, port, source, timeoutMs } = request;
  const started = performance.now();
  const evidence = (what: string): string => describe(request, what, started);
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    let ended = false;
    const done = (verdict: Verdict): void => {
      if (ended) return;
      ended = true;
      timer.end();
      socket.close();
      resolve(verdict);
    };
    const timer = afterSilence(timeoutMs, () => {
      done({ kind: "timeout", evidence: evidence("no answer") });
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      done(fromError(error, evidence));
    };
    socket.on("error", failed);
    socket.once("message", (message) => {
      const banner = message.toString().trim();
      done({ kind: "open", banner, evidence: evidence(banner) });
    });
    socket.bind({ port: 0, ...(source === undefined ? {} : { address: source }) }, () => {
      // Only a connected socket is told of ICMP errors.
      socket.connect(port, address, (error?: Error) => {
        if (error !== undefined) failed(error);
        else socket.send(`probe ${String(request.id)}`);
      });
    });
  });
}

function fromError(error: NodeJS.ErrnoException, evidence: (what: string) => string): Verdict {
  const name = code(error);
  if (name === "ECONNREFUSED" || name === "ECONNRESET") {
    return { kind: "refused", evidence: evidence(name) };
  }
  if (name === "ETIMEDOUT") return { kind: "timeout", evidence: evidence(name) };
  return { kind: "unreachable", evidence: evidence(name) };
}

function code(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function describe(request: ProbeRequest, what: string, started: number): string {
  const { protocol, address, port, source } = request;
  const from = source === undefined ? "" : ` from ${source}`;
  const took = String(Math.round(performance.now() - started));
  const target = isIPv6(address) ? `[${address}]` : address;
  return `${protocol} ${target}:${String(port)}${from}: ${what} (${took} ms)`;
}
