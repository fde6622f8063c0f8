import { type Spawn, spawn } from "../edge/spawn.ts";

interface Node {
  readonly pid: number;
}

/**
 * Starts programs in a machine of the lab, which end with whoever started them; `prefix` may take rights away. They
 * stay in our pid namespace: entering another one leaves a process between, and no signal to it reaches the program.
 */
export function spawnIn(machine: Node, prefix: readonly string[] = []): Spawn {
  return (argv) => spawn(argvIn(machine, [...prefix, ...argv]));
}

/** What runs a program there; it becomes the program, so its process id is the program's. */
export function argvIn(machine: Node, argv: readonly string[]): readonly string[] {
  const enter = ["nsenter", `--target=${String(machine.pid)}`, "--mount", "--net", "--"];
  return [...enter, "setpriv", "--pdeathsig", "KILL", "--", ...argv];
}
