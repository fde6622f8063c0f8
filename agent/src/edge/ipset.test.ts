import { expect, test } from "vitest";
import type { Exec } from "./exec.ts";
import { createIpset } from "./ipset.ts";

const own = "sw4-0123456789abcdef-a";
const saved = `create ${own} hash:net family inet\nadd ${own} 192.0.2.0/24\n`;

/** A kernel with these sets, which others may change; says what it was asked. */
function kernel(...names: string[]) {
  const asked: string[] = [];
  const exec: Exec = (argv) => {
    const [, verb = ""] = argv;
    asked.push(verb);
    const stdout = verb === "list" ? `${names.join("\n")}\n` : verb === "save" ? saved : "";
    return Promise.resolve({ kind: "exited", code: 0, stdout, stderr: "" });
  };
  return { names, asked, exec };
}

test("where there is no set of ours, the kernel is asked once a minute, and after one was made", async () => {
  let now = 0;
  const { names, asked, exec } = kernel("theirs");
  const ipset = createIpset(exec, () => now);
  const seen = async (): Promise<readonly string[]> => {
    const found = await ipset.observe();
    return found.kind === "sets" && found.sets !== "missing" ? [...found.sets.keys()] : ["?"];
  };
  expect([await seen(), await seen()]).toEqual([[], []]);
  expect(asked).toEqual(["list"]);

  names.push(own);
  now = 59_999;
  expect(await seen()).toEqual([]);
  now = 60_000;
  expect([await seen(), await seen()]).toEqual([[own], [own]]);
  expect(asked).toEqual(["list", "list", "save", "list", "save"]);

  names.pop();
  expect([await seen(), await seen()]).toEqual([[], []]);
  await ipset.restore(saved);
  names.push(own);
  expect(await seen()).toEqual([own]);
  expect(asked.slice(5)).toEqual(["list", "restore", "list", "save"]);
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
