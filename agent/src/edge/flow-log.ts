import { type Failure, retryDelayMs } from "../core/failure.ts";
import type { LogEntry } from "../core/read-log-entry.ts";
import type { Clock, FlowListener, FlowLog, Log } from "../ports.ts";
import type { ExecResult } from "./exec.ts";
import { hostKernelPaths, InterfaceIndexes } from "./host-kernel.ts";
import { isProgram } from "./is-program.ts";
import { logGroupHolder } from "./log-group-holder.ts";
import type { Spawn } from "./spawn.ts";
import { type RunningTcpdump, runTcpdump } from "./tcpdump.ts";
import { tcpdumpFailure, tcpdumpMissing } from "./tcpdump-failure.ts";
import { untilAborted } from "./until-aborted.ts";

export interface FlowLogOptions {
  readonly spawn: Spawn;
  readonly clock: Clock;
  readonly log: Log;
  /** Where programs are looked for. */
  readonly path: string;
  /** Where the kernel shows this network namespace; another one's in tests. */
  readonly sysClassNet?: string;
  readonly procNet?: string;
}

/**
 * tcpdump on our NFLOG group, one for all who listen and none while nobody does. When it ends by itself it is started
 * again, later and later; when it cannot start, all who listen are told why.
 */
export function createFlowLog(options: FlowLogOptions): FlowLog {
  const shared = new SharedTcpdump(options);
  return {
    obstacle: async () => ((await isProgram("tcpdump", options.path)) ? undefined : tcpdumpMissing),
    listen: (listener, signal) => shared.listen(listener, signal),
  };
}

interface Listening {
  readonly listener: FlowListener;
  readonly fail: (failure: Failure) => void;
}

interface Run {
  readonly tcpdump: RunningTcpdump;
  /** Nobody wanted to hear it any more, whoever came since. */
  isStopped: boolean;
}

class SharedTcpdump {
  readonly #options: FlowLogOptions;
  readonly #indexes: InterfaceIndexes;
  readonly #listening = new Set<Listening>();
  #isLooping = false;
  #running: Run | undefined;
  #isHearing = false;
  #asRoot = false;

  constructor(options: FlowLogOptions) {
    this.#options = options;
    this.#indexes = new InterfaceIndexes({ ...hostKernelPaths, ...options });
  }

  async listen(listener: FlowListener, signal: AbortSignal): Promise<Failure | undefined> {
    let fail: Listening["fail"] = () => undefined;
    const failed = new Promise<Failure>((resolve) => {
      fail = resolve;
    });
    const listening = { listener, fail };
    this.#listening.add(listening);
    if (this.#isHearing) listener.hearing();
    void this.#loop();
    try {
      return await untilAborted(signal, failed);
    } finally {
      this.#listening.delete(listening);
      if (this.#listening.size === 0) this.#stop();
    }
  }

  #stop(): void {
    this.#isHearing = false;
    if (this.#running === undefined) return;
    this.#running.isStopped = true;
    this.#running.tcpdump.stop();
  }

  async #loop(): Promise<void> {
    if (this.#isLooping) return;
    this.#isLooping = true;
    const { clock, log } = this.#options;
    let attempt = 0;
    while (this.#listening.size > 0) {
      const broken = await this.#runOnce();
      if (broken === undefined) continue;
      attempt += 1;
      const delayMs = retryDelayMs("retry", attempt, clock.random());
      log.warn({ reason: broken.message, delayMs }, "tcpdump ended; it is started again");
      await clock.sleep(delayMs, never);
    }
    this.#isLooping = false;
  }

  /** Until it ends. Returns why it ended, if it listened and was not stopped. */
  async #runOnce(): Promise<Failure | undefined> {
    const { spawn, procNet } = this.#options;
    const tcpdump = runTcpdump(spawn, {
      ...(this.#asRoot ? { user: "root" as const } : {}),
      onHearing: () => {
        if (run.isStopped) return;
        this.#isHearing = true;
        for (const { listener } of this.#listening) listener.hearing();
      },
      onEntries: (entries) => {
        this.#tell(entries);
      },
    });
    const run: Run = { tcpdump, isStopped: false };
    this.#running = run;
    const { heard, result } = await tcpdump.ended;
    this.#running = undefined;
    this.#isHearing = false;
    if (run.isStopped) return undefined;
    if (!this.#asRoot && isWithoutUser(result)) {
      this.#asRoot = true;
      return undefined;
    }
    const failure = tcpdumpFailure(result, await logGroupHolder(procNet));
    if (heard) return failure;
    for (const { fail } of this.#listening) fail(failure);
    this.#listening.clear();
    return undefined;
  }

  #tell(entries: readonly LogEntry[]): void {
    const nameOf = (index: number | undefined) =>
      index === undefined ? "" : this.#indexes.nameOf(index);
    const packets = entries.map((entry) => ({
      ...entry,
      in: nameOf(entry.in),
      out: nameOf(entry.out),
    }));
    for (const { listener } of this.#listening) listener.packets(packets);
  }
}

const never = new AbortController().signal;

/** As root it becomes the user that its package made; where it was only unpacked there is none. */
function isWithoutUser(result: ExecResult): boolean {
  return result.kind === "exited" && result.stderr.includes("Couldn't find user");
}
