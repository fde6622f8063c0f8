import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { arrivalsOf, type DatagramCounter } from "./datagram-counter.ts";
import { exited } from "./execute.ts";
import type { ProbeOrigin } from "./lab-node.ts";
import { inNetworkNamespace } from "./namespaces.ts";
import { scriptsDir } from "./repository.ts";
import { resultOf, type Sending, type StreamResult } from "./stream-result.ts";

export type StreamTarget =
  | {
      readonly protocol: "udp";
      readonly address: string;
      readonly port: number;
      /** Who is to see what gets through. A container that counts does so across its restarts. */
      readonly counter: DatagramCounter;
    }
  /** A listener of the lab; only what it answered with its banner got through. */
  | { readonly protocol: "tcp"; readonly address: string; readonly port: number };

export interface StreamOptions {
  /** Datagrams (default 5000) or connects (default 200) in a second. */
  readonly rate?: number;
  /** One of the origin's own addresses. */
  readonly source?: string;
  /** What it is called in results. Default: protocol, target, origin. */
  readonly name?: string;
}

/** Packets that are being sent, steadily, until it is stopped. */
export interface Stream {
  readonly name: string;
  /** How many have got through so far. */
  through(): Promise<number>;
  /** Rejects, with the evidence, when the sender had ended before. */
  stop(): Promise<StreamResult>;
}

const rates = { udp: 5000, tcp: 200 } as const;

/**
 * Sends from the network namespace that `from` has now, by the clock: what could not be sent in time
 * follows at once. Resolves when it is sending.
 *
 * Each packet is judged as the first of a connection: datagrams are never answered, so no connection
 * of theirs is ever ESTABLISHED, and they come from 40,000 ports in turn; each connect has a port of
 * its own, and is given up before the kernel would send its SYN again.
 */
export async function startStream(
  from: ProbeOrigin,
  target: StreamTarget,
  options: StreamOptions = {},
): Promise<Stream> {
  const token = randomBytes(4).readUInt32BE();
  const sender = startSender(await from.networkNamespace(), [
    target.protocol,
    target.address,
    String(target.port),
    String(options.rate ?? rates[target.protocol]),
    options.source ?? "-",
    String(token),
  ]);
  await sender.ready;
  const name = options.name ?? nameOf(from, target);
  const arrived = (): Promise<readonly number[]> =>
    target.protocol === "tcp"
      ? Promise.resolve(sender.answered)
      : arrivalsOf(target.counter, token);
  return {
    name,
    through: async () => (await arrived()).length,
    stop: async () => {
      const sending = await sender.end();
      return resultOf(name, sending, await settled(arrived));
    },
  };
}

function nameOf(from: ProbeOrigin, { protocol, address, port }: StreamTarget): string {
  const place = isIPv6(address) ? `[${address}]` : address;
  return `${protocol} ${from.name} → ${place}:${String(port)}`;
}

/** Packets may still be on their way, and the counter may be behind. */
async function settled(arrived: () => Promise<readonly number[]>): Promise<readonly number[]> {
  let before = await arrived();
  for (;;) {
    await delay(30);
    const now = await arrived();
    if (now.length === before.length) return now;
    before = now;
  }
}

interface Sender {
  readonly ready: Promise<void>;
  /** When those connects began that were answered. */
  readonly answered: readonly number[];
  end(): Promise<Sending>;
}

function startSender(namespace: string, argv: readonly string[]): Sender {
  // It sleeps most of the time, and must not oversleep because the machine is busy.
  const nice = ["/usr/bin/nice", "--adjustment=-19"];
  const perl = [...nice, "/usr/bin/setpriv", "--pdeathsig", "KILL", "--", "/usr/bin/perl"];
  const program = [...perl, join(scriptsDir, "lab-stream.pl"), ...argv];
  const [file = "", ...rest] = inNetworkNamespace(namespace, program);
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"], env: {} });
  const lines = createInterface({ input: child.stdout });
  const answered: number[] = [];
  let sending: Sending | undefined;
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const allRead = new Promise((resolve) => lines.once("close", resolve));
  const ended = Promise.all([exited(child), allRead]).then(
    ([code]) => new Error(`the sender of ${argv.join(" ")} ended with ${String(code)}: ${errors}`),
  );
  const ready = new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      const [word, ...numbers] = line.split(" ");
      if (word === "ready") resolve();
      else if (word === "answered") answered.push(Number(numbers[0]));
      else sending = sendingOf(numbers.map(Number));
    });
    void ended.then(reject);
  });
  return {
    ready,
    answered,
    end: async () => {
      child.kill("SIGTERM");
      const end = await ended;
      if (sending === undefined) throw end;
      return sending;
    },
  };
}

function sendingOf(numbers: readonly number[]): Sending {
  const [started = 0, ended = 0, sent = 0, failed = 0, longestPause = 0] = numbers;
  return { started, ended, sent, failed, longestPause };
}
