import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.ts";
import { exited } from "./execute.ts";
import type { ProbeOrigin } from "./lab-node.ts";
import { inNetworkNamespace } from "./namespaces.ts";
import { scriptsDir } from "./repository.ts";

/** Talks to everybody who calls it, all the time. */
export interface Speaker {
  /** Resolves when who called has heard something. */
  call(from: ProbeOrigin, options: CallOptions): Promise<Conversation>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly address: string;
  readonly port: number;
  /** One of the caller's own addresses. */
  readonly source?: string;
  /** The caller says one line, and then only hears. */
  readonly silent?: true;
}

/** A connection that is kept open, with a line every 20 ms in each direction. */
export interface Conversation {
  /** Bytes so far. */
  heard(): { readonly byCaller: number; readonly bySpeaker: number };
  /** Resolves when what has come to either end by now counts as heard. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSpeaker(
  at: ProbeOrigin,
  protocol: "tcp" | "udp",
  port: number,
): Promise<Speaker> {
  const speaker = await startEnd(at, ["serve", protocol, String(port)]);
  return {
    call: async (from, { address, port: called, source = "-", silent }) => {
      const words = ["call", protocol, address, String(called), source, silent ? "1" : "0"];
      const caller = await startEnd(from, words);
      const heard = () => ({
        byCaller: caller.heardFrom(called),
        bySpeaker: speaker.heardFrom(caller.port),
      });
      await eventually(() => heard().byCaller > 0, { what: `an answer to ${words.join(" ")}` });
      const drained = async () => {
        await Promise.all([caller.drained(), speaker.drained()]);
      };
      return { heard, drained, stop: () => caller.stop() };
    },
    stop: () => speaker.stop(),
  };
}

interface End {
  readonly port: number;
  heardFrom(port: number): number;
  drained(): Promise<void>;
  stop(): Promise<void>;
}

async function startEnd(at: ProbeOrigin, words: readonly string[]): Promise<End> {
  const program = ["/usr/bin/perl", join(scriptsDir, "lab-talk.pl"), ...words];
  const [file = "", ...rest] = inNetworkNamespace(await at.networkNamespace(), program);
  // It ends with the pipe, and so with us.
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"], env: {} });
  const heard = new Map<number, number>();
  const asked: (() => void)[] = [];
  const port = await untilReady(child, words, {
    heard: (from, bytes) => heard.set(from, bytes),
    drained: () => asked.shift()?.(),
  });
  const end = exited(child);
  // Who has ended reads nothing more; that is told below.
  child.stdin.on("error", () => undefined);
  return {
    port,
    heardFrom: (from) => heard.get(from) ?? 0,
    drained: async () => {
      const answered = new Promise<void>((resolve) => {
        asked.push(resolve);
      });
      child.stdin.write("?");
      const gone = end.then(() => {
        throw new Error(`${words.join(" ")} ended, and cannot say what it has heard`);
      });
      await Promise.race([answered, gone]);
    },
    stop: async () => {
      child.stdin.end();
      await end;
    },
  };
}

function untilReady(
  child: ChildProcess & {
    readonly stdout: NodeJS.ReadableStream;
    readonly stderr: NodeJS.ReadableStream;
  },
  words: readonly string[],
  told: {
    readonly heard: (port: number, bytes: number) => void;
    readonly drained: () => void;
  },
): Promise<number> {
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [word, port, bytes] = line.split(" ");
      if (word === "ready") resolve(Number(port));
      else if (word === "drained") told.drained();
      else told.heard(Number(port), Number(bytes));
    });
    child.once("close", () => {
      reject(new Error(`${words.join(" ")} ended: ${errors}`));
    });
  });
}
