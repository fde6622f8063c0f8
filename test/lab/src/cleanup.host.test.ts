import { spawn } from "node:child_process";
import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { exited } from "./execute.ts";
import { firstLineOf } from "./first-line.ts";
import { readLabRecord } from "./lab-folder.ts";
import { findLeftovers } from "./leftovers.ts";
import { whyUnfit } from "./machine.ts";
import { openLab } from "./open-lab.ts";
import { buildDir } from "./repository.ts";
import { startLab } from "./start-lab.ts";
import { sweepLabs } from "./sweep-labs.ts";

const unfit = whyUnfit();
if (unfit !== undefined) console.warn(`SKIPPED: tests of the lab's cleaning up: ${unfit}`);

async function networkNamespaces(id: string): Promise<readonly string[]> {
  const record = await readLabRecord(id);
  const pids = [record?.initPid ?? 0, ...(record?.nodes.map((node) => node.pid) ?? [])];
  return Promise.all(pids.map((pid) => readlink(`/proc/${String(pid)}/ns/net`)));
}

/** A lab with everything that leaves traces: a container with a published port, on a network. */
async function withContainer(id: string): Promise<readonly string[]> {
  const host = (await openLab(id)).host("host1");
  await host.createNetwork("shop");
  await host.runContainer({ name: "db", network: "shop", publish: ["80:80"], listen: ["tcp:80"] });
  const namespaces = await networkNamespaces(id);
  expect(await findLeftovers(id, namespaces)).not.toEqual([]);
  return namespaces;
}

async function expectGone(id: string, namespaces: readonly string[]): Promise<void> {
  await eventually(async () => (await findLeftovers(id, namespaces)).length === 0, {
    what: `lab ${id} to leave nothing`,
  }).catch(() => undefined);
  expect(await findLeftovers(id, namespaces)).toEqual([]);
}

/** Starts a lab in a process of its own and returns the lab's id. */
async function startElsewhere(...args: readonly string[]) {
  const command = [join(buildDir, "main.js"), "start", "--hosts", "1", ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "ignore"] });
  const line = String(await firstLineOf(child));
  const id = /^lab ([0-9a-f]+) /.exec(line)?.[1];
  if (id === undefined) throw new Error(`no lab: ${line}`);
  return { child, id };
}

describe.skipIf(unfit !== undefined)("nothing is left of a lab", () => {
  test("after stop", async () => {
    const lab = await startLab({ hosts: [{ name: "host1" }] });
    const namespaces = await withContainer(lab.id);
    await lab.stop();
    expect(await findLeftovers(lab.id, namespaces)).toEqual([]);
  });

  test("after kill -9 of the process that started it", async () => {
    const { child, id } = await startElsewhere();
    const namespaces = await withContainer(id);
    child.kill("SIGKILL");
    await exited(child);
    await expectGone(id, namespaces);
  });

  test("after kill -9 of its warden, at the next start", async () => {
    const { child, id } = await startElsewhere();
    const namespaces = await withContainer(id);
    process.kill((await openLab(id)).wardenPid, "SIGKILL");
    await eventually(
      async () => !(await findLeftovers(id, namespaces)).join().includes("process"),
      {
        what: "the lab's processes to end with the warden",
      },
    ).catch(() => undefined);
    child.kill("SIGKILL");
    await exited(child);
    await sweepLabs(() => undefined);
    await expectGone(id, namespaces);
  });

  test("a lab that is kept outlives its starter, until it is stopped", async () => {
    const { child, id } = await startElsewhere("--keep");
    expect(await exited(child)).toBe(0);
    const namespaces = await withContainer(id);
    const lab = await openLab(id);
    await lab.host("host1").restartDocker();
    await lab.stop();
    await expectGone(id, namespaces);
  });

  test("when a start fails halfway", async () => {
    let id = "";
    const start = startLab({
      hosts: [{ name: "host1", dockerdArgs: ["--no-such-option"] }],
      progress: (line) => {
        id = /^starting lab (\w+)/.exec(line)?.[1] ?? id;
      },
    });
    await expect(start).rejects.toThrow(/no-such-option/);
    expect(id).not.toBe("");
    expect(await findLeftovers(id, [])).toEqual([]);
  });
});
