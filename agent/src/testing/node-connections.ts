import { createConntrack } from "../edge/conntrack.ts";
import type { ExecLines } from "../edge/exec-lines.ts";
import { createRoutes } from "../edge/routes.ts";
import type { Conntrack, Routes } from "../ports.ts";
import { execIn, type Machine } from "./node-firewall.ts";

/**
 * What the kernel of a machine knows of its live connections, and where its addresses lead.
 * @param started is told of each program that lists connections
 */
export function connectionsOf(
  machine: Machine,
  started: (argv: readonly string[]) => void = () => undefined,
): {
  readonly conntrack: Conntrack;
  readonly routes: Routes;
} {
  const exec = execIn(machine);
  const execLines: ExecLines = async (argv, onLine, { timeoutMs }) => {
    started(argv);
    const result = await exec(argv, { timeoutMs, maxOutputBytes: 0 });
    if (result.kind !== "exited") return result;
    for (const line of result.stdout.split("\n")) if (line !== "") onLine(line);
    return { ...result, stdout: "" };
  };
  const procNet = `/proc/${String(machine.pid)}/net`;
  return {
    conntrack: createConntrack({ exec, execLines, procNet }),
    routes: createRoutes(procNet),
  };
}
