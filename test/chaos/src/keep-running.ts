import { setTimeout as delay } from "node:timers/promises";
import { type LabNode, type LabProcess } from "@seawall/lab";

/** A program that is started again whenever it ends, as `Restart=always` of its unit does it. */
export interface KeptRunning {
  /** Of now, or of last. */
  process(): LabProcess;
  /** Kills it, and leaves it dead until `release`. */
  kill(): Promise<void>;
  /** Lets it start again. */
  release(): void;
  /** From now on it may end. */
  letEnd(): void;
}

/** RestartSec of the units. */
const restartMs = 2000;

/** `tell` gets a line whenever it has ended without having been killed. */
export async function keepRunning(
  node: LabNode,
  argv: readonly string[],
  tell: (line: string) => void,
): Promise<KeptRunning> {
  let process = await node.spawn(argv);
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let held: { readonly released: Promise<void>; readonly release: () => void } | undefined;

  const keep = async (): Promise<void> => {
    for (;;) {
      const code = await process.exited;
      if (isStopping()) return;
      if (held === undefined) {
        const words = (await process.output()).trim().split("\n").slice(-3);
        tell(`${argv.join(" ")} on ${node.name} ended with ${String(code)}: ${words.join("; ")}`);
        await delay(restartMs);
      }
      await held?.released;
      if (isStopping()) return;
      process = await node.spawn(argv);
    }
  };
  void keep();
  return {
    process: () => process,
    kill: async () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      held = { released, release };
      process.kill("SIGKILL");
      await process.exited;
    },
    release: () => {
      held?.release();
      held = undefined;
    },
    letEnd: () => {
      stopping.abort();
      held?.release();
    },
  };
}
