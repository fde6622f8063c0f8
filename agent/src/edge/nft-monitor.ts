import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Failure, retryDelayMs } from "../core/failure.ts";
import type { ForeignCommit } from "../core/foreign-commit.ts";
import { type HeardCommit, parseMonitorLine, plainCommand } from "../core/parse-monitor.ts";
import type { Clock, RulesWatch } from "../ports.ts";
import { monitorFailure } from "./nft-monitor-failure.ts";
import type { OwnProcesses } from "./own-processes.ts";
import type { Spawn } from "./spawn.ts";

export interface NftMonitorOptions {
  readonly spawn: Spawn;
  readonly ours: Pick<OwnProcesses, "owns">;
  readonly clock: Clock;
  /** Where this network namespace shows itself; another one's in tests. */
  readonly procNet?: string;
  /** Where the process that made a commit can be looked up. Absent: its id says nothing here. */
  readonly proc?: string;
}

/** The watch, plus the loop that keeps it listening until the signal aborts. */
export interface NftMonitor extends RulesWatch {
  run(signal: AbortSignal): Promise<void>;
}

/** Docker's start alone makes more than a hundred commits, but by few processes at a time. */
const REMEMBERED = 64;

/** A monitor that listened for so long had nothing wrong with it. */
const LASTING_MS = 60_000;

/**
 * Hears of every commit to nftables, which iptables-nft writes to as well, by `nft monitor`. Rules are not read from it.
 * It is started again whenever it ends, and what happened until it listened counts as one more change.
 */
export function createNftMonitor(options: NftMonitorOptions): NftMonitor {
  const { spawn, ours, clock, procNet = "/proc/net", proc } = options;
  const listeners: (() => void)[] = [];
  let commits: readonly (ForeignCommit & { readonly number: number })[] = [];
  let heard = 0;
  let isListening = false;
  let failure: Failure | undefined;

  const change = (): void => {
    heard += 1;
    for (const listener of listeners) listener();
  };

  const hearCommit = (commit: HeardCommit): void => {
    const owner = ours.owns(commit);
    if (owner === "yes") return;
    if (owner === "no") {
      const parent = proc === undefined ? undefined : parentOf(proc, commit.pid);
      const known = { ...commit, atMs: clock.now(), ...(parent !== undefined && { parent }) };
      commits = [...commits, { ...known, number: heard + 1 }].slice(-REMEMBERED);
    }
    change();
  };

  const hear = (line: string): void => {
    const said = parseMonitorLine(line);
    if (said?.kind === "commit") hearCommit(said.commit);
    if (said?.kind === "lost") change();
  };

  const listen = async (signal: AbortSignal): Promise<void> => {
    const monitor = spawn(["nft", "monitor"]);
    const stop = (): void => {
      monitor.stop();
    };
    signal.addEventListener("abort", stop, { once: true });
    onLines(monitor.stdout, hear);
    const over = new AbortController();
    const listening = untilListening(monitor.pid, procNet, clock, over.signal).then((is) => {
      if (!is) {
        stop();
        return;
      }
      isListening = true;
      failure = undefined;
      change();
    });
    const result = await monitor.ended;
    over.abort();
    await listening;
    signal.removeEventListener("abort", stop);
    isListening = false;
    if (signal.aborted) return;
    failure = monitorFailure(result);
    change();
  };

  return {
    get isListening() {
      return isListening;
    },
    get failure() {
      return failure;
    },
    get heard() {
      return heard;
    },
    commitsAfter: (before) =>
      commits.flatMap(({ number, ...commit }) => (number > before ? [commit] : [])),
    onChange: (listener) => {
      listeners.push(listener);
    },
    async run(signal) {
      let attempt = 0;
      while (!signal.aborted) {
        const startMs = clock.now();
        await listen(signal);
        attempt = clock.now() - startMs < LASTING_MS ? attempt + 1 : 1;
        const kind = failure?.class ?? "retry";
        await clock.sleep(retryDelayMs(kind, attempt, clock.random()), signal);
      }
    },
  };
}

function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

const LISTENS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** Nothing that it says tells when it listens. With very many rules it reads for seconds before. */
async function untilListening(
  pid: number | undefined,
  procNet: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const endMs = clock.now() + LISTENS_WITHIN_MS;
  while (!signal.aborted && clock.now() < endMs) {
    if (hasNftablesListener(await readFile(join(procNet, "netlink"), "utf8"), pid)) return true;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return false;
}

/** include/uapi/linux/netlink.h, NETLINK_NETFILTER. */
const NETFILTER = "12";

/** include/uapi/linux/netfilter/nfnetlink.h: group 7, NFNLGRP_NFTABLES. */
const NFTABLES_GROUP = 1 << 6;

/** Whether a process has a socket that is told of commits to nftables. */
function hasNftablesListener(netlink: string, pid: number | undefined): boolean {
  return netlink.split("\n").some((line) => {
    const [, protocol, owner, groups = ""] = line.trim().split(/\s+/);
    const isOwn = protocol === NETFILTER && owner === String(pid);
    return isOwn && (Number.parseInt(groups, 16) & NFTABLES_GROUP) !== 0;
  });
}

/** At once and without waiting: most of those who change rules have ended a moment later. */
function parentOf(proc: string, pid: number): string | undefined {
  try {
    // The name in brackets can hold anything; what follows it cannot.
    const stat = readFileSync(join(proc, String(pid), "stat"), "utf8");
    const parent = / \w (\d+) /.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
    return parent === undefined || parent === "0" ? undefined : commandOf(proc, parent);
  } catch {
    return undefined;
  }
}

function commandOf(proc: string, pid: string): string {
  return plainCommand(readFileSync(join(proc, pid, "comm"), "utf8").trimEnd());
}
