import { mkdir, writeFile } from "node:fs/promises";
import {
  type DockerHost,
  eventually,
  type Fleet,
  type LabNode,
  leadThroughGateway,
  probeTcp,
  startFleet,
} from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import { enforceOn, policy, siteEngine } from "./sites.ts";

/**
 * A host whose only way to NATS and to the controller leads through a container, so that a policy can cut it off, and one
 * beside it that nothing cuts off. Each test goes on where the one before it ended.
 */
let fleet: Fleet;
let edge: DockerHost;
let client: LabNode;

const office = ["198.51.100.10", "2001:db8:7::10"] as const;
const guest = ["203.0.113.9", "2001:db8:bad::9"] as const;
const wayOut = { network: "way-out", host: "10.90.0.1", gateway: "10.90.0.99" } as const;

beforeAll(async () => {
  fleet = await startFleet({
    engine: siteEngine,
    hosts: [
      { name: "edge", labels: { canary: "true" } },
      { name: "plain", labels: {} },
    ],
    clients: [
      {
        name: "client",
        addresses: [`${office[0]}/24`, `${office[1]}/64`, `${guest[0]}/24`, `${guest[1]}/64`],
      },
    ],
  });
  edge = fleet.lab.host("edge");
  client = fleet.lab.node("client");
  await edge.createNetwork("shop", { subnet4: "10.77.0.0/24", subnet6: "2001:db8:77::/64" });
  await edge.createNetwork(wayOut.network, { subnet4: "10.90.0.0/24" });
  await edge.runContainer({
    ...{ name: "web", network: "shop", publish: ["8080:80"], listen: ["tcp:80"] },
  });
  await fleet.stopAgent("edge");
  await leadThroughGateway(edge, fleet.controller, wayOut);
  await mkdir(edge.path("/etc/seawall"), { recursive: true });
  await writeFile(edge.path("/etc/seawall/agent.yaml"), "confirmTimeout: 6s\n");
  await fleet.startAgent("edge");
  await enforceOn(fleet, shopFor(...office));
});

afterAll(async () => {
  await fleet.stop();
});

/** Enough of them for sets, in both families; no two are one block together. */
const others = Array.from({ length: 40 }, (_, index) => [
  `10.200.${String(2 * index)}.0/24`,
  `2001:db8:200:${(2 * index).toString(16)}::/64`,
]).flat();

/** The shop is open to these alone. */
function shopFor(...addresses: readonly string[]): string {
  const hosts = addresses.map((address) => `${address}/${address.includes(":") ? "128" : "32"}`);
  const group = JSON.stringify([...others, ...hosts]);
  return `apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: office}
spec: {cidrs: ${group}}
${policy(
  "shop",
  `
  networkSelector: {names: [shop]}
  ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{addressGroup: office}]}]}`,
)}`;
}

const cutOff = policy(
  "nothing-out",
  `
  networkSelector: {names: [way-out]}
  egress: {defaultAction: Deny}`,
);

/** What these meet at the published port, over IPv4 and IPv6. */
async function meet(sources: readonly [string, string]): Promise<readonly string[]> {
  const [four, six] = sources;
  const ask = async (source: string, address: string) =>
    (await probeTcp(client, { address, port: 8080 }, { source })).kind;
  return await Promise.all([ask(four, edge.ipv4), ask(six, edge.ipv6)]);
}
const open = ["open", "open"];
const denied = ["timeout", "timeout"];

/**
 * Chains of both families and tables, and members of sets. A set may have come back under the other one of its two
 * names, and with it the hashes of the rules that name it.
 */
async function inForce(): Promise<readonly string[]> {
  const argv = ["iptables", "ip6tables"].flatMap((program) =>
    ["filter", "security"].map((table) => [program, "-t", table, "-S"]),
  );
  const texts = [];
  for (const one of [...argv, ["ipset", "save"]]) texts.push(await edge.run(one));
  return (
    texts
      .flatMap((text) => text.split("\n"))
      .filter((line) => /SEAWALL|sw[46]-/.test(line))
      .map((line) => line.replace(/(sw[46]-[0-9a-f]{16})-[ab]/g, "$1"))
      // Hashes of rules, and what the kernel draws by lot for a set.
      .map((line) => line.replace(/sw:\S{16} | hashsize .*/, ""))
      .toSorted()
  );
}

async function becomes(state: string, why = /(?:)/) {
  return await eventually(
    async () => {
      const status = await hostStatus(fleet, "edge");
      return status.state === state && why.test(status.message) ? status : undefined;
    },
    { what: `edge to be ${state}`, timeoutMs: 90_000, intervalMs: lookEveryMs },
  );
}

let good: readonly string[];

test("a change that cuts the host off is taken back, all of it, and said to be", async () => {
  good = await inForce();
  expect(good.join("\n")).toMatch(/^add sw4-.*[^]*^add sw6-/m);
  expect([await meet(office), await meet(guest)]).toEqual([open, denied]);
  await fleet.mustSeawall(["apply", "-f", "-"], `${shopFor(...guest)}${cutOff}`);
  // It was in force, or there would be nothing to take back. One look at a time, as it is so for seconds only.
  const isThere = async () => (await edge.run(["iptables", "-S"])).includes("nothing-out/");
  await eventually(isThere, {
    what: "the change to be in force",
    timeoutMs: 60_000,
    intervalMs: 25,
  });
  const status = await becomes("Reverted", /It never comes back/);
  expect(status).toMatchObject({ reason: "NobodyReachable", policies: [{ name: "shop" }] });
  expect(await inForce()).toEqual(good);
  expect([await meet(office), await meet(guest)]).toEqual([open, denied]);
  const described = await fleet.mustSeawall(["describe", "host", "edge"]);
  expect(described).toMatch(/^State: +Reverted \(NobodyReachable: generation \d+ was taken back/m);
  expect(described).toMatch(/^ +Reverted +\S+ +NobodyReachable .* because it cut this host off/m);
});

test("not even another agent brings it back", async () => {
  await fleet.stopAgent("edge", "SIGKILL");
  const started = performance.now();
  await fleet.startAgent("edge");
  const status = await eventually(
    async () => {
      const found = await hostStatus(fleet, "edge");
      const isNew = found.reportAgeMs >= 0 && found.reportAgeMs < performance.now() - started;
      return isNew && found.state !== "Applying" ? found : undefined;
    },
    { what: "the new agent to report", timeoutMs: 90_000, intervalMs: lookEveryMs },
  );
  expect(status).toMatchObject({ state: "Reverted", reason: "NobodyReachable" });
  expect(await inForce()).toEqual(good);
});

test("the next change that lets it through is in force, and stays", async () => {
  await fleet.mustSeawall(["delete", "policy", "nothing-out"]);
  const { conditions } = await becomes("InSync");
  expect(conditions).toEqual([]);
  expect([await meet(office), await meet(guest)]).toEqual([denied, open]);
});

test("agent open lets everybody in for its time, says who and why, and ends by itself", async () => {
  const closed = await inForce();
  const openFor = async (ttl: string) =>
    await edge.run(["seawall", "agent", "open", "--ttl", ttl, "--reason", "the shop is locked"]);
  // Long enough for all that is looked at, however slow the machine is; then anew, for as long as it takes to end.
  expect(await openFor("10m")).toBe("");
  expect([await meet(office), await meet(guest)]).toEqual([open, open]);
  // It is open once no rule is there; the sets, which keep nobody out, go after them.
  await eventually(async () => (await inForce()).length === 0, {
    what: "nothing of Seawall to be left",
    timeoutMs: 30_000,
  });
  expect(await openFor("10s")).toBe("");
  await eventually(async () => (await meet(office)).join() === denied.join(), {
    what: "the host to close",
    timeoutMs: 60_000,
  });
  const { conditions } = await becomes("InSync");
  expect(conditions).toMatchObject([
    {
      type: "OpenedLately",
      message: expect.stringMatching(/by root .*the shop is locked/) as string,
    },
  ]);
  expect(await inForce()).toEqual(closed);
  const story =
    /Reverted +host\/edge +host\/edge[^]*Opened .*by root .*the shop is locked[^]*Closed /;
  await eventually(async () => story.test(await fleet.mustSeawall(["events", "--host=edge"])), {
    what: "the events of the host",
    timeoutMs: 60_000,
  });
});

const canaryFirst = `---
apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default}
spec:
  waves:
    - {name: canary, hostSelector: {matchLabels: {canary: "true"}}}
    - {name: all}
`;

test("a canary that a change cuts off ends the rollout: no other host gets it, and the canary is put back", async () => {
  await fleet.mustSeawall(["apply", "-f", "-", "--wait"], canaryFirst);
  await becomes("InSync");
  const [before, untouched] = [await inForce(), await hostStatus(fleet, "plain")];
  const applied = await fleet.seawall(["apply", "-f", "-", "--wait", "--timeout=100s"], cutOff);
  expect(applied.code, applied.stderr).toBe(1);
  expect(applied.stderr).toMatch(/wave=canary Progressing 0\/1 InSync$/m);
  expect(applied.stderr).toMatch(/RolledBack FailureBudget "edge NobodyReachable: /);
  const { conditions } = await becomes("InSync");
  expect(conditions.filter(({ type }) => type === "Reverted")).toEqual([]);
  expect(await inForce()).toEqual(before);
  expect(await meet(guest)).toEqual(open);
  const { generation, state } = await hostStatus(fleet, "plain");
  expect({ generation, state }).toEqual({ generation: untouched.generation, state: "InSync" });
  const shown = await fleet.seawall(["rollout", "status"]);
  expect(shown.code).toBe(1);
  expect(shown.stdout).toMatch(/RolledBack .* 1\/2 hosts given it/);
});
