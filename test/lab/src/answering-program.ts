import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { createInterface } from "node:readline";

/** A line of its stdin, where it reads JSON. */
export type Question<T> = T & { readonly id: number };

/** A line of its stdout; answers may come in any order. */
export interface Answer<T> {
  readonly id: number;
  readonly answer: T;
}

/** How a program reads and writes, a line for each. */
export interface Wording<Q, A> {
  readonly ask: (id: number, question: Q) => string;
  readonly answer: (line: string) => Answer<A>;
}

/** A program that is started once and asked often: to start one for each question costs more than the answer. */
export interface AnsweringProgram<Q, A> {
  /** Rejects when the program ends before it has answered, with what it said on stderr. */
  ask(question: Q): Promise<A>;
  /** Questions without an answer so far. */
  readonly waiting: number;
  /** Closes its stdin, with which it ends. */
  close(): void;
}

interface Waiting<A> {
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: Error) => void;
}

function inJson<Q extends object, A>(): Wording<Q, A> {
  return {
    ask: (id, question) => JSON.stringify({ ...question, id } satisfies Question<Q>),
    answer: (line) => JSON.parse(line) as Answer<A>,
  };
}

/** @param onEnd told once, when the program has ended or could not be started */
export function startAnswering<Q extends object, A>(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  onEnd: () => void,
  wording: Wording<Q, A> = inJson(),
): AnsweringProgram<Q, A> {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { stdio: "pipe", env: { ...env } });
  const waiting = new Map<number, Waiting<A>>();
  let said = "";
  let lastId = 0;
  const sockets = [child.stdin, child.stdout, child.stderr].filter(
    (pipe) => pipe instanceof Socket,
  );
  /** Whoever has nothing else to do waits for an answer, and not for the program to end. */
  const hold = (held: boolean): void => {
    for (const part of [child, ...sockets]) {
      if (held) part.ref();
      else part.unref();
    }
  };
  let ended = false;
  const end = (reason: Error): void => {
    if (ended) return;
    ended = true;
    onEnd();
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  hold(false);
  child.once("error", end);
  child.once("close", (code) => {
    end(new Error(`${argv.join(" ")} ended with ${String(code)}\n${said}`));
  });
  child.stdin.on("error", () => undefined);
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, answer } = wording.answer(line);
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
    if (waiting.size === 0) hold(false);
  });
  return {
    ask: (question) => {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        // What cannot be asked is waited for by nobody.
        const line = `${wording.ask(id, question)}\n`;
        hold(true);
        waiting.set(id, { resolve, reject });
        child.stdin.write(line);
      });
    },
    get waiting() {
      return waiting.size;
    },
    close: () => {
      child.stdin.end();
    },
  };
}
