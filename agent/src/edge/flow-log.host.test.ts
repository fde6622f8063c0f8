import { readdir, readFile, readlink } from "node:fs/promises";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Failure } from "../core/failure.ts";
import type { LoggedPacket } from "../core/flow-table.ts";
import { logOptions } from "../core/hash.ts";
import { nftTarget } from "../core/nft-hash.ts";
import type { FlowLog } from "../ports.ts";
import { spawnIn } from "../testing/node-spawn.ts";
import { createFlowLog, type FlowLogOptions } from "./flow-log.ts";
import { spawn } from "./spawn.ts";
import { systemClock } from "./system-clock.ts";

let lab: Lab;
let kernel: LabNode;
let client: LabNode;
const listeners: Listener[] = [];

/** The longest prefix that there is. */
const longest = `audit deny shop/${"r".repeat(47)}`;

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({ hosts: [], nodes: [{ name: "kernel" }, { name: "client" }] });
  [kernel, client] = [lab.node("kernel"), lab.node("client")];
  const tells = (port: number, prefix: string, options: readonly string[]) => [
    ...["-A", "INPUT", "-p", "udp", "--dport", String(port), "-j", "NFLOG"],
    ...[...options, "--nflog-prefix", prefix],
  ];
  for (const program of ["iptables-nft", "ip6tables-nft"]) {
    await kernel.run([program, ...tells(81, "deny shop/block", logOptions)]);
    await kernel.run([program, ...tells(82, longest, logOptions)]);
    // Somebody else, who copies all of a packet.
    await kernel.run([program, ...tells(83, "theirs", ["--nflog-group", "4747"])]);
    await kernel.run([program, "-A", "INPUT", "-p", "udp", "-j", "DROP"]);
  }
  const told = nftTarget({ kind: "log", prefix: longest }, false, "IPv4");
  const input = `table inet teller {
    chain input { type filter hook input priority -10; udp dport 84 ${told}; }
  }`;
  await kernel.run(["nft", "-f", "-"], { input });
});

afterEach(async () => {
  for (const { leave } of listeners.splice(0)) await leave();
  await noTcpdump();
});

afterAll(async () => {
  await lab.stop();
});

function flowLog(options: Partial<FlowLogOptions> = {}): FlowLog {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return createFlowLog({
    ...{ spawn: spawnIn(kernel), clock: systemClock, log, path: "/usr/bin" },
    ...{ sysClassNet: kernel.path("/sys/class/net"), procNet: `/proc/${String(kernel.pid)}/net` },
    ...options,
  });
}

interface Listener {
  readonly packets: LoggedPacket[];
  /** How often it was said that there is something to hear. */
  heard: number;
  failure: Failure | undefined;
  readonly leave: () => Promise<void>;
}

function listen(to: FlowLog): Listener {
  const stop = new AbortController();
  const listener: Listener = {
    packets: [],
    heard: 0,
    failure: undefined,
    leave: async () => {
      stop.abort();
      await ended;
    },
  };
  const ended = to
    .listen(
      {
        hearing: () => {
          listener.heard += 1;
        },
        packets: (packets) => listener.packets.push(...packets),
      },
      stop.signal,
    )
    .then((failure) => {
      listener.failure = failure;
    });
  listeners.push(listener);
  return listener;
}

async function hearing(to: FlowLog): Promise<Listener> {
  const listener = listen(to);
  await until("it to listen", () => listener.heard > 0 || listener.failure !== undefined);
  expect(listener.failure).toBeUndefined();
  return listener;
}

const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  eventually(async () => await condition(), { what, timeoutMs: 60_000 });

/** One datagram of so many bytes. */
async function send(to: string, port: number, bytes = 4): Promise<void> {
  const text = `head -c ${String(bytes)} /dev/zero > /dev/udp/${to}/${String(port)}`;
  await client.run(["bash", "-c", text]);
}

/** Processes of tcpdump in the node's network namespace. */
async function tcpdumps(): Promise<readonly number[]> {
  const here = await readlink(`/proc/${String(kernel.pid)}/ns/net`);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const name = await readFile(`/proc/${pid}/comm`, "utf8");
        return name === "tcpdump\n" && (await readlink(`/proc/${pid}/ns/net`)) === here;
      } catch {
        // It has ended since it was listed.
        return false;
      }
    }),
  );
  return pids.filter((_, index) => found[index] === true).map(Number);
}
const noTcpdump = () => until("tcpdump to end", async () => (await tcpdumps()).length === 0);

test("packets come with their prefix, the interface and what their headers say", async () => {
  const listener = await hearing(flowLog());
  const before = Date.now();
  await send(kernel.ipv4, 81);
  await send(kernel.ipv6, 82, 1_400);
  await until("both packets to come", () => listener.packets.length === 2);
  const at = expect.any(Number) as number;
  expect(listener.packets).toEqual([
    {
      ...{ prefix: "deny shop/block", in: "eth0", out: "", atMs: at },
      header: { protocol: "UDP", source: client.ipv4, destination: kernel.ipv4, port: 81 },
    },
    {
      ...{ prefix: longest, in: "eth0", out: "", atMs: at },
      header: { protocol: "UDP", source: client.ipv6, destination: kernel.ipv6, port: 82 },
    },
  ]);
  for (const { atMs } of listener.packets) {
    expect(atMs).toBeGreaterThan(before - 1_000);
    expect(atMs).toBeLessThan(Date.now() + 1_000);
  }
});

test("those that nftables tells of come alike", async () => {
  const listener = await hearing(flowLog());
  await send(kernel.ipv4, 84, 1_400);
  await send(kernel.ipv6, 84);
  await until("both packets to come", () => listener.packets.length === 2);
  expect(listener.packets).toMatchObject([
    { prefix: longest, in: "eth0", header: { source: client.ipv4, port: 84 } },
    { prefix: longest, in: "eth0", header: { source: client.ipv6, port: 84 } },
  ]);
});

test("one program runs for all who listen, and none when nobody does", async () => {
  const log = flowLog();
  expect(await tcpdumps()).toEqual([]);
  const [first, second] = [await hearing(log), await hearing(log)];
  expect(await tcpdumps()).toHaveLength(1);
  await first.leave();
  await send(kernel.ipv4, 81);
  await until("the other one to hear", () => second.packets.length === 1);
  expect(first.packets).toEqual([]);
  await second.leave();
  await noTcpdump();
});

test("who comes as the last one leaves is served by a new one", async () => {
  const log = flowLog();
  const first = await hearing(log);
  await first.leave();
  const second = await hearing(log);
  await send(kernel.ipv4, 81);
  await until("it to hear", () => second.packets.length === 1);
});

test("who comes as one leaves that has not heard anything yet is served too", async () => {
  const log = flowLog();
  await (await hearing(log)).leave();
  await noTcpdump();
  const first = listen(log);
  const second = first.leave().then(() => hearing(log));
  await send(kernel.ipv4, 81);
  expect((await second).failure).toBeUndefined();
  await send(kernel.ipv4, 81);
  await until("it to hear", async () => (await second).packets.length > 0);
});

test("it goes on after it was killed", async () => {
  const listener = await hearing(flowLog());
  for (const pid of await tcpdumps()) process.kill(pid, "SIGKILL");
  await until("it to listen again", () => listener.heard === 2);
  await send(kernel.ipv4, 81);
  await until("the packet to come", () => listener.packets.length === 1);
});

test("long packets of another program's rule do not end it", async () => {
  const listener = await hearing(flowLog());
  await send(kernel.ipv4, 83, 60_000);
  await send(kernel.ipv4, 81);
  await until("ours to come", () =>
    listener.packets.some(({ prefix }) => prefix === "deny shop/block"),
  );
  expect(listener.heard).toBe(1);
});

test("a flood is heard in part, and what comes behind it too", async () => {
  const listener = await hearing(flowLog());
  const flood = `for i in {1..20000}; do echo >&3; done 3> /dev/udp/${kernel.ipv4}/82`;
  await client.run(["bash", "-c", flood]);
  // One that finds no room for it behind the flood is lost as well.
  await until("one behind it to come", async () => {
    await send(kernel.ipv4, 81);
    return listener.packets.some(({ prefix }) => prefix === "deny shop/block");
  });
  // How many depends on who is faster; a batch of the kernel's at the least.
  expect(listener.packets.length).toBeGreaterThan(100);
});

const withRights = (rights: string) => [
  ...["setpriv", "--bounding-set", `-all,${rights}`, "--inh-caps", "-all", "--"],
];

test("it makes do with the rights that deploy/systemd/seawall-agent-flows.conf gives", async () => {
  const rights = withRights("+net_admin,+net_raw,+setuid,+setgid");
  const listener = await hearing(flowLog({ spawn: spawnIn(kernel, rights) }));
  await send(kernel.ipv4, 81);
  await until("the packet to come", () => listener.packets.length === 1);
});

test.each<[string, () => Partial<FlowLogOptions>, Partial<Failure>]>([
  [
    "it is not installed",
    () => ({ spawn: (argv) => spawn(["/nowhere/tcpdump", ...argv.slice(1)]) }),
    {
      reason: "TcpdumpMissing",
      message: expect.stringContaining("install the package tcpdump") as string,
    },
  ],
  [
    "it has no right to",
    () => ({ spawn: spawnIn(kernel, withRights("+net_raw")) }),
    { reason: "TcpdumpNotPermitted" },
  ],
  [
    "it has no right to become another user",
    () => ({ spawn: spawnIn(kernel, withRights("+net_admin,+net_raw")) }),
    {
      reason: "TcpdumpNotPermitted",
      message: expect.stringContaining("CAP_SETUID") as string,
    },
  ],
  [
    "something else runs in its place",
    () => ({ spawn: () => spawn(["false"]) }),
    { reason: "TcpdumpFailed", class: "retry" },
  ],
])("who listens is told when %s", async (_, options, failure) => {
  const listener = listen(flowLog(options()));
  await until("a failure", () => listener.failure !== undefined);
  expect(listener.failure).toMatchObject(failure);
  expect(listener.heard).toBe(0);
});

test("who listens is told that another program has the group, and which", async () => {
  const theirs = await kernel.spawn([
    "tcpdump",
    "-Z",
    "root",
    "-i",
    "nflog:4747",
    "-w",
    "/dev/null",
  ]);
  await theirs.waitForOutput(/listening on/, 60_000);
  const listener = listen(flowLog());
  await until("a failure", () => listener.failure !== undefined);
  theirs.kill("SIGTERM");
  expect(listener.failure?.reason).toBe("LogGroupTaken");
  expect(listener.failure?.message).toMatch(/only one can: .+\d+$/);
});

test("that it is not installed is known before anybody listens", async () => {
  const nowhere = { path: "/nowhere:/var/empty" };
  expect(await flowLog(nowhere).obstacle()).toMatchObject({ reason: "TcpdumpMissing" });
  expect(await flowLog({ path: `/nowhere:${kernel.path("/usr/bin")}` }).obstacle()).toBeUndefined();
});
