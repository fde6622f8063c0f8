/** Times are in milliseconds since the stream began. */
export interface ThroughWindow {
  /** When the first and the last of them were sent. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly packets: number;
}

/** What became of a stream's packets; of TCP, "packet" means connect. */
export interface StreamResult {
  readonly name: string;
  readonly sent: number;
  /** What the sender's own kernel refused to send: the way out was gone. */
  readonly failed: number;
  /** By the machine's monotonic clock, as `process.hrtime` has it. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** Sent in a second, over all of the stream's time. */
  readonly rate: number;
  /** The longest time without sending. What was open for less than that may not have been seen. */
  readonly longestPauseMs: number;
  /** Got there: datagrams that the counter has seen, connects that the listener itself answered. */
  readonly through: number;
  /** When they got through: two are of one window when they were sent within 20 ms of each other. */
  readonly windows: readonly ThroughWindow[];
}

/** What the sender says of itself at its end; times in microseconds of the machine's clock. */
export interface Sending {
  readonly started: number;
  readonly ended: number;
  readonly sent: number;
  readonly failed: number;
  readonly longestPause: number;
}

/** `arrived`: when each of those that got through was sent, in any order. */
export function resultOf(name: string, sending: Sending, arrived: readonly number[]): StreamResult {
  const { started, ended, sent, failed, longestPause } = sending;
  const times = arrived.map((time) => ms(time - started)).toSorted((a, b) => a - b);
  const durationMs = ms(ended - started);
  return {
    name,
    sent,
    failed,
    startedMs: ms(started),
    durationMs,
    rate: durationMs === 0 ? 0 : Math.round((sent * 1000) / durationMs),
    longestPauseMs: ms(longestPause),
    through: times.length,
    windows: windowsOf(times),
  };
}

const sameWindowMs = 20;

function windowsOf(times: readonly number[]): readonly ThroughWindow[] {
  const windows: ThroughWindow[] = [];
  for (const time of times) {
    const last = windows.at(-1);
    if (last === undefined || time - last.lastMs > sameWindowMs) {
      windows.push({ firstMs: time, lastMs: time, packets: 1 });
    } else {
      windows[windows.length - 1] = { ...last, lastMs: time, packets: last.packets + 1 };
    }
  }
  return windows;
}

/** One line: `udp to 192.0.2.11:53: 312 of 41230 through (5004/s) in 2 windows, the longest 61 ms: 1204–1265, 1400–1401`. */
export function describeStream(result: StreamResult): string {
  const { name, sent, through, rate, windows, failed, longestPauseMs } = result;
  const notes = [`${String(rate)}/s`, `longest pause ${String(longestPauseMs)} ms`];
  if (failed > 0) notes.push(`${String(failed)} not sent`);
  const count = `${name}: ${String(through)} of ${String(sent)} through (${notes.join(", ")})`;
  if (windows.length === 0) return count;
  const longest = Math.max(...windows.map(({ firstMs, lastMs }) => lastMs - firstMs));
  const shown = windows
    .slice(0, 8)
    .map(({ firstMs, lastMs }) => `${String(firstMs)}–${String(lastMs)}`);
  if (windows.length > shown.length) shown.push("…");
  const plural = windows.length === 1 ? "window" : "windows";
  return `${count} in ${String(windows.length)} ${plural}, the longest ${String(longest)} ms: ${shown.join(", ")}`;
}

function ms(microseconds: number): number {
  return Math.round(microseconds / 1000);
}
