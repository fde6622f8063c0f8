import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createOwnProcesses, isFirstPidNamespace } from "./own-processes.ts";

let nowMs: number;
beforeEach(() => {
  nowMs = 1_000;
});

function processes(seesEveryProcess: boolean) {
  const own = createOwnProcesses({ seesEveryProcess, now: () => nowMs });
  own.began(77, "/usr/sbin/iptables-nft-restore");
  return own;
}

const ours = { pid: 77, command: "iptables-nft-re" };

test("a process is told by its id, whatever it is called", () => {
  const own = processes(true);
  expect(own.owns(ours)).toBe("yes");
  expect(own.owns({ ...ours, command: "renamed" })).toBe("yes");
  expect(own.owns({ ...ours, pid: 78 })).toBe("no");
});

test("it is ours for a while after its end: the kernel tells of it later", () => {
  const own = processes(true);
  nowMs += 60_000;
  expect(own.owns(ours)).toBe("yes");
  own.ended(77);
  nowMs += 10_000;
  expect(own.owns(ours)).toBe("yes");
  nowMs += 1;
  expect(own.owns(ours)).toBe("no");
});

test("where ids are not those of the machine, what is called so is perhaps ours", () => {
  const own = processes(false);
  expect(own.owns({ ...ours, pid: 4_711 })).toBe("perhaps");
  expect(own.owns({ ...ours, command: "iptables" })).toBe("no");
});

test.each([
  ["pid:[4026531836]", true],
  ["pid:[4026533155]", false],
])("process ids in %s", async (namespace, expected) => {
  const proc = await mkdtemp(join(tmpdir(), "seawall-proc-"));
  await mkdir(join(proc, "self", "ns"), { recursive: true });
  await symlink(namespace, join(proc, "self", "ns", "pid"));
  expect(isFirstPidNamespace(proc)).toBe(expected);
  await rm(proc, { recursive: true });
});
