import { type Spawn, spawn } from "../edge/spawn.ts";

/**
 * Starts programs in a machine of the lab, which end with whoever started them; `prefix` may take rights away. They
 * stay in our pid namespace: entering another one leaves a process between, and no signal to it reaches the program.
 */
export function spawnIn(machine: { readonly pid: number }, prefix: readonly string[] = []): Spawn {
  const enter = ["nsenter", `--target=${String(machine.pid)}`, "--mount", "--net", "--"];
  return (argv) => spawn([...enter, "setpriv", "--pdeathsig", "KILL", "--", ...prefix, ...argv]);
}
