import { expect, test } from "vitest";
import type { Exec, ExecResult } from "./exec.ts";
import { createIpset } from "./ipset.ts";

const own = "sw4-0123456789abcdef-a";
const saved = `create ${own} hash:net family inet\nadd ${own} 192.0.2.0/24\n`;

function exited(code: number, stdout = "", stderr = ""): ExecResult {
  return { kind: "exited", code, stdout, stderr };
}

/** A kernel with these sets, which others may change, and an ipset that keeps what it was asked. */
function kernel(...names: string[]) {
  const asked: string[] = [];
  let now = 0;
  /** As it is while a restore waits. */
  let whileRestored: (() => Promise<unknown>) | undefined;
  const exec: Exec = async ([, verb = ""]) => {
    asked.push(verb);
    const listed = `${names.join("\n")}\n`;
    if (verb === "list") return exited(0, listed);
    if (verb === "save") return exited(0, saved);
    await whileRestored?.();
    if (names.includes(own)) return exited(1, "", "set with the same name already exists");
    names.push(own);
    return exited(0);
  };
  const ipset = createIpset(exec, () => now);
  return {
    names,
    asked,
    ipset,
    at: (ms: number): void => {
      now = ms;
    },
    duringRestore: (story: () => Promise<unknown>): void => {
      whileRestored = story;
    },
    seen: async (): Promise<readonly string[]> => {
      const found = await ipset.observe();
      return found.kind === "sets" && found.sets !== "missing" ? [...found.sets.keys()] : ["?"];
    },
  };
}

test("where there is no set of ours, the kernel is asked once a minute; where there is one, each time", async () => {
  const { names, asked, at, seen } = kernel("theirs");
  expect([await seen(), await seen()]).toEqual([[], []]);
  expect(asked).toEqual(["list"]);

  names.push(own);
  at(59_999);
  expect(await seen()).toEqual([]);
  at(60_000);
  expect([await seen(), await seen()]).toEqual([[own], [own]]);
  expect(asked).toEqual(["list", "list", "save", "list", "save"]);
});

test("after a set was written, or could not be, the kernel is asked", async () => {
  const { names, asked, ipset, seen } = kernel();
  expect(await seen()).toEqual([]);
  expect(await ipset.restore(saved)).toEqual({ kind: "done" });
  expect(await seen()).toEqual([own]);

  names.pop();
  expect(await seen()).toEqual([]);
  // Somebody else's doing, which is not known here.
  names.push(own);
  expect(await ipset.restore(saved)).toMatchObject({ kind: "failed" });
  expect(await seen()).toEqual([own]);
  expect(asked).toEqual(["list", "restore", "list", "save", "list", "restore", "list", "save"]);
});

test("what was listed while a set was being written is not kept", async () => {
  const { ipset, seen, duringRestore } = kernel();
  duringRestore(async () => {
    expect(await seen()).toEqual([]);
  });
  await ipset.restore(saved);
  expect(await seen()).toEqual([own]);
});

test("a kernel that cannot be asked is asked each time", async () => {
  const asked: (readonly string[])[] = [];
  const ipset = createIpset((argv) => {
    asked.push(argv);
    return Promise.resolve({ kind: "notStarted", code: "ENOENT" });
  });
  const missing = { kind: "sets", sets: "missing" };
  expect([await ipset.observe(), await ipset.observe()]).toEqual([missing, missing]);
  expect(asked).toHaveLength(2);
});
