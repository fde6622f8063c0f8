import {
  type Container,
  type Conversation,
  type DockerHost,
  eventually,
  type Fleet,
  type LabNode,
  type Speaker,
  startFleet,
  startSpeaker,
} from "@seawall/lab";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import { enforceOn, policy, siteEngine } from "./sites.ts";

/** Connections that were open before a policy denies them. Both ends speak, or only the one that was called. */
let fleet: Fleet;
let alpha: DockerHost;
let client: LabNode;
let web: Container;
let api: Container;
let app: Container;
let cache: Container;
const open: Conversation[] = [];

const office = "198.51.100.10";
const guest = "203.0.113.9";
const guest6 = "2001:db8:bad::9";
/** What leads from the guest to the published port, for conntrack. */
const guests = ["-f", "ipv4", "-p", "tcp", "--orig-src", guest, "--orig-port-dst", "8080"];

beforeAll(async () => {
  fleet = await startFleet({
    engine: siteEngine,
    hosts: [
      { name: "alpha", labels: { has: "conntrack" } },
      { name: "bare", labels: {}, lacks: ["conntrack"] },
    ],
    clients: [{ name: "client", addresses: [`${office}/24`, `${guest}/24`, `${guest6}/64`] }],
  });
  alpha = fleet.lab.host("alpha");
  client = fleet.lab.node("client");
  await alpha.createNetwork("shop", { subnet4: "10.77.0.0/24", subnet6: "2001:db8:77::/64" });
  await alpha.createNetwork("other", { subnet4: "10.88.0.0/24" });
  await alpha.createNetwork("plain", { subnet4: "10.78.0.0/24" });
  await fleet.lab.host("bare").createNetwork("shop", { subnet4: "10.79.0.0/24" });
  const publish = ["8080:80", "9000:9000", "5353:53/udp"];
  [web, api, app, cache] = await Promise.all([
    alpha.runContainer({ name: "web", network: "shop", publish }),
    alpha.runContainer({ name: "api", network: "shop" }),
    alpha.runContainer({ name: "app", network: "other" }),
    alpha.runContainer({ name: "cache", network: "plain", publish: ["6380:6379"] }),
  ]);
  await startSpeakers();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((conversation) => conversation.stop()));
  await fleet.seawall(["delete", "policy", "closed"]);
  // The end of one that is cut still does not get through, and until it expires it is listed. There may be none.
  await alpha.exec(["conntrack", "-D", ...guests]);
});

afterAll(async () => {
  await Promise.all(Object.values(speakers).map((speaker) => speaker.stop()));
  await fleet.stop();
});

let speakers: Readonly<
  Record<"tcp80" | "tcp9000" | "udp53" | "tcp6379" | "outside" | "outsideUdp" | "host", Speaker>
>;

async function startSpeakers(): Promise<void> {
  speakers = {
    tcp80: await startSpeaker(web, "tcp", 80),
    tcp9000: await startSpeaker(web, "tcp", 9000),
    udp53: await startSpeaker(web, "udp", 53),
    tcp6379: await startSpeaker(cache, "tcp", 6379),
    outside: await startSpeaker(client, "tcp", 7000),
    outsideUdp: await startSpeaker(client, "udp", 7000),
    host: await startSpeaker(alpha, "tcp", 9999),
  };
}

type Conversations = Readonly<Record<string, Conversation>>;

const toPublished = (source = guest) =>
  speakers.tcp80.call(client, { address: alpha.ipv4, port: 8080, source });

/** Every way through the host that a policy can deny. */
async function callEveryWay(): Promise<Conversations> {
  const { tcp80, tcp9000, udp53, tcp6379, outside, outsideUdp, host } = speakers;
  const silent = true;
  const [published, published6] = [
    { address: alpha.ipv4, source: guest },
    { address: alpha.ipv6, source: guest6, silent },
  ] as const;
  const [direct, direct6] = [{ address: web.ipv4 }, { address: web.ipv6, silent }] as const;
  const outward = { address: client.ipv4, port: 7000 };
  const toHost = { address: alpha.ipv4, port: 9999 };
  return await resolved({
    "published port": toPublished(),
    "published port, server speaks": tcp80.call(client, { ...published, port: 8080, silent }),
    "published port, UDP, server speaks": udp53.call(client, { ...published, port: 5353, silent }),
    "equal ports, server speaks": tcp9000.call(client, { ...published, port: 9000, silent }),
    "equal ports, IPv6, server speaks": tcp9000.call(client, { ...published6, port: 9000 }),
    // Docker redirects IPv6 only where the container has an address of it.
    "docker-proxy, server speaks": tcp6379.call(client, { ...published6, port: 6380 }),
    "one bridge": tcp80.call(api, { ...direct, port: 80 }),
    "one bridge, server speaks": tcp9000.call(api, { ...direct, port: 9000, silent }),
    "one bridge, IPv6, server speaks": tcp80.call(api, { ...direct6, port: 80 }),
    "one bridge, UDP": udp53.call(api, { ...direct, port: 53 }),
    outward: outside.call(web, outward),
    "outward, server speaks": outside.call(web, { ...outward, silent }),
    "outward, UDP, server speaks": outsideUdp.call(web, { ...outward, silent }),
    "to the host, host speaks": host.call(web, { ...toHost, silent }),
  });
}

async function resolved(
  calls: Readonly<Record<string, Promise<Conversation>>>,
): Promise<Conversations> {
  const named = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => [name, await call] as const),
  );
  open.push(...named.map(([, conversation]) => conversation));
  return Object.fromEntries(named);
}

function heardIn(conversations: Conversations) {
  return Object.fromEntries(
    Object.entries(conversations).map(([name, conversation]) => [name, conversation.heard()]),
  );
}

/** What has come by now, also where a program has yet to read it. */
async function heardBy(conversations: Conversations) {
  await Promise.all(Object.values(conversations).map((conversation) => conversation.drained()));
  return heardIn(conversations);
}

/** Who called hears more, and in the end more still. */
async function goesOn(conversations: Conversations): Promise<void> {
  const before = heardIn(conversations);
  for (const [name, conversation] of Object.entries(conversations)) {
    const more = () => conversation.heard().byCaller > (before[name]?.byCaller ?? 0) + lines(3);
    await eventually(more, { what: `${name} to go on`, timeoutMs: 60_000 });
  }
}

const lines = (count: number) => count * 32;

/** Nobody hears anything of the other, for as long as somebody else hears 40 lines. */
async function isSilent(conversations: Conversations, others: Conversations): Promise<void> {
  const [clock] = Object.values(others);
  if (clock === undefined) throw new Error("somebody has to go on");
  const hears = async (count: number) => {
    const from = clock.heard().byCaller;
    const heard = () => clock.heard().byCaller >= from + lines(count);
    await eventually(heard, { what: "the others to go on" });
  };
  const before = await heardBy(conversations);
  await hears(40);
  expect(await heardBy(conversations)).toEqual(before);
  await goesOn(others);
}

const closed = policy(
  "closed",
  `
  hostSelector: {matchLabels: {has: conntrack}}
  networkSelector: {names: [shop, plain]}
  ingress:
    defaultAction: Deny
    rules: [{action: Allow, from: [{ipBlock: {cidr: ${office}/32}}]}]
  egress: {host: true, defaultAction: Deny}
  internal: {defaultAction: Deny}`,
);

async function reopen(): Promise<void> {
  await fleet.mustSeawall(["delete", "policy", "closed"]);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
}

const connections = async () => (await hostStatus(fleet, "alpha")).connections;

test("diff names the host that is away, with its traffic by its last report", async () => {
  await fleet.stopAgent("bare", "SIGKILL");
  const onEveryHost = closed.replace("  hostSelector: {matchLabels: {has: conntrack}}\n", "");
  const announced = await eventually(
    async () => {
      const { code, stdout } = await fleet.seawall(["diff", "-f", "-"], onEveryHost);
      expect(code).toBe(1);
      return stdout.includes("(NotConnected)") ? stdout : undefined;
    },
    { what: "the controller to miss bare's agent", timeoutMs: 60_000 },
  );
  await fleet.startAgent("bare");
  expect(linesFrom(announced, "Affected")).toMatch(
    /^Affected: 2 hosts, networks plain, shop\nTraffic that is denied from then on:\n/,
  );
  expect(announced).toContain(`
-   anywhere except ${office} → network shop
      every port, IPv4 only; on bare
`);
  expect(
    linesFrom(announced, "Not asked"),
  ).toBe(`Not asked, so what would be cut there is not known:
!   bare: the agent is not connected (NotConnected)
`);
});

const gated = `apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default}
spec:
  waves: [{name: canary, hostSelector: {matchLabels: {has: conntrack}}}, {name: all}]
  gates: [NewDrops]
`;

// Ahead of all that speak UDP, which is live for minutes after its end.
test("with the gate NewDrops: what nobody announced goes back at the canary; what diff announces is what apply then cuts, and stays", async () => {
  await fleet.mustSeawall(["apply", "-f", "-", "--wait", "--timeout=60s"], gated);
  const denied = await resolved({ guest: toPublished() });
  const allowed = await resolved({ office: toPublished(office) });
  const unannounced = await fleet.seawall(["apply", "-f", "-", "--wait", "--timeout=60s"], closed);
  expect(unannounced.code, unannounced.stderr).toBe(1);
  expect(unannounced.stderr).toContain(
    `RolledBack FailureBudget "alpha UnannouncedDrops: it has cut 1 live connection, and seawall diff had not announced exactly this change for it: TCP ${guest} to ${alpha.ipv4} port 8080 (policy closed, rule default). `,
  );
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  const fresh = await resolved({ fresh: toPublished() });
  await goesOn({ ...denied, ...allowed, ...fresh });

  await fleet.mustSeawall(["rollout", "undo"]);
  const { code, stdout, stderr } = await fleet.seawall(["diff", "-f", "-"], closed);
  expect(code).toBe(1);
  const one = `      TCP ${guest} → ${alpha.ipv4}:8080 (${web.ipv4}:80)\n`;
  expect(linesFrom(stdout, "Live")).toBe(`Live connections that would be cut:
-   alpha: 2
${one}${one}Announced to 1 host for the gate NewDrops: what is denied from then on may be
        cut there, if exactly this is applied.
`);
  const [, command = ""] = /^Apply exactly this: seawall (.*)$/m.exec(stderr) ?? [];
  // Nobody knew of this one, but it goes where the others go.
  const late = await resolved({ late: toPublished() });
  await fleet.mustSeawall([...command.split(" "), "--wait", "--timeout=60s"], closed);
  await isSilent({ ...denied, ...fresh, ...late }, allowed);
  expect(await connections()).toMatchObject({ cut: 3, notJudged: 0 });

  await fleet.mustSeawall(["delete", "rolloutstrategy", "default"]);
  await reopen();
  // What waited to be sent is sent: later it would be a connection to the next test.
  await goesOn({ ...denied, ...allowed, ...fresh, ...late });
});

function linesFrom(text: string, start: string): string {
  return text.slice(text.indexOf(`\n${start}`) + 1);
}

test("what a policy denies is cut at once, in both directions, and nothing else is disturbed", async () => {
  const denied = await callEveryWay();
  const allowed = await resolved({
    "published port, from the office": toPublished(office),
    "outward from another network": speakers.outside.call(app, {
      ...{ address: client.ipv4, port: 7000 },
    }),
    "from the host": speakers.tcp80.call(alpha, { address: web.ipv4, port: 80 }),
  });
  await goesOn({ ...denied, ...allowed });
  await enforceOn(fleet, closed);
  await isSilent(denied, allowed);
  const { cut, cutTime, notJudged } = await connections();
  expect([cut, notJudged]).toEqual([Object.keys(denied).length, 0]);
  expect(await fleet.mustSeawall(["describe", "host", "alpha"])).toMatch(
    new RegExp(`^Connections cut: +${String(cut)}, \\d+s ago$`, "m"),
  );

  // Allowed again, it goes on where it was.
  await reopen();
  await goesOn({ ...denied, ...allowed });
  expect(await connections()).toMatchObject({ cut, cutTime });
});

/** As somebody who empties all of our chains. */
async function flushOurs(): Promise<void> {
  for (const table of ["filter", "security"]) {
    await alpha.run(["iptables", "-t", table, "-F", "SEAWALL"]);
  }
}

/** The marks of the guest's TCP connections to the published port. */
async function guestsMarks(): Promise<readonly number[]> {
  const listed = await alpha.run(["conntrack", "-L", ...guests]);
  return [...listed.matchAll(/ ESTABLISHED .* mark=(\d+)/g)].map(([, mark]) => Number(mark));
}

const away = {
  "a start of the agent": {
    begin: () => fleet.stopAgent("alpha", "SIGKILL"),
    end: () => fleet.startAgent("alpha"),
  },
  "a repair": {
    begin: () => {
      fleet.agent("alpha").kill("SIGSTOP");
    },
    end: () => {
      fleet.agent("alpha").kill("SIGCONT");
    },
  },
};

test.for(["a start of the agent", "a repair"] as const)(
  "what came through while the rules were gone is cut with %s",
  async (what) => {
    await enforceOn(fleet, closed);
    const allowed = await resolved({ office: toPublished(office) });
    await away[what].begin();
    await flushOurs();
    const denied = await resolved({ guest: toPublished(guest) });
    await away[what].end();
    const isCut = async () => (await guestsMarks()).includes(0x4000_0000);
    await eventually(isCut, { what: "the connection to be cut", timeoutMs: 60_000 });
    await isSilent(denied, allowed);
    await reopen();
    await goesOn({ ...denied, ...allowed });
  },
);

test("other bits of a connection's mark are nobody's business", async () => {
  const denied = await resolved({ guest: toPublished() });
  await alpha.run(["conntrack", "-U", "-f", "ipv4", "--orig-src", guest, "--mark", "0x10"]);
  expect(await guestsMarks()).toEqual([0x10]);
  await enforceOn(fleet, closed);
  expect(await guestsMarks()).toEqual([0x4000_0010]);
  await reopen();
  expect(await guestsMarks()).toEqual([0x10]);
  await goesOn(denied);
});

test("a connection that one end has made look closed is cut as well", async () => {
  const denied = await resolved({ guest: toPublished() });
  const allowed = await resolved({ office: toPublished(office) });
  // As a reset does that is sent with a time to live of 1: the kernel takes it, and the server never hears of it.
  await alpha.run(["conntrack", "-U", ...guests, "--state", "CLOSE", "-t", "600"]);
  await goesOn(denied);
  expect(await alpha.run(["conntrack", "-L", ...guests, "--state", "CLOSE"])).toContain(" CLOSE ");
  await enforceOn(fleet, closed);
  await isSilent(denied, allowed);
  await reopen();
});

test("a host without the program says what it cannot do, and is not in sync", async () => {
  const spec = "  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Deny}";
  await fleet.mustSeawall(["apply", "-f", "-"], policy("closed", spec));
  const failed = await eventually(
    async () => {
      const status = await hostStatus(fleet, "bare");
      return status.state === "Failed" ? status : undefined;
    },
    { what: "bare to say so", timeoutMs: 60_000, intervalMs: lookEveryMs },
  );
  expect(failed).toMatchObject({
    reason: "ConntrackMissing",
    message: expect.stringContaining("open connections that are denied now go on") as string,
    // The rules are in force all the same.
    policies: [{ name: "closed", reason: "Enforced" }],
  });
  await reopen();
});

test("what was cut is open when the agent is uninstalled", async () => {
  const denied = await resolved({ guest: toPublished() });
  await enforceOn(fleet, closed);
  expect(await guestsMarks()).toEqual([0x4000_0000]);
  await fleet.stopAgent("alpha");
  await alpha.run(["seawall", "agent", "uninstall"]);
  expect(await guestsMarks()).toEqual([0]);
  await goesOn(denied);
});
