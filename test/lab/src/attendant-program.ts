/** Runs commands inside a node when told to: see Attendant. Ends when its stdin has ended, and what it runs. */
import { createInterface } from "node:readline";
import type { Answer, Question } from "./answering-program.ts";
import type { Command } from "./attendant.ts";
import { type ExecResult, execute } from "./execute.ts";

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { id, ...command } = JSON.parse(line) as Question<Command>;
  void resultOf(command).then((answer) => {
    process.stdout.write(`${JSON.stringify({ id, answer } satisfies Answer<ExecResult>)}\n`);
  });
});
// Without it nobody hears; what is under way ends within its own time, and this with it.
process.stdout.on("error", () => undefined);

async function resultOf({ argv, input, ...options }: Command): Promise<ExecResult> {
  try {
    return await execute(argv, { ...options, input: Buffer.from(input, "base64") });
  } catch (error) {
    // As a shell says that there is no such program.
    return { code: 127, stdout: "", stderr: `${String(error)}\n`, timedOut: false };
  }
}
