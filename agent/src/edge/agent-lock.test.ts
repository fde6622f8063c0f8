import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type AgentLock, lockNetworkNamespace } from "./agent-lock.ts";

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "seawall-lock-"));
  directory = join(parent, "run");
  return () => rm(parent, { recursive: true });
});

/** Longer than this machine keeps anybody from answering. */
const lock = (answerMs = 60_000) => lockNetworkNamespace({ directory, answerMs });

async function folder(): Promise<string> {
  const { ino } = await stat("/proc/self/ns/net");
  return join(directory, `agent-${ino}`);
}

async function release(held: AgentLock): Promise<void> {
  if (held.kind === "held") await held.release();
}

describe("one agent per network namespace", () => {
  it("and the next one after it", async () => {
    const first = await lock();
    expect(first.kind).toBe("held");
    expect(await lock()).toEqual({ kind: "taken" });
    await release(first);
    const second = await lock();
    expect(second.kind).toBe("held");
    await release(second);
    expect(await readdir(await folder())).toEqual([]);
  });

  it("of many that begin at the same time", async () => {
    const locks = await Promise.all(Array.from({ length: 10 }, () => lock()));
    expect(locks.filter(({ kind }) => kind === "held")).toHaveLength(1);
    await Promise.all(locks.map(release));
  });

  it("after one that was killed", async () => {
    // Closing removes the name that it listened under, and not the one that it has since.
    const killed = createServer();
    await release(await lock());
    const path = join(await folder(), "00000000-0000-0000-0000-000000000000");
    await listen(killed, `${path}x`);
    await rename(`${path}x`, path);
    await new Promise((done) => {
      killed.close(done);
    });
    expect(await readdir(await folder())).toHaveLength(1);
    const held = await lock();
    expect(held.kind).toBe("held");
    expect(await readdir(await folder())).toHaveLength(1);
    await release(held);
  });

  it.each([
    ["ahead of it", "00000000-0000-0000-0000-000000000000"],
    ["behind it", "ffffffff-0000-0000-0000-000000000000"],
  ])("after one %s by name that was asked, and ended before it had answered", async (_, name) => {
    await release(await lock());
    const path = join(await folder(), name);
    const mute = spawn(process.execPath, ["-e", listensOnly, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(mute.stdout, "data");
    const held = lock();
    // The listening socket, and the one that waits to be accepted.
    await vi.waitUntil(async () => (await socketsAt(path)) === 2, 60_000);
    mute.kill("SIGKILL");
    expect((await held).kind).toBe("held");
    await release(await held);
  });

  it("not beside one that does not answer: it may go on", async () => {
    await release(await lock());
    const stopped = createServer(() => undefined);
    await listen(stopped, join(await folder(), "ffffffff-0000-0000-0000-000000000000"));
    expect(await lock(50)).toEqual({ kind: "taken" });
    stopped.close();
  });

  it("whoever has the abstract socket of earlier versions, which anybody can take", async () => {
    const { ino } = await stat("/proc/self/ns/net");
    const stranger = createServer();
    await listen(stranger, `\0seawall-agent-${ino}`);
    const held = await lock();
    expect(held.kind).toBe("held");
    await release(held);
    stranger.close();
  });
});

/** Has whoever connects wait for ever. */
const listensOnly = `
require("node:net").createServer().listen(process.argv[1], () => {
  require("node:fs").writeSync(1, "ready");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

async function socketsAt(path: string): Promise<number> {
  const lines = (await readFile("/proc/net/unix", "utf8")).split("\n");
  return lines.filter((line) => line.endsWith(` ${path}`)).length;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve) => {
    server.listen(path, resolve);
  });
}

describe("a place that others can write", () => {
  it.each([
    [
      "open to a group",
      async () => {
        await chmod(directory, 0o770);
      },
    ],
    [
      "a link",
      async () => {
        await rm(directory, { recursive: true });
        await symlink(parent, directory);
      },
    ],
  ])("is refused: %s", async (_, spoil) => {
    await mkdir(directory, { mode: 0o700 });
    await spoil();
    await expect(lock()).rejects.toThrow("can be written by others");
  });
});
