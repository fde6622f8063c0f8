import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { type Fleet, startFleet } from "@seawall/lab";
import { afterAll, beforeAll, it } from "vitest";

const minutes = 2;
// Of the kernel's clock that /proc tells times in.
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

const policy = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: shop}
spec:
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Deny
    rules:
      - {action: Allow, from: [{ipBlock: {cidr: 203.0.113.0/24}}]}
`;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ hosts: [{ name: "host1", labels: {} }] });
  const host = fleet.lab.host("host1");
  await host.createNetwork("shop");
  await host.runContainer({
    name: "web",
    network: "shop",
    listen: ["tcp:80"],
    publish: ["8080:80"],
  });
  await fleet.mustSeawall(["apply", "-f", "-"], policy);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
});

afterAll(async () => {
  await fleet.stop();
});

/** The programs that it has started and that have not ended, with those that these have started. */
async function programsOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${String(pid)}/task`);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${String(pid)}/task/${task}/children`, "utf8")),
  );
  const own = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  return [...own, ...(await Promise.all(own.map(programsOf))).flat()];
}

/** Seconds of one core that the process and all the programs it has waited for have had (proc(5), 14 to 17). */
async function coreSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

/** With those of the programs that still run. */
async function coreSeconds(pid: number): Promise<number> {
  const each = await Promise.all([pid, ...(await programsOf(pid))].map(coreSecondsOf));
  return each.reduce((sum, one) => sum + one, 0);
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

it("what an agent costs while nothing happens", async () => {
  const { pid } = fleet.agent("host1");
  const before = await coreSeconds(pid);
  await wait(minutes * 60_000);
  const share = (await coreSeconds(pid)) - before;
  const percent = ((share / (minutes * 60)) * 100).toFixed(2);
  const memory = (await residentMegabytes(pid)).toFixed(0);
  const each = await Promise.all((await programsOf(pid)).map(residentMegabytes));
  const programs = each.reduce((sum, one) => sum + one, 0).toFixed(0);
  console.log(
    `| An agent at rest | CPU | Memory | Its programs' |\n| --- | --- | --- | --- |\n| one network, one container, over ${String(minutes)} minutes | ${percent} % of a core | ${memory} MB | ${programs} MB |`,
  );
});
