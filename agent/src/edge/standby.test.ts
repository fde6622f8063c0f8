import { copyFile, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Begin, createBegin, type WaitingProgram } from "./exec.ts";
import { createStandby } from "./standby.ts";

const limits = { timeoutMs: 60_000, maxOutputBytes: 1_000 };

/** A zombie does not. */
async function isRunning(pid: number | undefined): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  return stat !== "" && !stat.includes(") Z ");
}

describe("a program that stands by", () => {
  let begun: WaitingProgram[];
  /** Those that node throws at, by their number. */
  let broken: Set<number>;
  let stop: AbortController;
  let run: (argv: readonly string[], input?: string) => Promise<string>;

  beforeEach(() => {
    begun = [];
    broken = new Set();
    stop = new AbortController();
    const begin = createBegin();
    const counted: Begin = (argv, options) => {
      const isBroken = broken.has(begun.length + 1);
      const program = begin(isBroken ? ["/etc/passwd/program"] : argv, options);
      begun.push(program);
      return program;
    };
    const standby = createStandby(counted, stop.signal);
    run = async (argv, input = "in") => {
      const result = await standby(argv, { ...limits, input });
      return result.kind === "exited" ? `${String(result.code)} ${result.stdout}` : result.kind;
    };
    return () => {
      stop.abort();
    };
  });

  const untilBegun = (count: number) => vi.waitUntil(() => begun.length === count, 60_000);

  it("has begun when the one before it has ended, and does the next piece of work", async () => {
    expect(await run(["cat"], "first")).toBe("0 first");
    await untilBegun(2);
    expect(begun[1]?.waits).toBe(true);
    expect(await run(["cat"], "second")).toBe("0 second");
    expect(begun[1]?.waits).toBe(false);
    await untilBegun(3);
  });

  it("is there for its own arguments only", async () => {
    expect(await run(["cat"])).toBe("0 in");
    await untilBegun(2);
    expect(await run(["cat", "-E"], "in\n")).toBe("0 in$\n");
    expect(begun[1]?.waits).toBe(true);
  });

  it("is left out once it has ended", async () => {
    await run(["cat"]);
    await untilBegun(2);
    process.kill(begun[1]?.pid ?? Number.NaN, "SIGKILL");
    await vi.waitUntil(() => begun[1]?.waits === false, 60_000);
    expect(await run(["cat"])).toBe("0 in");
    await untilBegun(4);
  });

  it("is left out, and ends, once what it was started from was replaced", async () => {
    const folder = await mkdtemp(join(tmpdir(), "seawall-standby-"));
    const [program, newer] = [join(folder, "program"), join(folder, "newer")];
    await copyFile("/bin/cat", program);
    await copyFile("/bin/cat", newer);
    await run([program]);
    await untilBegun(2);
    await rename(newer, program);
    expect(await run([program])).toBe("0 in");
    await untilBegun(4);
    await vi.waitUntil(async () => !(await isRunning(begun[1]?.pid)), 60_000);
    expect(begun[3]?.waits).toBe(true);
    await rm(folder, { recursive: true });
  });

  it("does not begin behind one that failed, or is not there", async () => {
    expect(await run(["grep", "-q", "x"], "y")).toBe("1 ");
    expect(await run(["/no/such/program"])).toBe("notStarted");
    expect(await run(["cat"])).toBe("0 in");
    await untilBegun(4);
    expect(begun.filter(({ waits }) => waits)).toHaveLength(1);
  });

  it("is left out where it could not be started", async () => {
    broken.add(2);
    expect(await run(["cat"])).toBe("0 in");
    await untilBegun(2);
    expect(await run(["cat"])).toBe("0 in");
    await untilBegun(4);
  });

  it("ends without input when the signal aborts, and none begins any more", async () => {
    await run(["cat"]);
    await untilBegun(2);
    stop.abort();
    await vi.waitUntil(async () => !(await isRunning(begun[1]?.pid)), 60_000);
    expect(await run(["cat"])).toBe("0 in");
    await new Promise(setImmediate);
    expect(begun).toHaveLength(3);
  });
});
