import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { type ExecResult, eventually } from "@seawall/lab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import { repositoryPath } from "./repository-path.ts";
import { enforce, families, policy, probe, type Site, type Sites, startSites } from "./sites.ts";

/** What must not be believed: manifests, tokens, certificates, bundles. */
let sites: Sites;
let alpha: Site;
let beta: Site;

const closed = policy(
  "closed",
  "  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Deny}",
);

beforeAll(async () => {
  sites = await startSites([
    { name: "alpha", labels: { env: "prod" } },
    { name: "beta", labels: { env: "prod" } },
  ]);
  const [first, second] = sites.sites;
  if (first === undefined || second === undefined) throw new Error("two sites were asked for");
  alpha = first;
  beta = second;
  await enforce(sites, closed);
});

afterAll(async () => {
  await sites.fleet.stop();
});

async function newestRevision(): Promise<string> {
  return (await sites.fleet.mustSeawall(["get", "revisions", "-o", "name"])).split("\n")[0] ?? "";
}

async function expectClosed(site: Site): Promise<void> {
  const verdicts = await Promise.all(
    families.map(async (family) => (await probe(sites, site, "outside tcp/8080", family)).kind),
  );
  expect(verdicts).toEqual(["timeout", "timeout"]);
}

function said({ code, stdout, stderr }: ExecResult): string {
  return `exit ${String(code)}\n${stdout}${stderr}`;
}

describe("manifests are refused with their place, exit 2, and nothing is stored", () => {
  const rule = (text: string) =>
    policy("bad", `  ingress: {defaultAction: Deny, rules: [{name: r, action: Allow, ${text}}]}`);
  const cases: readonly (readonly [name: string, manifest: string, words: string])[] = [
    [
      "an unknown field",
      policy("bad", "  ingres: {defaultAction: Deny}"),
      'did you mean "ingress"',
    ],
    ["a CIDR with host bits", rule("from: [{ipBlock: {cidr: 10.0.0.1/8}}]"), "10.0.0.0/8"],
    ["a CIDR with octal digits", rule("from: [{ipBlock: {cidr: 010.1.1.1/32}}]"), "octal"],
    ["a port of 70000", rule("ports: [{port: 70000}]"), "65535"],
    ["an endPort below port", rule("ports: [{port: 90, endPort: 80}]"), "80 is below 90"],
    ["an empty list", rule("from: []"), "-:"],
    [
      "a duplicate name",
      policy("bad", "  ingress: {defaultAction: Deny}") +
        policy("bad", "  ingress: {defaultAction: Deny}"),
      "bad",
    ],
    ["an unknown addressGroup", rule("from: [{addressGroup: nobody}]"), "nobody"],
    [
      "what is not enforced yet",
      "apiVersion: seawall/v1\nkind: RolloutStrategy\nmetadata: {name: bad}\nspec: {}\n",
      "not enforced",
    ],
    [
      "exploding aliases",
      `a: &a [x, x]\n${Array.from({ length: 60 }, (_, i) => `b${String(i)}: [*a, *a]`).join("\n")}\n`,
      "-:",
    ],
    ["a file over the limit", `# ${"x".repeat(1024 * 1024)}\n`, "1 MiB"],
  ];
  let before: string;
  beforeAll(async () => {
    before = await newestRevision();
  });

  test.for(cases)("%s", async ([, manifest, words]) => {
    const result = await sites.fleet.seawall(["apply", "-f", "-"], manifest);
    expect(result.code, said(result)).toBe(2);
    expect(result.stderr).toContain(words);
  });

  test("a stale revision is exit 4", async () => {
    const result = await sites.fleet.seawall(["apply", "-f", "-", "--if-revision", "99"], closed);
    expect(result.code, said(result)).toBe(4);
  });

  test("none of them stored anything", async () => {
    expect(before).not.toBe("");
    expect(await newestRevision()).toBe(before);
  });
});

describe("joining", () => {
  const join = async (site: Site, token: string, name: string) => {
    await writeFile(site.host.path("/run/try-token"), token, { mode: 0o600 });
    return await site.host.exec([
      "seawall",
      "agent",
      "join",
      "--controller",
      "controller:7444",
      "--token-file",
      "/run/try-token",
      "--name",
      name,
      "--state-directory",
      `/tmp/try-${name.replaceAll("/", "")}`,
    ]);
  };
  const token = async (...args: string[]) =>
    await sites.fleet.mustSeawall(["token", "create", "--ttl=10m", ...args]);

  test("a used token", async () => {
    const once = await token();
    expect((await join(alpha, once, "gamma")).code).toBe(0);
    const again = await join(beta, once, "delta");
    expect(again.code, said(again)).not.toBe(0);
    expect(again.stderr).toContain("used");
    expect((await sites.fleet.seawall(["get", "host", "delta"])).code).toBe(1);
    await sites.fleet.mustSeawall(["delete", "host", "gamma"]);
  });

  test("a revoked token, at once", async () => {
    const { fleet } = sites;
    const revoked = await token("--uses=2");
    const id = revoked.split(".")[2] ?? "";
    const list = async () => await fleet.mustSeawall(["token", "list"]);
    expect(await list()).toMatch(new RegExp(`^${id} +admin +2 of 2 +9m`, "m"));
    expect(await fleet.mustSeawall(["token", "revoke", id])).toBe(`token/${id} revoked\n`);
    const joined = await join(beta, revoked, "delta");
    expect(joined.code, said(joined)).not.toBe(0);
    expect(joined.stderr).toContain("WrongToken");
    expect(await list()).not.toContain(id);
  });

  describe("with a token that has a use left, and has it still afterwards", () => {
    let good: string;
    beforeAll(async () => {
      good = await token();
    });

    test.for([
      ["a wrong secret", (): string => `${good.trim().slice(0, -4)}AAAA`, "WrongToken"],
      [
        "a token of another CA",
        (): string => good.replace(/^SW1\.[^.]+/, `SW1.${"A".repeat(43)}`),
        "CA",
      ],
      ["no token at all", (): string => "hello", "token"],
    ] as const)("%s", async ([, spoilt, words]) => {
      const result = await join(beta, spoilt(), "delta");
      expect(result.code, said(result)).not.toBe(0);
      expect(result.stderr).toContain(words);
    });

    test.for(["a.b", "*", "a>b", "x".repeat(64)])("the host name %s", async (name) => {
      const result = await join(beta, good, name);
      expect(result.code, said(result)).toBe(2);
      expect(result.stderr).toContain("cannot name a host");
    });

    test("a taken name with another key", async () => {
      const result = await join(beta, good, "alpha");
      expect(result.code, said(result)).not.toBe(0);
      expect(result.stderr).toContain("NameTaken");
      expect((await hostStatus(sites.fleet, "alpha")).state).toBe("InSync");
    });

    test("none of them used it", async () => {
      const id = good.split(".")[2] ?? "";
      const list = await sites.fleet.mustSeawall(["token", "list"]);
      expect(list).toMatch(new RegExp(`^${id} +admin +1 of 1 `, "m"));
    });
  });
});

test("an admin certificate of another CA gets nowhere: exit 3", async () => {
  const { controller } = sites.fleet;
  await controller.run(
    [
      "seawall",
      "controller",
      "init",
      "--state-directory",
      "/tmp/other",
      "--config",
      "/tmp/other.yaml",
      "--advertise",
      "controller",
    ],
    { env: { SEAWALL_CONFIG: "/tmp/other-context.yaml" } },
  );
  const own = await readFile(controller.path("/root/.config/seawall/config.yaml"), "utf8");
  const other = await readFile(controller.path("/tmp/other-context.yaml"), "utf8");
  const part = (text: string, from: string, to: string) =>
    text.slice(text.indexOf(from), text.indexOf(to));
  // The right CA to trust, the wrong certificate to show.
  const mixed =
    own.replace(part(own, "    certificate:", "EOF"), "") +
    other.slice(other.indexOf("    certificate:"));
  await writeFile(
    controller.path("/tmp/mixed.yaml"),
    mixed.includes("certificate:") ? mixed : other,
    { mode: 0o600 },
  );
  for (const file of ["/tmp/other-context.yaml", "/tmp/mixed.yaml"]) {
    const result = await controller.exec(["seawall", "get", "hosts"], {
      env: { SEAWALL_CONFIG: file },
    });
    expect(result.code, said(result)).toBe(3);
  }
});

test("a user has its role, and none any more once it is revoked", async () => {
  const { fleet } = sites;
  await fleet.mustSeawall([
    "user",
    "create",
    "vera",
    "--role",
    "viewer",
    "--file",
    "/tmp/vera.yaml",
  ]);
  const vera = async (...words: string[]) =>
    await fleet.controller.exec(["seawall", ...words], {
      env: { SEAWALL_CONFIG: "/tmp/vera.yaml" },
    });
  expect(await vera("auth", "whoami")).toMatchObject({ code: 0, stdout: "vera viewer\n" });
  const refused = await vera("label", "host", "alpha", "env=test");
  expect(refused.code, said(refused)).toBe(2);
  expect(refused.stderr).toContain("LabelHost needs the role operator, and vera is viewer");
  await fleet.mustSeawall(["user", "revoke", "vera"]);
  const revoked = await vera("get", "hosts");
  expect(revoked.code, said(revoked)).toBe(3);
});

test("what happened is there to be read: who was refused, and what a host says of itself", async () => {
  const { fleet } = sites;
  await alpha.host.run(["iptables", "-F", "SEAWALL"]);
  await eventually(
    async () => {
      const words = ["events", "--host", "alpha"];
      return /DriftFound[^]*DriftRepaired +host\/alpha +host\/alpha/.test(
        await fleet.mustSeawall(words),
      );
    },
    { what: "the drift and its repair", timeoutMs: 60_000, intervalMs: lookEveryMs },
  );
  const all = await fleet.mustSeawall(["events"]);
  for (const line of [
    /TokenRevoked +token\/[0-9a-f]{16} +user\/admin +expiresAt: [^;]+; state: "Valid" → "Revoked"; usesLeft: 2 → none/,
    /JoinRefused +host\/delta +token\/[0-9a-f]{16} +WrongToken, from /,
    /RevisionCommitted +revision\/1 +user\/admin +FleetPolicy\/closed .*FleetPolicy\/closed spec\.ingress\.defaultAction: none → "Deny"/,
    /RolloutStarted +rollout\/1 +controller +from revision 0, to all hosts at once/,
    /UserCreated +user\/vera +user\/admin +role: none → "viewer"/,
    /ChangeRefused +call\/Apply +user\/admin +-:6:3 spec\.ingres: unknown field/,
    /ChangeRefused +call\/Apply +user\/admin +the newest revision is 1, not /,
    /CallRefused +call\/LabelHost +user\/vera +LabelHost needs the role operator/,
    /UserRevoked +user\/vera +user\/admin +role: "viewer" → none/,
    /CallRefused +call\/Get +user\/vera +user vera is not known/,
  ]) {
    expect(all).toMatch(line);
  }
});

describe("who can write to the store", () => {
  const intruder = ["node", `${repositoryPath}/test/e2e/dist/intruder.js`];

  test("reads policies, and names and addresses of hosts", async () => {
    const { fleet } = sites;
    await fleet.mustSeawall(["set", "host", "beta", "--address", "192.0.2.7"]);
    const words = ["closed", "defaultAction", "beta", "192.0.2.7"];
    const found = await fleet.controller.run([...intruder, "read", ...words]);
    expect(JSON.parse(found)).toEqual({
      closed: ["EVENTS", "KV_blobs", "KV_revisions"],
      defaultAction: ["EVENTS", "KV_blobs"],
      beta: ["EVENTS", "KV_hosts", "KV_meta"],
      "192.0.2.7": ["EVENTS", "KV_hosts"],
    });
  });

  test("withholds what is new: a host keeps its last good rules, and is shown at an older generation", async () => {
    const { fleet } = sites;
    const { generation } = await hostStatus(fleet, "beta");
    await fleet.controller.run([...intruder, "bundles", "withheld"]);
    const denied = "  networkSelector: {names: [other]}\n  ingress: {defaultAction: Deny}";
    await fleet.mustSeawall(["apply", "-f", "-"], policy("withheld", denied));
    await fleet.agent("beta").waitForOutput(/cannot fetch the bundle/, 60_000);
    await fleet.mustSeawall(["wait", "host", "beta", "--for=state=Applying", "--timeout=60s"]);
    expect(await hostStatus(fleet, "beta")).toMatchObject({
      ...{ reason: "OlderGeneration", generation: generation + 1, observedGeneration: generation },
    });
    await expectClosed(beta);
    expect((await probe(sites, beta, "outside tcp/9090", "v4")).kind).toBe("open");
    await fleet.controller.run([...intruder, "bundles", "returned"]);
    await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    expect((await probe(sites, beta, "outside tcp/9090", "v4")).kind).toBe("timeout");
  });

  test("gets none of the bundles that it makes up applied, but for one signed with the controller's own key; the controller puts its own back, a deleted one too", async () => {
    const { fleet } = sites;
    // A running controller would put its own bundle back at once.
    await fleet.stopController("SIGKILL");
    for (const [what, reason] of [
      ["forged", "BadSignature"],
      ["strangers-key", "UnknownKey"],
      ["moved", "WrongHost"],
      ["replayed", "OlderGeneration"],
      ["unknown-feature", "UnknownFeature"],
      ["empty", undefined],
      ["deleted", undefined],
    ] as const) {
      await fleet.controller.run([...intruder, "store", "beta", what]);
      if (reason !== undefined) {
        await eventually(
          async () => (await fleet.agent("beta").output()).includes(`"reason":"${reason}"`),
          { what: `the agent to refuse what is ${what} with ${reason}`, timeoutMs: 60_000 },
        );
      }
      await expectClosed(beta);
    }
    // Who has the whole state directory of the controller writes what a host enforces.
    await fleet.controller.run([...intruder, "store", "beta", "signed"]);
    await eventually(
      async () => (await probe(sites, beta, "outside tcp/8080", "v4")).kind === "open",
      { what: "what is signed with the controller's key to be in force", timeoutMs: 60_000 },
    );
    await fleet.startController();
    await eventually(
      async () =>
        (await fleet.seawall(["wait", "hosts", "--for=InSync", "--timeout=60s"])).code === 0,
      { what: "the host to be in sync with a bundle of the controller's own", timeoutMs: 60_000 },
    );
    await expectClosed(beta);
  });

  test("a revision that it edits is named by the client, and one that is put back is good again", async () => {
    const { fleet } = sites;
    const group =
      "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: later}\nspec: {cidrs: []}\n";
    await fleet.mustSeawall(["apply", "-f", "-"], group);
    const before = await fleet.mustSeawall(["verify", "history"]);
    await fleet.controller.run([...intruder, "history", "1", "edited"]);
    const edited = await fleet.seawall(["verify", "history"]);
    expect(edited.code, said(edited)).toBe(1);
    expect(edited.stdout).toMatch(
      /\n {2}1 +the signature of key [0-9a-f]{16} does not fit the bytes\n/,
    );
    await fleet.controller.run([...intruder, "history", "1", "restored"]);
    expect(await fleet.mustSeawall(["verify", "history"])).toBe(before);
  });

  test("a host can neither read nor change another's bundle", async () => {
    const before = (await hostStatus(sites.fleet, "beta")).generation;
    const got = await alpha.host.run([...intruder, "host", "beta"]);
    // Its own bundle may come back to its own inbox; of the other there is nothing.
    expect(JSON.parse(got)).toEqual([]);
    expect((await hostStatus(sites.fleet, "beta")).generation).toBe(before);
    await expectClosed(beta);
    await sites.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  });
});

test("a copy of a host's state directory: both agents are quarantined, and keep the rules they have", async () => {
  const { fleet } = sites;
  const thief = fleet.lab.node("client");
  const state = "/var/lib/seawall/agent";
  await mkdir(thief.path("/var/lib/seawall"), { recursive: true });
  await cp(alpha.host.path(state), thief.path(state), { recursive: true });
  const clone = await thief.spawn(["seawall", "agent", "run"]);
  // After three returns, before each of which either may wait for half a minute.
  await fleet.mustSeawall(["wait", "host", "alpha", "--for=state=Quarantined", "--timeout=120s"]);
  const described = await fleet.mustSeawall(["describe", "host", "alpha"]);
  for (const { ipv4 } of [alpha.host, thief]) expect(described).toContain(`at ${ipv4} (seen `);
  expect(described).toContain("seawall set host alpha --end-quarantine");
  expect(await fleet.mustSeawall(["events", "--host", "alpha"])).toMatch(
    /HostQuarantined +host\/alpha +controller +two agents have its keys: one at /,
  );
  // Both are told, and neither is let in.
  for (const agent of [clone, fleet.agent("alpha")]) {
    await agent.waitForOutput(/host alpha is quarantined/, 60_000);
  }
  expect(await fleet.mustSeawall(["events", "--host", "alpha"])).toMatch(
    /HostRefused +host\/alpha +host\/alpha +host alpha is quarantined/,
  );
  // What is new goes to nobody who calls himself alpha; what there was goes on.
  const before = (await hostStatus(fleet, "alpha")).generation;
  await fleet.mustSeawall(["apply", "-f", "-"], policy("later", "  egress: {}"));
  await fleet.mustSeawall(["wait", "host", "beta", "--for=InSync", "--timeout=60s"]);
  expect(await hostStatus(fleet, "alpha")).toMatchObject({
    ...{ state: "Quarantined", reason: "DuplicateIdentity", generation: before },
  });
  expect((await fleet.seawall(["compliance", "--host", "alpha"])).code).toBe(1);
  await expectClosed(alpha);
  clone.kill("SIGKILL");
  await clone.exited;
  await fleet.mustSeawall(["set", "host", "alpha", "--end-quarantine"]);
  // It would come back by itself, within half a minute.
  await fleet.stopAgent("alpha");
  await fleet.startAgent("alpha");
  await fleet.mustSeawall(["wait", "host", "alpha", "--for=InSync", "--timeout=90s"]);
  expect((await hostStatus(fleet, "alpha")).generation).toBeGreaterThan(before);
});

const logLine = z.object({ time: z.number() });
const timeOf = (line: string) => logLine.parse(JSON.parse(line)).time;

test("a deleted host is cut off within a second, and keeps its rules", async () => {
  const deletedMs = Date.now();
  await sites.fleet.mustSeawall(["delete", "host", "alpha"]);
  const answeredMs = Date.now();
  expect((await sites.fleet.seawall(["get", "host", "alpha"])).code).toBe(1);
  // In its own words, and by the clock that is this machine's too.
  for (const words of [/"reason":"host alpha was deleted"/, /"connection to NATS ended"/]) {
    const line = await eventually(
      async () =>
        (await sites.fleet.agent("alpha").output())
          .split("\n")
          .filter((logged) => words.test(logged) && timeOf(logged) > deletedMs)
          .at(0),
      { what: `the agent to say ${String(words)}`, timeoutMs: 60_000 },
    );
    expect(timeOf(line) - answeredMs).toBeLessThan(1_000);
  }
  await expectClosed(alpha);
  const taken = await alpha.host.exec([
    "node",
    `${repositoryPath}/test/e2e/dist/intruder.js`,
    "host",
    "beta",
  ]);
  expect(taken.code, "its NATS credentials").not.toBe(0);
});
