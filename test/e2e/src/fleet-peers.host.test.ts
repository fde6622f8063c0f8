import { probeTcp } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aroundPolicies } from "./around-policies.ts";
import { auditBesideOthers } from "./audit-beside-others.ts";
import { hostStatus, inSyncWithDocker, lookEveryMs } from "./host-status.ts";
import { dropped, met, open, type ShopFleet, startShopFleet } from "./shop-fleet.ts";
import { enforceOn, families, policy } from "./sites.ts";
import { fates, said, startPlain, tracedWays, waysPolicies } from "./traced-ways.ts";
import { meets, oddPolicies, startOdd, warnedOf } from "./warned-of.ts";

let shop: ShopFleet;

beforeAll(async () => {
  shop = await startShopFleet();
});

afterAll(async () => {
  await shop.fleet.stop();
});

const onShop = "  networkSelector: {names: [shop]}";

async function inSync(): Promise<void> {
  await shop.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
}

test("hostSelector: the approved addresses of the fleet's hosts, following labels and addresses", async () => {
  const { fleet, alpha, beta, client } = shop;
  await enforceOn(
    fleet,
    policy(
      "for-apps",
      `${onShop}
  ingress:
    defaultAction: Deny
    rules: [{name: apps, action: Allow, from: [{hostSelector: {matchLabels: {role: app}}}]}]`,
    ),
  );
  await fleet.mustSeawall(["set", "host", "beta", "--address", beta.ipv4, "--address", beta.ipv6]);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(open);
  expect(await met(client, alpha, 3306)).toEqual(dropped);

  await fleet.mustSeawall(["label", "host", "beta", "role=other", "--overwrite"]);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(dropped);
  await fleet.mustSeawall(["label", "host", "beta", "role=app", "--overwrite"]);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(open);
});

// No two of them are one block, so each is a member of the set.
const apart = Array.from({ length: 40 }, (_, at) => at * 2);
const also = `---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: also, labels: {suite: e2e}}
spec: {cidrs: [${apart.map((at) => `10.66.${String(at)}.0/24, "fd66:${String(at)}::/32"`).join(", ")}]}
`;

test.for([
  ["as plain rules", ""],
  ["in a set, and then no rule is written for it", ", {addressGroup: also}"],
] as const)(
  "hostSelector: a host has another address instead of its first, %s",
  async ([, more]) => {
    const { fleet, alpha, beta } = shop;
    const first = { v4: beta.ipv4, v6: beta.ipv6 };
    const second = { v4: "203.0.113.77", v6: "2001:db8:77aa::77" };
    await beta.addAddress(`${second.v4}/32`);
    await beta.addAddress(`${second.v6}/128`);
    const fromBeta = (source: typeof first) =>
      Promise.all(
        families.map(async (family) => {
          const target = { address: family === "v4" ? alpha.ipv4 : alpha.ipv6, port: 3306 };
          return (await probeTcp(beta, target, { source: source[family] })).kind;
        }),
      );
    const approve = async ({ v4, v6 }: typeof first) => {
      await fleet.mustSeawall(["set", "host", "beta", "--address", v4, "--address", v6]);
      await inSync();
    };
    await enforceOn(
      fleet,
      `${policy(
        "for-apps",
        `${onShop}
  ingress:
    defaultAction: Deny
    rules: [{name: apps, action: Allow, from: [{hostSelector: {matchLabels: {role: app}}}${more}]}]`,
      )}${more === "" ? "" : also}`,
    );
    await approve(first);
    expect([await fromBeta(first), await fromBeta(second)]).toEqual([open, dropped]);
    const rules = await ownRules();

    await approve(second);
    expect([await fromBeta(first), await fromBeta(second)]).toEqual([dropped, open]);
    if (more !== "") expect(await ownRules()).toEqual(rules);
    else expect(await ownRules()).not.toEqual(rules);

    await approve(first);
    expect([await fromBeta(first), await fromBeta(second)]).toEqual([open, dropped]);
  },
);

/** As they stand in both families, each with the hash that it was written with. */
async function ownRules(): Promise<readonly string[]> {
  const texts = await Promise.all(
    ["iptables-save", "ip6tables-save"].map((program) => shop.alpha.run([program])),
  );
  return texts.flatMap((text) => text.split("\n").filter((line) => line.startsWith("-A SEAWALL")));
}

// Half a minute, and what a slow machine needs: read at the first pass after 10 s, of which there is one every 5 s, and
// told with the next beat, within 15 s.
const untilCounted = { timeout: 90_000, interval: lookEveryMs };

async function wouldDeny(): Promise<number> {
  const { counters } = await hostStatus(shop.fleet, "alpha");
  return counters
    .filter(({ policy: name, audited, rule }) => name === "look" && audited && rule === "default")
    .reduce((sum, { packets }) => sum + packets, 0);
}

test("Audit, of a policy and of a host: nothing is dropped, denials are counted", async () => {
  const { fleet, alpha, client } = shop;
  const denying = (mode: string) =>
    policy("look", `${onShop}\n  mode: ${mode}\n  ingress: {defaultAction: Deny}`);
  await enforceOn(fleet, denying("Audit"));
  expect(await wouldDeny()).toBe(0);
  expect(await met(client, alpha, 3306)).toEqual(open);
  await expect.poll(wouldDeny, untilCounted).toBeGreaterThanOrEqual(2);

  await enforceOn(fleet, denying("Enforce"));
  expect(await met(client, alpha, 3306)).toEqual(dropped);
  await fleet.mustSeawall(["set", "host", "alpha", "--mode", "Audit"]);
  try {
    await inSync();
    const before = await wouldDeny();
    expect(await met(client, alpha, 3306)).toEqual(open);
    // Asked for, the counters are those of now.
    await inSyncWithDocker(fleet, "alpha");
    expect((await wouldDeny()) - before).toBeGreaterThanOrEqual(2);
  } finally {
    await fleet.mustSeawall(["set", "host", "alpha", "--mode", "Enforce"]);
  }
  await inSync();
  expect(await met(client, alpha, 3306)).toEqual(dropped);
});

auditBesideOthers(() => shop);

function group(count: number, ...more: readonly string[]): string {
  const cidrs = Array.from(
    { length: count },
    (_, index) => `10.${String(100 + (index >> 8))}.${String(index & 255)}.0/25`,
  );
  return `---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: many, labels: {suite: e2e}}
spec: {cidrs: [${[...cidrs, ...more].map((cidr) => JSON.stringify(cidr)).join(", ")}]}
`;
}

test("a large group is a set: membership changes touch no rule; without ipset it is said", async () => {
  const { fleet, alpha, client } = shop;
  const fromMany = policy(
    "from-many",
    `  networkSelector: {names: [shop, bridge]}
  ingress:
    defaultAction: Deny
    rules: [{name: many, action: Allow, from: [{addressGroup: many}]}]`,
  );
  const chains = async () => {
    const text = await alpha.run(["iptables-save", "-t", "filter"]);
    return text.split("\n").filter((line) => line.startsWith("-A SEAWALL"));
  };
  const own = [`${client.ipv4}/32`, `${client.ipv6}/128`];
  await fleet.mustSeawall(
    ["apply", "-f", "-", "--prune", "-l", "suite=e2e"],
    fromMany + group(5000, ...own),
  );
  await fleet.mustSeawall(["wait", "host", "alpha", "--for=InSync", "--timeout=60s"]);
  expect(await met(client, alpha, 3306)).toEqual(open);
  const conditions = async () => (await hostStatus(fleet, "beta")).conditions;
  await expect
    .poll(conditions, { timeout: 60_000, interval: lookEveryMs })
    .toContainEqual(expect.objectContaining({ reason: "IpsetMissing" }));
  const rules = await chains();
  expect(rules).toHaveLength(41);

  await fleet.mustSeawall(["apply", "-f", "-"], group(4990));
  await fleet.mustSeawall(["wait", "host", "alpha", "--for=InSync", "--timeout=60s"]);
  expect(await met(client, alpha, 3306)).toEqual(dropped);
  expect(await chains()).toEqual(rules);
});

test("trace: by which way a packet goes, and what becomes of it there", async () => {
  const plain = await startPlain(shop);
  expect(await shop.fleet.seawall(["apply", "-f", "-"], waysPolicies(shop, "Allow"))).toMatchObject(
    {
      code: 2,
      stderr: expect.stringMatching(
        /test inside fails on alpha: .* \(eth1\) TCP\/7001.* must be Allow and is Deny/,
      ) as string,
    },
  );
  await enforceOn(shop.fleet, waysPolicies(shop));
  const told = await Promise.all(
    tracedWays(shop, plain).map(async (way) => ({
      way,
      said: await said(shop.fleet, way),
      fates: await fates(way),
    })),
  );
  const words = (
    way: (typeof told)[number]["way"],
    ways: readonly string[],
    ends: readonly string[],
  ) => `${way.question.join(" ")} on ${way.host}: ${ways.join(", ")}: ${ends.join(" ")}`;
  expect(told.map((one) => words(one.way, one.said, one.fates))).toEqual(
    told.map(({ way }) =>
      words(
        way,
        way.says,
        way.to.map(() => way.fate),
      ),
    ),
  );
  await Promise.all([shop.beta.removeContainer("old"), shop.beta.removeContainer("caller")]);
  await shop.beta.removeNetwork("plain");
});

test("lint: what it warns of is what packets meet", async () => {
  const { fleet, alpha } = shop;
  await startOdd(shop);
  await inSyncWithDocker(fleet, "alpha");
  const warned = warnedOf(shop);
  const packets = warned.flatMap((one) => one.packets);
  // Without a policy all of them answer, but where Docker keeps its networks apart.
  await enforceOn(fleet, policy("nothing", "  networkSelector: {names: [gone]}\n  ingress: {}"));
  expect(await Promise.all(packets.map(meets))).toEqual(
    packets.map(({ from, port }) => (from === shop.app && port === 80 ? "timeout" : "open")),
  );

  const manifests = oddPolicies(shop);
  const validated = await fleet.seawall(["validate", "-f", "-"], manifests);
  const applied = await fleet.seawall(
    ["apply", "-f", "-", "--prune", "-l", "suite=e2e", "--wait", "--timeout=60s"],
    manifests,
  );
  expect([validated.code, applied.code]).toEqual([0, 0]);
  for (const { by, path, says } of warned) {
    const lines = (by === "apply" ? applied : validated).stderr.split("\n");
    expect(lines.filter((line) => line.includes(` ${path}: warning: `)).join("\n")).toMatch(says);
  }
  expect(await Promise.all(packets.map(meets))).toEqual(packets.map((one) => one.meets));
  await Promise.all([alpha.removeContainer("exporter"), alpha.removeContainer("stand-in")]);
});

test("log: what hits the rule is handed to the kernel's log", async () => {
  const { fleet, alpha, client } = shop;
  await enforceOn(
    fleet,
    policy(
      "logged",
      `${onShop}\n  ingress: {rules: [{name: web, action: Allow, log: true, ports: [{port: 80}]}]}`,
    ),
  );
  expect(await met(client, alpha, 8080)).toEqual(open);
  const saved = await alpha.run(["iptables-save", "-c", "-t", "filter"]);
  expect(saved).toMatch(/^\[1:\d+\] -A SEAWALL-I-.* -j NFLOG .*logged\/web/m);
});

test("hostSelector: a host that leaves the fleet is nobody's peer, and one that joins is", async () => {
  const { fleet, alpha, beta } = shop;
  await enforceOn(
    fleet,
    policy(
      "for-apps",
      `${onShop}
  ingress:
    defaultAction: Deny
    rules: [{name: apps, action: Allow, from: [{hostSelector: {matchLabels: {role: app}}}]}]`,
    ),
  );
  const approve = ["set", "host", "beta", "--address", beta.ipv4, "--address", beta.ipv6];
  await fleet.mustSeawall(approve);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(open);

  await fleet.stopAgent("beta");
  await fleet.mustSeawall(["delete", "host", "beta"]);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(dropped);

  // Its labels come with the token; its addresses are approved again.
  await fleet.join("beta", { role: "app" });
  await fleet.startAgent("beta");
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(dropped);
  await fleet.mustSeawall(approve);
  await inSync();
  expect(await met(beta, alpha, 3306)).toEqual(open);
});

aroundPolicies(() => shop);
