import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { exited } from "./execute.ts";

/** The first line that a child writes, or its exit status when it ends without one. */
export async function firstLineOf(child: ChildProcess): Promise<string | number> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the child has no stdout to read");
  const line = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).once("line", resolve);
  });
  return Promise.race([line, exited(child)]);
}
