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
  /** Without a family this version tells of both. Not so 1.4.5, by its manual: IPv4 alone. */
  let tellsOfBoth = false;

  const listLines = (more: readonly string[], onLine: (line: string) => void) =>
    execLines(["conntrack", "-L", "--output", "extended", ...more], onLine, limits);

  /** The original tuples of those that the kernel expected because of others. */
  const listExpected = async (family: string): Promise<ReadonlySet<string> | FailedCall> => {
    const expected = new Set<string>();
    const which = ["--family", family.toLowerCase(), "--status", "EXPECTED"];
    const others = await listLines(which, (line) => {
      const tuple = originalTuple(line);
      if (tuple !== undefined) expected.add(tuple);
    });
    // Version 1.4.5 knows no such status; whoever uses helpers with it is judged without them.
    return isGood(others) || saysBadParameter(others) ? expected : failed(others);
  };

  const listAllExpected = async (): ReturnType<typeof listExpected> => {
    const all = new Set<string>();
    for (const family of families) {
      const expected = await listExpected(family);
      if ("kind" in expected) return expected;
      for (const tuple of expected) all.add(tuple);
    }
    return all;
  };

  const list = async (told: ConnectionListener): Promise<Listed> => {
    // Helpers are rare, and to start a program for each family to find none is half of what this costs.
    const stat = await readFile(join(procNet, "stat/nf_conntrack"), "utf8").catch(() => "");
    const mayBeExpected = mayHaveExpected(stat);
    const expected = mayBeExpected ? await listAllExpected() : noneExpected;
    if ("kind" in expected) return expected;
    const read = connectionReader(expected);
    const tell = (line: string): void => {
      const connection = read(line);
      if (connection === undefined) told.addUnreadable(line);
      else if (connection !== "other") told.add(connection);
    };
    const all = await listLines([], (line) => {
      tellsOfBoth ||= line.startsWith("ipv6 ");
      tell(line);
    });
    if (!isGood(all)) return failed(all);
    if (tellsOfBoth) return { kind: "listed" };
    // None of IPv6, or not told of.
    const more = await listLines(["--family", "ipv6"], tell);
    return isGood(more) ? { kind: "listed" } : failed(more);
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
