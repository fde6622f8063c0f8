import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AnsweringProgram, startAnswering, type Wording } from "./answering-program.ts";
import type { ExecOptions, ExecResult } from "./execute.ts";
import type { NodeRecord } from "./lab-folder.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";
import { scriptsDir } from "./repository.ts";

/** One command, with all that it sees. */
interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Buffer;
  readonly timeoutMs: number;
}

/** Output comes all at once. */
export type NodeExecOptions = Omit<ExecOptions, "onStdoutLine" | "cwd">;

const hex = (text: string | Buffer): string => Buffer.from(text).toString("hex");
const fromHex = (text: string): string => Buffer.from(text, "hex").toString();

/** As lab-attend.py says. */
const wording: Wording<Command, ExecResult> = {
  ask: (id, { argv, env, input, timeoutMs }) => {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const words = [...argv, ...variables];
    if ((argv[0] ?? "") === "" || words.some((word) => word.includes("\0"))) {
      throw new Error(`no command: ${JSON.stringify(words)}`);
    }
    const texts = [input, argv.join("\0"), variables.join("\0")];
    return [id, timeoutMs, ...texts.map(hex)].join(" ");
  },
  answer: (line) => {
    const [id, code, timedOut, stdout = "", stderr = ""] = line.split(" ");
    const said = { stdout: fromHex(stdout), stderr: fromHex(stderr) };
    return { id: Number(id), answer: { code: Number(code), ...said, timedOut: timedOut === "1" } };
  },
};

/**
 * A program inside a node that starts others there. The way in from outside takes two more programs for each command,
 * and to start programs is most of what the tests on real hosts do. It is in Python, which starts them without a copy
 * of itself: where memory is dear to map, node, which makes one, takes three times as long.
 */
export class Attendant {
  readonly #node: NodeRecord;
  #started:
    | { readonly pid: number; readonly program: AnsweringProgram<Command, ExecResult> }
    | undefined;

  constructor(node: NodeRecord) {
    this.#node = node;
  }

  /** Runs a command to its end; 137 also when the node went down meanwhile. */
  async run(
    argv: readonly string[],
    { input = "", env = {}, timeoutMs = 60_000 }: NodeExecOptions,
  ): Promise<ExecResult> {
    const command = { argv, input, timeoutMs, env: { ...nodeEnvironment, ...env } };
    const { pid } = this.#node;
    try {
      return await this.#program(pid).ask(command);
    } catch (error) {
      // Its root, which an init that goes down gives up first; it is there itself until all others have ended.
      if (existsSync(`/proc/${String(pid)}/root`)) throw error;
      return { code: 137, stdout: "", stderr: String(error), timedOut: false };
    }
  }

  /** A node that was rebooted has another init. */
  #program(pid: number): AnsweringProgram<Command, ExecResult> {
    if (this.#started?.pid === pid) return this.#started.program;
    const argv = inNode(pid, ["/usr/bin/python3", "-IS", join(scriptsDir, "lab-attend.py")]);
    const forget = () => {
      if (this.#started?.program === program) this.#started = undefined;
    };
    const program = startAnswering(argv, nodeEnvironment, forget, wording);
    this.#started = { pid, program };
    return program;
  }
}
