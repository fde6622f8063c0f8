import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../ports.ts";
import { createBegin, execBy } from "./exec.ts";
import { createNftMonitor, type NftMonitor } from "./nft-monitor.ts";
import { createOwnProcesses, type OwnProcesses } from "./own-processes.ts";
import { type RunningProgram, type Spawn, spawn } from "./spawn.ts";
import { systemClock } from "./system-clock.ts";
import { untilAborted } from "./until-aborted.ts";

let lab: Lab;
let node: LabNode;
let bare: LabNode;

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({
    hosts: [],
    nodes: [{ name: "kernel" }, { name: "bare", lacks: ["nft"] }],
  });
  node = lab.node("kernel");
  bare = lab.node("bare");
});

afterAll(async () => {
  await lab.stop();
});

/** In the node's network, but with the machine's process ids, as an agent that runs on the host itself. */
function inNetworkOf({ pid }: LabNode): readonly string[] {
  const die = ["setpriv", "--pdeathsig", "KILL", "--"];
  return ["nsenter", `--target=${String(pid)}`, "--mount", "--net", "--", ...die];
}

function spawnIn(machine: LabNode): Spawn {
  return (argv) => {
    const program = spawn([...inNetworkOf(machine), ...argv]);
    // As whatever enters the machine says that it found no such program.
    const ended = program.ended.then((result) =>
      result.kind === "exited" && result.code === 127
        ? ({ kind: "notStarted", code: "ENOENT" } as const)
        : result,
    );
    return { ...program, ended };
  };
}

let ours: OwnProcesses;
let monitor: NftMonitor;
let monitors: RunningProgram[];
let stop: () => Promise<void>;
/** No time passes for the monitor until this has resolved. */
let mayGoOn = Promise.resolve();

const clock: Clock = {
  ...systemClock,
  sleep: async (ms, signal) => {
    await untilAborted(signal, mayGoOn);
    await systemClock.sleep(ms, signal);
  },
};

function listenOn(machine: LabNode): void {
  const aborted = new AbortController();
  ours = createOwnProcesses({ seesEveryProcess: true, now: () => Date.now() });
  monitors = [];
  mayGoOn = Promise.resolve();
  monitor = createNftMonitor({
    spawn: (argv) => {
      const program = spawnIn(machine)(argv);
      monitors.push(program);
      return program;
    },
    ours,
    clock,
    procNet: `/proc/${String(machine.pid)}/net`,
    proc: "/proc",
  });
  const running = monitor.run(aborted.signal);
  stop = async () => {
    aborted.abort();
    await running;
  };
}

const listening = () =>
  eventually(() => (monitor.isListening ? true : undefined), { what: "the monitor to listen" });

describe("nft monitor", () => {
  beforeEach(async () => {
    await node.run(["iptables-nft", "-F"]);
    await node.run(["iptables-nft", "-N", "DOCKER-USER"]).catch(() => undefined);
    listenOn(node);
    await listening();
    return () => stop();
  });

  const heardAfter = (before: number, count = 1) =>
    eventually(() => (monitor.heard >= before + count ? true : undefined), {
      what: `${String(count)} changes to be heard`,
    });

  it("tells that rules have changed, and who has changed them", async () => {
    const before = monitor.heard;
    const startMs = Date.now();
    const { pid, ended } = spawnIn(node)(["iptables-nft", "-A", "DOCKER-USER", "-j", "ACCEPT"]);
    await heardAfter(before);
    const [commit, ...others] = monitor.commitsAfter(before);
    expect(commit).toMatchObject({ pid, command: "iptables-nft" });
    expect(commit?.atMs).toBeGreaterThanOrEqual(startMs);
    expect(others).toEqual([]);
    expect(monitor.commitsAfter(monitor.heard)).toEqual([]);
    await ended;
  });

  it("says nothing of what we do ourselves, and of what changes nothing", async () => {
    const before = monitor.heard;
    const exec = execBy(createBegin(ours));
    const own = await exec(
      [...inNetworkOf(node), "iptables-nft", "-A", "DOCKER-USER", "-j", "LOG"],
      {
        timeoutMs: 10_000,
        maxOutputBytes: 1_000,
      },
    );
    expect(own).toMatchObject({ kind: "exited", code: 0 });
    await node.run(["iptables-nft-save"]);
    await node.run(["iptables-nft", "-Z"]);
    await node.run(["iptables-nft", "-A", "DOCKER-USER", "-j", "ACCEPT"]);
    await heardAfter(before);
    expect(monitor.heard).toBe(before + 1);
    expect(monitor.commitsAfter(before)).toHaveLength(1);
  });

  it("names what started a change that takes its time", async () => {
    const before = monitor.heard;
    // It has committed the first table, and waits for what else there is until it is let go.
    const table = "*filter\n-A DOCKER-USER -j RETURN\nCOMMIT\n";
    await node.run(["mkfifo", "/tmp/more"]);
    const slow = `{ printf '${table}'; cat /tmp/more; } | iptables-nft-restore --noflush; true`;
    const program = await node.spawn(["bash", "-c", slow]);
    await heardAfter(before);
    await node.run(["sh", "-c", ": > /tmp/more"]);
    expect(await program.exited).toBe(0);
    expect(monitor.commitsAfter(before)).toMatchObject([
      { command: "iptables-nft-re", parent: "bash" },
    ]);
  });

  it("killed: listens again, and what it has missed counts as a change", async () => {
    const before = monitor.heard;
    let goOn: () => void = () => undefined;
    mayGoOn = new Promise((resolve) => {
      goOn = resolve;
    });
    monitors.at(-1)?.stop();
    await heardAfter(before);
    expect(monitor).toMatchObject({ isListening: false, failure: { reason: "NftMonitorEnded" } });
    await node.run(["iptables-nft", "-A", "DOCKER-USER", "-j", "ACCEPT"]);
    goOn();
    await listening();
    expect(monitor.heard).toBe(before + 2);
    expect(monitor.failure).toBeUndefined();
    await node.run(["iptables-nft", "-A", "DOCKER-USER", "-j", "ACCEPT"]);
    await heardAfter(before, 3);
    expect(monitors).toHaveLength(2);
  });
});

it("says that nft is not installed", async () => {
  listenOn(bare);
  const failed = () => (monitor.failure === undefined ? undefined : true);
  await eventually(failed, { what: "nft to be missed" });
  expect(monitor).toMatchObject({ isListening: false, failure: { reason: "NftMissing" } });
  await stop();
});
