// Runs command lines of `seawall`, one after another or side by side, in one program: what a person at the controller
// types, without a start of node for each. A line of stdin is { id, argv, input, timeoutMs }, a line of stdout
// { id, answer: { code, stdout, stderr } }. It ends with its stdin.
import { createInterface } from "node:readline";
import { run } from "../../../cli/dist/bundle/run.js";

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void answer(JSON.parse(line)));
lines.once("close", () => process.exit(0));

async function answer({ id, argv, input, timeoutMs }) {
  const written = { stdout: "", stderr: "" };
  const output = (name) => ({
    isTTY: false,
    write: (text) => {
      written[name] += text;
    },
  });
  const code = await run(argv, {
    stdin: bytesOf(input),
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: process.env,
    homeDirectory: process.env.HOME,
    now: Date.now,
    interrupted: AbortSignal.timeout(timeoutMs),
  });
  process.stdout.write(`${JSON.stringify({ id, answer: { code, ...written } })}\n`);
}

async function* bytesOf(text) {
  yield Buffer.from(text);
}
