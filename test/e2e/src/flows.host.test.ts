import {
  type Container,
  type DockerHost,
  eventually,
  type Fleet,
  type LabNode,
  type LabProcess,
  probeTcp,
  startFleet,
} from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus } from "./host-status.ts";
import { dropped, met, open } from "./shop-fleet.ts";
import { enforceOn, policy } from "./sites.ts";

let fleet: Fleet;
let alpha: DockerHost;
let client: LabNode;
let db: Container;

beforeAll(async () => {
  fleet = await startFleet({
    hosts: [
      { name: "alpha", labels: {}, userlandProxy: false },
      { name: "beta", labels: {}, lacks: ["tcpdump"] },
    ],
    clients: [{ name: "client" }],
  });
  [alpha, client] = [fleet.lab.host("alpha"), fleet.lab.node("client")];
  await alpha.createNetwork("shop", { subnet4: "10.77.0.0/24", subnet6: "2001:db8:77::/64" });
  db = await alpha.runContainer({
    name: "db",
    network: "shop",
    listen: ["tcp:3306", "tcp:80", "udp:53"],
    publish: ["13306:3306", "8080:80", "5353:53/udp"],
  });
  await enforceOn(fleet, `${protect}${trial}`);
  const following = await follow("--denied");
  await knock(following);
  following.kill("SIGINT");
  await isTcpdump(0);
}, 240_000);

afterAll(async () => {
  await fleet.stop();
}, 60_000);

const protect = policy(
  "protect",
  `
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Deny
    rules: [{name: web, action: Allow, ports: [{port: 80}]}]
  egress:
    rules: [{name: no-mail, action: Reject, ports: [{port: 25}]}]`,
);
const trial = policy(
  "trial",
  `
  mode: Audit
  priority: 400
  networkSelector: {names: [shop]}
  ingress:
    rules: [{name: web-closed, action: Deny, ports: [{port: 80}]}]`,
);

interface Item {
  readonly policy: string;
  readonly rule: string;
  readonly audited: boolean;
  readonly packets: number;
}
interface FlowReport {
  readonly items: readonly Item[];
  readonly leftOut: readonly unknown[];
  readonly unasked: readonly unknown[];
}

/** Processes of tcpdump on alpha. */
async function tcpdumps(): Promise<number> {
  return Number((await alpha.exec(["pgrep", "-c", "tcpdump"])).stdout);
}
const isTcpdump = (count: number) =>
  eventually(async () => (await tcpdumps()) === count, {
    what: `${String(count)} tcpdump on alpha`,
    timeoutMs: 30_000,
  });

/** What is told while this happens. */
async function flowsDuring(args: readonly string[], happens: () => Promise<void>) {
  const looking = fleet.seawall(["flows", "--for", "6s", "-o", "json", ...args]);
  await isTcpdump(1);
  await happens();
  const { code, stdout, stderr } = await looking;
  return { code, stderr, report: JSON.parse(stdout) as FlowReport };
}

/** Follows until the end of the test says otherwise. */
function follow(...args: readonly string[]): Promise<LabProcess> {
  return fleet.controller.spawn(["seawall", "flows", "--follow", "--host", "alpha", ...args]);
}

/** Datagrams that are denied. */
async function flood(count: number): Promise<void> {
  const send = `for i in {1..${String(count)}}; do echo >&3; done 3> /dev/udp/${alpha.ipv4}/5353`;
  await client.run(["bash", "-c", send]);
}

/** Until one is told of: from then on everything is heard and counted. */
async function knock(following: LabProcess): Promise<void> {
  await eventually(
    async () => {
      await flood(1);
      return (await following.output()).includes("UDP/53");
    },
    { what: "the first packet to be told of", timeoutMs: 20_000, intervalMs: 1_000 },
  );
}

const byRule = (items: readonly Item[]) =>
  items
    .map((item) => `${item.audited ? "would " : ""}${item.policy}/${item.rule}`)
    .filter((name, index, all) => all.indexOf(name) === index)
    .sort();

async function connects(): Promise<void> {
  expect(await met(client, alpha, 13_306)).toEqual(dropped);
  expect(await met(client, alpha, 8080)).toEqual(open);
  await probeTcp(db, { address: client.ipv4, port: 25 });
}

test("denied connects are told with policy, rule, container and ports; a host without tcpdump is named", async () => {
  expect(await tcpdumps()).toBe(0);
  const { code, stderr, report } = await flowsDuring(["--denied"], connects);
  const at = expect.any(Number) as number;
  const onShop = { interface: expect.stringMatching(/^br-/) as string, network: "shop" };
  const outside = { interface: "eth0", network: "", container: "" };
  const toDb = {
    ...{ host: "alpha", verdict: "Deny", audited: false, held: false },
    ...{ policy: "protect", rule: "default", direction: "ingress" },
    ...{ protocol: "TCP", port: 3306, publishedPorts: [13_306] },
    ...{ packets: at, firstMs: at, lastMs: at },
  };
  expect(report.items).toHaveLength(3);
  expect(report.items).toEqual(
    expect.arrayContaining([
      {
        ...toDb,
        source: { ...outside, address: client.ipv4 },
        destination: { ...onShop, address: db.ipv4, container: "db" },
      },
      {
        ...toDb,
        source: { ...outside, address: client.ipv6 },
        destination: { ...onShop, address: db.ipv6, container: "db" },
      },
      {
        ...{ ...toDb, verdict: "Reject", rule: "no-mail", direction: "egress" },
        ...{ port: 25, publishedPorts: [] },
        source: { ...onShop, address: db.ipv4, container: "db" },
        destination: { ...outside, address: client.ipv4 },
      },
    ]),
  );
  expect(report.leftOut).toEqual([]);
  expect(report.unasked).toEqual([
    {
      ...{ host: "beta", reason: "TcpdumpMissing" },
      message: expect.stringContaining("install the package tcpdump") as string,
    },
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("beta does not tell (TcpdumpMissing)");
  await isTcpdump(0);
}, 60_000);

test("what a policy in Audit would deny is told with --audited, and passes", async () => {
  const { code, report } = await flowsDuring(["--audited", "--host", "alpha"], connects);
  expect(byRule(report.items)).toEqual(["would trial/web-closed"]);
  expect(code).toBe(0);
  const both = await flowsDuring(["--host", "alpha"], connects);
  expect(byRule(both.report.items)).toEqual([
    "protect/default",
    "protect/no-mail",
    "would trial/web-closed",
  ]);
}, 60_000);

test("who follows sees each as it happens; tcpdump runs once for all who look, and with the last one it ends", async () => {
  const [first, second] = [await follow("--denied"), await follow("--audited")];
  await isTcpdump(1);
  await connects();
  const line = new RegExp(
    `^\\S+Z alpha DENY protect/default \\(ingress\\) ${client.ipv4} \\(eth0\\) → db ${db.ipv4} \\(shop\\) TCP/3306 \\(published 13306\\) \\d+ packets?$`,
    "m",
  );
  await first.waitForOutput(line);
  await second.waitForOutput(/WOULD DENY trial\/web-closed/);
  expect(await second.output()).not.toContain("protect");
  expect(await tcpdumps()).toBe(1);
  first.kill("SIGINT");
  expect(await first.exited).toBe(130);
  expect(await tcpdumps()).toBe(1);
  second.kill("SIGINT");
  expect(await second.exited).toBe(130);
  await isTcpdump(0);
}, 60_000);

test("who follows into a pipe ends when its reader has enough", async () => {
  const pipe = "seawall flows --follow --host alpha --denied | head -1";
  const piped = await fleet.controller.spawn(["bash", "-c", pipe]);
  await eventually(
    async () => {
      await flood(1);
      return !piped.isRunning();
    },
    { what: "the pipe to end", timeoutMs: 30_000, intervalMs: 500 },
  );
  expect((await piped.output()).match(/UDP\/53/g)).toHaveLength(1);
  await isTcpdump(0);
}, 60_000);

test("of a flood some is told, and how much more there was", async () => {
  const following = await follow("--denied");
  await knock(following);
  const before = await deniedByDefault();
  await flood(400);
  const more = await following.waitForOutput(/alpha: and (\d+) more packets/, 30_000);
  following.kill("SIGINT");
  const told = [...(await following.output()).matchAll(/UDP\/53.* (\d+) packets?$/gm)]
    .map(([, packets]) => Number(packets))
    .reduce((sum, packets) => sum + packets, 0);
  const matched = (await deniedByDefault()) - before;
  expect(matched).toBe(400);
  expect(told).toBeLessThan(100);
  expect(Math.abs(told + Number(more[1]) - matched)).toBeLessThan(20);
}, 90_000);

async function deniedByDefault(): Promise<number> {
  await fleet.mustSeawall(["compliance", "--host", "alpha"]);
  const { counters } = await hostStatus(fleet, "alpha");
  return counters
    .filter(({ policy: name, rule, guard }) => name === "protect" && rule === "default" && !guard)
    .reduce((sum, { packets }) => sum + packets, 0);
}

test("it goes on when tcpdump is killed, when the agent restarts, and ends with the controller", async () => {
  const following = await follow("--denied");
  await isTcpdump(1);
  await alpha.run(["pkill", "-KILL", "tcpdump"]);
  await isTcpdump(1);
  await toldAgain(following, "after tcpdump was killed");

  await fleet.stopAgent("alpha", "SIGTERM");
  await following.waitForOutput(/alpha does not tell \(Disconnected\)/);
  await isTcpdump(0);
  await fleet.startAgent("alpha");
  await following.waitForOutput(/alpha tells again/, 30_000);
  await toldAgain(following, "after the agent restarted");

  // What a killed agent leaves behind ends with the next packet, and holds up the next agent until then.
  await fleet.stopAgent("alpha", "SIGKILL");
  expect(await tcpdumps()).toBe(1);
  await eventually(
    async () => {
      await flood(1);
      return (await tcpdumps()) === 0;
    },
    { what: "the tcpdump of a killed agent to end", timeoutMs: 20_000, intervalMs: 500 },
  );
  await fleet.startAgent("alpha");
  await isTcpdump(1);
  await toldAgain(following, "after the agent was killed");

  await fleet.stopController("SIGKILL");
  expect(await following.exited).toBe(3);
  await isTcpdump(0);
  await fleet.startController();
}, 180_000);

async function toldAgain(following: LabProcess, what: string): Promise<void> {
  const lines = async () => (await following.output()).split("TCP/3306").length;
  const before = await lines();
  await eventually(
    async () => {
      await probeTcp(client, { address: alpha.ipv4, port: 13_306 }, { timeoutMs: 200 });
      return (await lines()) > before;
    },
    { what, timeoutMs: 30_000 },
  );
}
