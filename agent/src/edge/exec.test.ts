import { expect, test } from "vitest";
import { type ExecResult, exec } from "./exec.ts";

const options = { timeoutMs: 60_000, maxOutputBytes: 1_000 };
const script = (code: string) => [process.execPath, "-e", code];

test.each<[string, readonly string[], ExecResult]>([
  [
    "reads its input",
    script("process.stdin.pipe(process.stdout)"),
    { kind: "exited", code: 0, stdout: "in $HOME `x`\n", stderr: "" },
  ],
  [
    "fails",
    script("console.error(process.env.LC_ALL); process.exitCode = 4"),
    { kind: "exited", code: 4, stdout: "", stderr: "C\n" },
  ],
  [
    "does not read its input",
    script("process.exit(3)"),
    { kind: "exited", code: 3, stdout: "", stderr: "" },
  ],
  ["says too much", script("process.stdout.write('x'.repeat(5000))"), { kind: "tooMuchOutput" }],
  [
    "ends itself by a signal",
    script("process.kill(process.pid, 'SIGTERM'); setInterval(() => 0, 1000)"),
    { kind: "killed", signal: "SIGTERM" },
  ],
  ["is not there", ["/no/such/program"], { kind: "notStarted", code: "ENOENT" }],
  ["is not a program", ["/etc/passwd"], { kind: "notStarted", code: "EACCES" }],
  // Where node throws, as it does when there is no memory to fork.
  ["is nowhere", ["/etc/passwd/program"], { kind: "notStarted", code: "ENOTDIR" }],
])("a program that %s", async (_, argv, expected) => {
  expect(await exec(argv, { ...options, input: "in $HOME `x`\n" })).toEqual(expected);
});

test("a program that says too much is not asked to end", async () => {
  const begin = performance.now();
  const stubborn = script(
    "process.on('SIGTERM', () => 0); process.stdout.on('error', () => 0); setInterval(() => process.stdout.write('x'.repeat(5000)), 10)",
  );
  expect(await exec(stubborn, options)).toEqual({ kind: "tooMuchOutput" });
  expect(performance.now() - begin).toBeLessThan(options.timeoutMs);
});

test("a program that does not end", async () => {
  expect(await exec(script("setInterval(() => 0, 1000)"), { ...options, timeoutMs: 300 })).toEqual({
    kind: "timedOut",
  });
});
