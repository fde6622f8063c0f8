/**
 * The warden: a process of its own that owns one lab and ends it, however its starter ends.
 *
 * It starts the lab's first process, whose end takes every process, mount and network namespace of
 * the lab along (they are all in its pid namespace), and then reads its stdin, a pipe from the
 * starter. When the pipe closes, whether by `stop()` or by a kill -9 of the starter, it ends the
 * lab and removes what the kernel does not: cgroups and the lab's folder. `keep` on the pipe means
 * that only a signal ends the lab from now on.
 *
 * argv: <lab id> <Debian root>. Writes one line of JSON, {"initPid": …}, when the lab's init is up.
 */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { removeCgroups } from "./cgroups.ts";
import { exited } from "./execute.ts";
import { firstLineOf } from "./first-line.ts";
import { labDir } from "./lab-folder.ts";
import { scriptsDir } from "./repository.ts";

async function main(labId: string, root: string): Promise<void> {
  const ended = endOfLab();
  const argv = ["--pdeathsig", "KILL", "--", "/usr/bin/unshare"];
  argv.push("--pid", "--fork", "--kill-child=KILL", "--net", "--uts", "--ipc");
  argv.push("--mount", "--propagation", "private");
  argv.push("--", "/bin/sh", join(scriptsDir, "lab-init.sh"));
  const lab = spawn("/usr/bin/setpriv", argv, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ROOT: root, PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
  });
  const gone = exited(lab);
  const firstLine = await firstLineOf(lab);
  if (typeof firstLine !== "string") throw new Error(`no lab init: exit ${String(firstLine)}`);
  const initPid = Number(firstLine);
  process.stdout.write(`${JSON.stringify({ initPid })}\n`);

  await Promise.race([ended, gone]);
  // `unshare` lives exactly as long as the init, so while it does, the pid is the init's.
  if (lab.exitCode === null && lab.signalCode === null) process.kill(initPid, "SIGKILL");
  await gone;
  await removeCgroups(labId);
  await rm(labDir(labId), { recursive: true, force: true });
}

/** Resolves when the lab is to end: end of stdin (unless kept) or a signal. */
function endOfLab(): Promise<void> {
  return new Promise((resolve) => {
    let kept = false;
    const input = createInterface({ input: process.stdin });
    input.on("line", (line) => {
      if (line === "keep") kept = true;
    });
    input.once("close", () => {
      if (!kept) resolve();
    });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => {
        resolve();
      });
    }
    // The starter may be gone before it has read our line.
    process.stdout.on("error", () => undefined);
  });
}

const [labId, root] = process.argv.slice(2);
if (labId === undefined || root === undefined) throw new Error("usage: warden LAB_ID ROOT");
main(labId, root).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
