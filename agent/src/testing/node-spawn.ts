import { type Spawn, spawn } from "../edge/spawn.ts";

/**
 * Starts programs in a machine of the lab, which end with whoever started them; `prefix` may take rights away. They
 * stay in our pid namespace: to enter another one takes a process between, and a signal to that one ends the program
 * only once it has said that it wants to end too.
 */
export function spawnIn(machine: { readonly pid: number }, prefix: readonly string[] = []): Spawn {
  const enter = ["nsenter", `--target=${String(machine.pid)}`, "--mount", "--net", "--"];
  return (argv) => spawn([...enter, "setpriv", "--pdeathsig", "KILL", "--", ...prefix, ...argv]);
}
