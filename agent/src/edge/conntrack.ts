import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ConnectionFilter, filterArgs } from "../core/connection-filter.ts";
import { cutMark } from "../core/cut-mark.ts";
import { mayHaveExpected } from "../core/expected-connections.ts";
import { connectionReader, originalTuple } from "../core/parse-connection.ts";
import { families } from "../core/ruleset.ts";
import type { ConnectionListener, Conntrack, FailedCall } from "../ports.ts";
import { conntrackFailure } from "./conntrack-failure.ts";
import type { Exec, ExecResult } from "./exec.ts";
import type { ExecLines } from "./exec-lines.ts";

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/**
 * Live connections through the program `conntrack`; tried with 1.4.7, 1.4.8 and 1.4.9. Version 1.4.7 reads only half of
 * what the kernel answers to its changes, and gives up when that has filled its socket's buffer: after 85 of them with
 * Linux's defaults. The next call goes on where it ended.
 */
export function createConntrack({
  exec,
  execLines,
  procNet = "/proc/net",
}: {
  readonly exec: Exec;
  readonly execLines: ExecLines;
  /** Where this network namespace shows itself; another one's in tests. */
  readonly procNet?: string;
}): Conntrack {
  const listLines = (family: string, more: readonly string[], onLine: (line: string) => void) =>
    execLines(
      ["conntrack", "-L", "--family", family.toLowerCase(), "--output", "extended", ...more],
      onLine,
      limits,
    );

  /** The original tuples of those that the kernel expected because of others. */
  const listExpected = async (family: string): Promise<ReadonlySet<string> | FailedCall> => {
    const expected = new Set<string>();
    const others = await listLines(family, ["--status", "EXPECTED"], (line) => {
      const tuple = originalTuple(line);
      if (tuple !== undefined) expected.add(tuple);
    });
    // Version 1.4.5 knows no such status; whoever uses helpers with it is judged without them.
    return isGood(others) || saysBadParameter(others) ? expected : failed(others);
  };

  const list = async (told: ConnectionListener): Promise<Listed> => {
    // Helpers are rare, and to start a program for each family to find none is half of what this costs.
    const stat = await readFile(join(procNet, "stat/nf_conntrack"), "utf8").catch(() => "");
    const mayBeExpected = mayHaveExpected(stat);
    for (const family of families) {
      const expected = mayBeExpected ? await listExpected(family) : noneExpected;
      if ("kind" in expected) return expected;
      const read = connectionReader(expected);
      const all = await listLines(family, [], (line) => {
        const connection = read(line);
        if (connection === undefined) told.addUnreadable(line);
        else if (connection !== "other") told.add(connection);
      });
      if (!isGood(all)) return failed(all);
    }
    return { kind: "listed" };
  };

  const mark = async (filter: ConnectionFilter, isCut: boolean): Promise<Marked> => {
    const bit = hex(cutMark);
    const argv = [
      "conntrack",
      "-U",
      ...filterArgs(filter),
      "--mark",
      `${isCut ? bit : "0"}/${bit}`,
    ];
    const result = await exec(argv, limits);
    if (isGood(result) || saysNothingChanged(result)) return { kind: "done" };
    const hasChanged = result.kind === "exited" && result.stdout !== "";
    return hasChanged ? { kind: "more" } : failed(result);
  };

  return { list, mark };
}

const noneExpected: ReadonlySet<string> = new Set();

type Listed = Awaited<ReturnType<Conntrack["list"]>>;
type Marked = Awaited<ReturnType<Conntrack["mark"]>>;

function isGood(result: ExecResult): boolean {
  return result.kind === "exited" && result.code === 0;
}

/** It ends with 1 for this too. */
function saysNothingChanged(result: ExecResult): boolean {
  return result.kind === "exited" && result.stderr.includes(": 0 flow entries have been updated.");
}

function saysBadParameter(result: ExecResult): boolean {
  return result.kind === "exited" && result.stderr.includes("Bad parameter `EXPECTED'");
}

function failed(result: ExecResult): FailedCall {
  return { kind: "failed", failure: conntrackFailure(result) };
}

function hex(bit: number): string {
  return `0x${bit.toString(16)}`;
}
