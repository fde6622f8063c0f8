import { logGroup } from "../core/log-entry.ts";
import { type LogEntry, readLogEntry } from "../core/read-log-entry.ts";
import { pcapStart, readPcap } from "../core/read-pcap.ts";
import type { ExecResult } from "./exec.ts";
import type { Spawn } from "./spawn.ts";

export interface RunningTcpdump {
  readonly ended: Promise<TcpdumpEnd>;
  stop(): void;
}

export interface TcpdumpEnd {
  /** It listened before it ended. */
  readonly heard: boolean;
  readonly result: ExecResult;
}

export interface TcpdumpOptions {
  /** As root it becomes a user of its own, unless this says otherwise. */
  readonly user?: "root";
  /** It listens: what happens from here on comes as entries. */
  readonly onHearing: () => void;
  readonly onEntries: (entries: readonly LogEntry[]) => void;
}

const argv = [
  ...["tcpdump", "-i", `nflog:${String(logGroup)}`],
  // libpcap gives up on an entry that is longer than this and 128 bytes, and others may use the group too.
  ...["-s", "262144"],
  ...["-U", "-w", "-"],
];

/**
 * tcpdump on our NFLOG group. What it writes is somebody else's packets: it is read to its limits, or given up. What a
 * killed agent leaves behind ends with the next packet, which nobody reads; systemd ends it with the agent.
 */
export function runTcpdump(
  spawn: Spawn,
  { user, onHearing, onEntries }: TcpdumpOptions,
): RunningTcpdump {
  const program = spawn([...argv, ...(user === undefined ? [] : ["-Z", user])]);
  let heard = false;
  let broken: string | undefined;
  let said = "";
  program.stderr.on("data", (chunk: Buffer) => {
    if (heard) return;
    said = (said + chunk.toString("latin1")).slice(-1_024);
    // The header of the capture comes before it may turn out that it cannot run as another user.
    if (!said.includes("listening on")) return;
    heard = true;
    onHearing();
  });
  let position = pcapStart;
  program.stdout.on("data", (chunk: Buffer) => {
    if (broken !== undefined) return;
    const read = readPcap(position, chunk);
    if (read.kind === "broken") {
      broken = read.message;
      program.stop();
      return;
    }
    position = read.position;
    const { format } = position;
    if (format === undefined) return;
    const entries = read.records.flatMap((record) => readLogEntry(record, format) ?? []);
    if (entries.length > 0) onEntries(entries);
  });
  const ended = program.ended.then((result): TcpdumpEnd => {
    if (broken === undefined) return { heard, result };
    return { heard, result: { kind: "exited", code: 0, stdout: "", stderr: broken } };
  });
  return {
    ended,
    stop: () => {
      program.stop();
    },
  };
}
