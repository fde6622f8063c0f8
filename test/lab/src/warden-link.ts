import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { exited } from "./execute.ts";
import { firstLineOf } from "./first-line.ts";
import { labDir } from "./lab-folder.ts";
import { identify, type ProcessIdentity } from "./process-identity.ts";
import { buildDir } from "./repository.ts";

/** Our end of the pipe to the warden that owns a lab. */
export interface WardenLink {
  readonly identity: ProcessIdentity;
  /** First process of the lab: holder of its pid namespace and of the switch. */
  readonly initPid: number;
  /** Lets the lab outlive this process. */
  keep(): void;
  /** Ends the lab; resolves when nothing of it is left. */
  end(): Promise<void>;
}

export async function startWarden(labId: string, root: string): Promise<WardenLink> {
  const program = join(buildDir, "warden.js");
  if (!existsSync(program)) throw new Error(`${program} is missing: run npm run build first`);
  const logPath = join(labDir(labId), "log", "warden.log");
  const log = openSync(logPath, "a");
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [program, labId, root], {
      // A group of its own: Ctrl-C in a terminal is for us, and we then end the lab in order.
      detached: true,
      stdio: ["pipe", "pipe", log],
    });
  } finally {
    closeSync(log);
  }
  const { stdin, stdout, pid } = child;
  if (stdin === null || stdout === null || pid === undefined) throw new Error("no warden");
  const gone = exited(child);
  const line = await firstLineOf(child);
  if (typeof line !== "string") {
    const text = await readFile(logPath, "utf8");
    throw new Error(`the warden of lab ${labId} ended with ${String(line)}:\n${text}`);
  }
  const identity = await identify(pid);
  if (identity === undefined) throw new Error(`the warden of lab ${labId} is gone`);
  const { initPid } = JSON.parse(line) as { readonly initPid: number };
  stdin.on("error", () => undefined);
  // Neither the child nor its pipes may keep this process from ending.
  child.unref();
  stdout.destroy();
  if (stdin instanceof Socket) stdin.unref();
  return {
    identity,
    initPid,
    keep: () => {
      stdin.write("keep\n");
    },
    end: async () => {
      child.ref();
      stdin.end();
      process.kill(pid, "SIGTERM");
      const code = await gone;
      if (code !== 0) throw new Error(`the warden of lab ${labId} failed with ${String(code)}`);
    },
  };
}
