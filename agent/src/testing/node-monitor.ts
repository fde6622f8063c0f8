import type { LabNode } from "@seawall/lab";
import { type Begin, createBegin, type Exec, execBy } from "../edge/exec.ts";
import { createNftMonitor, type NftMonitor } from "../edge/nft-monitor.ts";
import { createOwnProcesses } from "../edge/own-processes.ts";
import type { RunningProgram } from "../edge/spawn.ts";
import { createStandby } from "../edge/standby.ts";
import { systemClock } from "../edge/system-clock.ts";
import { argvIn, spawnIn } from "./node-spawn.ts";

/** Hears of every commit in the node; those of programs that `exec` has run are the agent's own. */
export interface NodeMonitor {
  readonly monitor: NftMonitor;
  readonly exec: Exec;
  /** What iptables-restore is run by, as the agent has it. */
  readonly restore: Exec;
  /** Every `nft monitor` that was started, the newest last. */
  readonly programs: readonly RunningProgram[];
}

/** What stands by there ends when the signal aborts. */
export function monitorOf(node: LabNode, signal: AbortSignal): NodeMonitor {
  const programs: RunningProgram[] = [];
  const ours = createOwnProcesses({ seesEveryProcess: true, now: () => performance.now() });
  const begin = createBegin(ours);
  const inNode: Begin = (argv, options) => begin(argvIn(node, argv), options);
  const monitor = createNftMonitor({
    spawn: (argv) => {
      const program = spawnIn(node)(argv);
      programs.push(program);
      return program;
    },
    ...{
      ours,
      clock: systemClock,
      procNet: `/proc/${String(node.pid)}/net`,
      proc: "/proc",
    },
  });
  return {
    ...{ monitor, programs, exec: execBy(inNode), restore: createStandby(inNode, signal) },
  };
}
