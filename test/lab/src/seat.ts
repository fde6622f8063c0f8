import { join } from "node:path";
import { type AnsweringProgram, startAnswering } from "./answering-program.ts";
import type { ExecResult } from "./execute.ts";
import type { LabNode } from "./lab-node.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";
import { scriptsDir } from "./repository.ts";

/** Nothing in a lab may hang a test run. */
const timeoutMs = 180_000;

interface CommandLine {
  readonly argv: readonly string[];
  readonly input: string;
  readonly timeoutMs: number;
}

/**
 * Where somebody types commands of `seawall` at a node. They are run by the command's own code in one program: a
 * start of node for each is a quarter of a second of a processor, and a run of all tests has hundreds. What a command is
 * as a process (its start, signals, a terminal) has to be tried with `exec`.
 */
export class Seat {
  readonly #node: LabNode;
  #program: AnsweringProgram<CommandLine, Omit<ExecResult, "timedOut">> | undefined;

  constructor(node: LabNode) {
    this.#node = node;
  }

  /** Runs one command line to its end. One that takes too long is interrupted, as Ctrl-C would. */
  async run(argv: readonly string[], input: string): Promise<ExecResult> {
    this.#program ??= this.#start();
    return { ...(await this.#program.ask({ argv, input, timeoutMs })), timedOut: false };
  }

  /** It ends with its node, or with us, whose end closes its stdin. */
  #start() {
    const argv = inNode(this.#node.pid, ["/usr/local/bin/node", join(scriptsDir, "seat.mjs")]);
    return startAnswering<CommandLine, Omit<ExecResult, "timedOut">>(argv, nodeEnvironment, () => {
      this.#program = undefined;
    });
  }
}
