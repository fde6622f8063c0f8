import { type Spawn, spawn } from "../edge/spawn.ts";

/** Starts programs in a machine of the lab, which end with whoever started them; `prefix` may take rights away. */
export function spawnIn(machine: { readonly pid: number }, prefix: readonly string[] = []): Spawn {
  const enter = ["nsenter", `--target=${String(machine.pid)}`, "--mount", "--net", "--pid", "--"];
  return (argv) => spawn([...enter, "setpriv", "--pdeathsig", "KILL", "--", ...prefix, ...argv]);
}
