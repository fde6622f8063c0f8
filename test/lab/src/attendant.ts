import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AnsweringProgram, startAnswering } from "./answering-program.ts";
import type { ExecOptions, ExecResult } from "./execute.ts";
import type { NodeRecord } from "./lab-folder.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";
import { buildDir } from "./repository.ts";

/** One command, with all that it sees. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Base64. */
  readonly input: string;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

/** Output comes all at once. */
export type NodeExecOptions = Omit<ExecOptions, "onStdoutLine">;

/**
 * A program inside a node that starts others there. The way in from outside takes two more programs for each command,
 * and to start programs is most of what the tests on real hosts do.
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
    { input = "", env = {}, ...options }: NodeExecOptions,
  ): Promise<ExecResult> {
    const command = {
      ...{ argv, input: Buffer.from(input).toString("base64") },
      ...{ env: { ...nodeEnvironment, ...env }, ...options },
    };
    const { pid } = this.#node;
    try {
      return await this.#program(pid).ask(command);
    } catch (error) {
      if (existsSync(`/proc/${String(pid)}`)) throw error;
      return { code: 137, stdout: "", stderr: String(error), timedOut: false };
    }
  }

  /** A node that was rebooted has another init. */
  #program(pid: number): AnsweringProgram<Command, ExecResult> {
    if (this.#started?.pid === pid) return this.#started.program;
    const argv = ["/usr/local/bin/node", join(buildDir, "attendant-program.js")];
    const program = startAnswering<Command, ExecResult>(inNode(pid, argv), nodeEnvironment, () => {
      if (this.#started?.program === program) this.#started = undefined;
    });
    this.#started = { pid, program };
    return program;
  }
}
