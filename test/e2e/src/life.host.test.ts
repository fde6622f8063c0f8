import { eventually } from "@seawall/lab";
import { rolloutDocument } from "@seawall/policy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import {
  createShop,
  enforce,
  families,
  type ProbeName,
  policy,
  probe,
  type Site,
  type Sites,
  startSites,
  startWeb,
} from "./sites.ts";

/** A fleet's bad days. Each test begins and ends with the same policy in force on both hosts. */
let sites: Sites;
let alpha: Site;
let beta: Site;

const closed = policy(
  "closed",
  "  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Deny}",
);
const open = policy(
  "closed",
  "  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Allow}",
);

const rejecting = policy(
  "closed",
  "  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Reject}",
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
});

afterAll(async () => {
  await sites.fleet.stop();
});

beforeEach(async () => {
  await enforce(sites, closed);
});

/** The verdicts of one probe over both families. */
async function verdicts(site: Site, name: ProbeName): Promise<readonly string[]> {
  return await Promise.all(
    families.map(async (family) => (await probe(sites, site, name, family)).kind),
  );
}

async function expectClosed(site: Site): Promise<void> {
  expect(await verdicts(site, "outside tcp/8080"), `${site.host.name} from outside`).toEqual([
    "timeout",
    "timeout",
  ]);
}

async function expectOpen(site: Site): Promise<void> {
  expect(await verdicts(site, "outside tcp/8080"), `${site.host.name} from outside`).toEqual([
    "open",
    "open",
  ]);
}

/** The filter tables without counters, comments and Docker's own changes of order in time. */
async function rules(site: Site): Promise<string> {
  const texts = await Promise.all(
    ["iptables-save", "ip6tables-save"].map((program) => site.host.run([program, "-t", "filter"])),
  );
  return texts
    .join("\n")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .join("\n");
}

describe("policies change", () => {
  test("an update and a deletion reach the packets", async () => {
    await expectClosed(alpha);
    await enforce(sites, open);
    await expectOpen(alpha);
    await expectOpen(beta);
    await enforce(sites, closed);
    await expectClosed(beta);
    await sites.fleet.mustSeawall(["delete", "policy", "closed"]);
    await sites.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    await expectOpen(alpha);
    await expectOpen(beta);
  });

  test("a label that no longer fits takes the policy off that host alone", async () => {
    const byLabel = policy(
      "closed",
      "  hostSelector: {matchLabels: {env: prod}}\n  networkSelector: {names: [shop]}\n  ingress: {defaultAction: Deny}",
    );
    await enforce(sites, byLabel);
    await sites.fleet.mustSeawall(["label", "host", "beta", "env=dev", "--overwrite"]);
    await sites.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    await expectClosed(alpha);
    await expectOpen(beta);
    await sites.fleet.mustSeawall(["label", "host", "beta", "env=prod", "--overwrite"]);
    await sites.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    await expectClosed(beta);
  });
});

describe("networks and rules change", () => {
  test("a network that is re-created under another bridge keeps its policy", async () => {
    const before = await alpha.host.bridgeOf("shop");
    await alpha.host.removeContainer("web");
    await alpha.host.removeNetwork("shop");
    await createShop(alpha.host, 0);
    const web = await startWeb(alpha.host);
    alpha = { ...alpha, web };
    const bridge = await alpha.host.bridgeOf("shop");
    expect(bridge).not.toBe(before);
    await eventually(
      async () => {
        const { networks } = await hostStatus(sites.fleet, "alpha");
        return networks.find(({ name }) => name === "shop")?.bridge === bridge;
      },
      { what: "the new bridge to be reported", timeoutMs: 60_000, intervalMs: lookEveryMs },
    );
    await sites.fleet.mustSeawall(["wait", "host/alpha", "--for=InSync", "--timeout=60s"]);
    await expectClosed(alpha);
    expect(await alpha.host.run(["iptables-save"]), "rules of the old bridge").not.toContain(
      before,
    );
  });

  test("DOCKER-USER flushed: reported as drift, repaired", async () => {
    const { drifts: earlier } = await hostStatus(sites.fleet, "alpha");
    await alpha.host.run(["iptables", "-F", "DOCKER-USER"]);
    const drift = await eventually(
      async () => {
        const { drifts } = await hostStatus(sites.fleet, "alpha");
        return drifts.length > earlier.length && drifts[0]?.repairedTime !== ""
          ? drifts[0]
          : undefined;
      },
      { what: "a repaired drift", timeoutMs: 60_000, intervalMs: lookEveryMs },
    );
    expect(drift).toMatchObject({
      family: "IPv4",
      what: expect.stringContaining("DOCKER-USER") as string,
    });
    await expectClosed(alpha);
  });

  test.for(["iptables", "ip6tables"])(
    "another tool's %s rule in DOCKER-USER is left alone",
    async (iptables) => {
      const rule = ["-p", "tcp", "--dport", "4242", "-j", "DROP"];
      await alpha.host.run([iptables, "-I", "DOCKER-USER", "1", ...rule]);
      await eventually(
        async () =>
          (await alpha.host.run([iptables, "-S", "DOCKER-USER", "1"])).includes("SEAWALL"),
        {
          what: "our jump to stand first again",
          timeoutMs: 60_000,
        },
      );
      await enforce(sites, rejecting);
      await enforce(sites, closed);
      expect(
        (await alpha.host.exec([iptables, "-C", "DOCKER-USER", ...rule])).code,
        "the rule is there",
      ).toBe(0);
      await alpha.host.run([iptables, "-D", "DOCKER-USER", ...rule]);
      await sites.fleet.mustSeawall(["wait", "host/alpha", "--for=InSync", "--timeout=60s"]);
    },
  );
});

describe("processes die", () => {
  test("the agent is killed: its rules stay, nothing else of it does, and it goes on after a start", async () => {
    const restoring = async (): Promise<readonly string[]> => {
      // Some end while they are listed.
      const { stdout } = await alpha.host.exec(["sh", "-c", "cat /proc/[0-9]*/comm"]);
      return stdout.split("\n").filter((name) => /^ip6?tables-nft-r/.test(name));
    };
    // It stands by for the next change.
    await expect.poll(restoring, { timeout: 30_000 }).toContain("iptables-nft-re");
    await sites.fleet.stopAgent("alpha", "SIGKILL");
    await expect.poll(restoring, { timeout: 30_000 }).toEqual([]);
    await expectClosed(alpha);
    await sites.fleet.startAgent("alpha");
    await enforce(sites, open);
    await expectOpen(alpha);
  });

  test("nats-server is killed: it is started again, nothing is lost, changes go on", async () => {
    const revisions = await sites.fleet.mustSeawall(["get", "revisions", "-o", "name"]);
    const pid = await sites.fleet.controller.run(["pidof", "nats-server"]);
    await sites.fleet.controller.run(["kill", "-KILL", pid.trim()]);
    await eventually(
      async () =>
        (await sites.fleet.seawall(["get", "revisions", "-o", "name"])).stdout === revisions,
      {
        what: "the revisions to be there again",
        timeoutMs: 60_000,
        intervalMs: lookEveryMs,
      },
    );
    await enforce(sites, open);
    await expectOpen(beta);
  });

  test("the controller is away: rules stay, a restarted agent enforces and repairs from its disk", async () => {
    await sites.fleet.stopController("SIGKILL");
    await sites.fleet.stopAgent("beta", "SIGKILL");
    for (const program of ["iptables", "ip6tables"]) {
      await beta.host.run([program, "-F", "DOCKER-USER"]);
    }
    await expectClosed(beta);
    await sites.fleet.startAgent("beta");
    await eventually(
      async () =>
        (await rules(beta)).split("\n").filter((line) => line.startsWith("-A DOCKER-USER "))
          .length === 2,
      { what: "the agent to lead both families into its rules again", timeoutMs: 60_000 },
    );
    await expectClosed(beta);
    await sites.fleet.startController();
    await enforce(sites, open);
    await expectOpen(beta);
  });

  test("the controller's state and settings are lost: their backup is the fleet's state again, and hosts take it", async () => {
    const { fleet } = sites;
    const kept = "/root/seawall-backup.tar";
    const contents = ["var/lib/seawall/controller", "etc/seawall/controller.yaml"];
    await fleet.stopController();
    await fleet.controller.run(["tar", "-C", "/", "-cf", kept, ...contents]);
    await fleet.startController();
    const backedUp = await fleet.mustSeawall(["get", "revisions", "-o", "name"]);
    await enforce(sites, open);
    await fleet.stopController();
    await fleet.controller.run(["rm", "-r", ...contents.map((path) => `/${path}`)]);
    await fleet.controller.run(["tar", "-C", "/", "-xpf", kept]);
    await fleet.startController();
    expect(await fleet.mustSeawall(["get", "revisions", "-o", "name"])).toBe(backedUp);
    for (const site of [alpha, beta]) {
      await eventually(async () => await expectClosed(site).then(() => true), {
        what: "the policy of the backup to be in force again",
        timeoutMs: 60_000,
      });
    }
    await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    await fleet.mustSeawall(["verify", "history"]);
    await enforce(sites, open);
    await expectOpen(beta);
  });

  test("the controller is killed in the middle of applies: what it acknowledged is there", async () => {
    for (let round = 1; round <= 3; round++) {
      const acknowledged: string[] = [];
      const applies = Array.from({ length: 6 }, async (_, index) => {
        const name = `round-${String(round)}-${String(index)}`;
        const result = await sites.fleet.seawall(
          ["apply", "-f", "-"],
          policy(name, "  networkSelector: {names: [nowhere]}\n  ingress: {defaultAction: Deny}"),
        );
        if (result.code === 0) acknowledged.push(`fleetpolicy/${name}`);
      });
      // The first that is acknowledged is the signal: others are under way.
      await Promise.race(applies);
      await sites.fleet.stopController("SIGKILL");
      await Promise.all(applies);
      await sites.fleet.startController();
      const stored = (await sites.fleet.mustSeawall(["get", "policies", "-o", "name"]))
        .trim()
        .split("\n");
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(stored).toEqual(expect.arrayContaining(acknowledged));
    }
    await enforce(sites, open);
    await expectOpen(alpha);
  });

  test("Docker stops: the rules stay and the host is not called InSync", async () => {
    // Stopped with their Docker, they are gone a moment earlier, and the rules that name them may or may not be.
    await beta.host.docker("stop", "web", "app");
    await eventually(
      async () => {
        const now = await rules(beta);
        const named = /(?:: published \d+|published)" -[gj]/.test(now);
        return !named && now.includes("held: published by nobody known");
      },
      {
        what: "the rules of containers that have stopped to go, and their fixed ports to be held",
        timeoutMs: 60_000,
      },
    );
    const before = await rules(beta);
    await beta.host.stopDocker("SIGTERM");
    const status = await eventually(
      async () => {
        const now = await hostStatus(sites.fleet, "beta");
        return now.state === "Failed" ? now : undefined;
      },
      { what: "the host to fail", timeoutMs: 60_000, intervalMs: lookEveryMs },
    );
    expect(`${status.state} ${status.reason}`).toBe("Failed DockerUnavailable");
    const ours = (text: string) => text.split("\n").filter((line) => line.includes("SEAWALL"));
    expect(ours(await rules(beta))).toEqual(ours(before));
    await beta.host.startDocker();
    await beta.host.docker("start", "web", "app");
    // What it said last while Docker was away ends a wait that has just begun.
    await eventually(
      async () =>
        (await sites.fleet.seawall(["wait", "host/beta", "--for=InSync", "--timeout=60s"])).code ===
        0,
      { what: "beta to be in sync", timeoutMs: 60_000 },
    );
    await eventually(
      async () => (await verdicts(beta, "office tcp/8080")).every((kind) => kind === "timeout"),
      { what: "beta to be closed" },
    );
  });
});

describe("in the middle of a wave", () => {
  const halfFirst = `---
apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default, labels: {suite: e2e}}
spec: {waves: [{name: half, percent: 50}, {name: all, approval: Manual}]}
`;

  /** The newest rollout: its revision, how it stands, and each wave: "half Done 1". */
  async function rollout() {
    const text = await sites.fleet.mustSeawall(["rollout", "status", "-o", "json"]);
    const { spec, status } = rolloutDocument.parse(JSON.parse(text));
    const waves = status.waves.map(({ name, phase, hosts }) => `${name} ${phase} ${String(hosts)}`);
    return `${String(spec.revision)} ${[status.phase, ...waves].join(", ")}`;
  }

  async function becomes(wanted: string): Promise<void> {
    const look = async (): Promise<true> => {
      expect(await rollout()).toBe(wanted);
      return true;
    };
    await eventually(look, {
      what: "the rollout",
      timeoutMs: 60_000,
      intervalMs: lookEveryMs,
    });
  }

  const victims = {
    "the controller": async () => {
      await sites.fleet.stopController("SIGKILL");
      await sites.fleet.startController();
    },
    "nats-server": async () => {
      const pid = await sites.fleet.controller.run(["pidof", "nats-server"]);
      await sites.fleet.controller.run(["kill", "-KILL", pid.trim()]);
    },
  };

  /** The open shop goes out in waves; its revision. */
  async function begin(...flags: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await sites.fleet.seawall(
      ["apply", "-f", "-", "--prune", "-l", "suite=e2e", ...flags],
      open + halfFirst,
    );
    expect(code, stderr).toBe(0);
    const revision = /^revision (\d+)$/m.exec(stdout)?.[1] ?? "none";
    if (flags.length > 0) {
      expect(stderr).toMatch(
        new RegExp(
          `^It is undone at \\S+Z \\(in (29|30)m\\) unless you run: seawall rollout confirm ${revision}$`,
          "m",
        ),
      );
    }
    return revision;
  }

  test("it is aborted: the hosts that have it go back, and history says who did it", async () => {
    const revision = await begin();
    await becomes(`${revision} Progressing, half Done 1, all Waiting 0`);
    await expectOpen(alpha);
    const done = await sites.fleet.mustSeawall(["rollout", "abort", revision]);
    expect(done).toBe(`rollout/${revision} aborted\n`);
    await sites.fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
    await expectClosed(alpha);
    const [, newest] = (await sites.fleet.mustSeawall(["rollout", "history"])).split("\n");
    expect(newest).toMatch(
      new RegExp(`^${revision} +\\d+ +(✖ )?RolledBack +1 +\\d+s +Aborted: aborted by admin$`),
    );
  });

  test.for(Object.entries(victims))(
    "%s is killed: no host too many, no step twice, and the end is the same",
    async ([, kill]) => {
      await enforce(sites, closed + halfFirst);
      await sites.fleet.stopAgent("alpha");
      const revision = await begin("--confirm-within=30m");

      const inWave = `${revision} Progressing, half Progressing 1, all Waiting 0`;
      await becomes(inWave);
      await sites.fleet.mustSeawall(["rollout", "pause"]);
      await kill();
      await becomes(`${revision} Paused, half Progressing 1, all Waiting 0`);
      await sites.fleet.mustSeawall(["rollout", "resume", revision]);
      await becomes(inWave);
      await sites.fleet.startAgent("alpha");
      await becomes(`${revision} Progressing, half Done 1, all Waiting 0`);
      await expectOpen(alpha);
      await kill();
      await becomes(`${revision} Progressing, half Done 1, all Waiting 0`);
      await expectClosed(beta);

      const watched = sites.fleet.seawall(["rollout", "status", "--watch", "--timeout=100s"]);
      await sites.fleet.mustSeawall(["rollout", "promote"]);
      await kill();
      await becomes(`${revision} Completed, half Done 1, all Done 1`);
      const { code, stdout } = await watched;
      expect([code, stdout.trimEnd().split("\n").at(-1)?.replace(/^\S+ /, "")]).toEqual([
        0,
        `revision=${revision} Completed`,
      ]);
      expect(stdout).toContain(` revision=${revision} wave=half Done `);
      // Through all of it the record has kept that somebody has to.
      await sites.fleet.mustSeawall(["rollout", "confirm", revision]);
      await expectOpen(alpha);
      await expectOpen(beta);
    },
  );
});

describe("leaving", () => {
  test("agent uninstall leaves every rule as it was before the agent came", async () => {
    // The rules of now without ours, with somebody else's beside them, are the rules of before.
    await alpha.host.run(["iptables", "-A", "DOCKER-USER", "-s", "198.18.0.1/32", "-j", "DROP"]);
    await sites.fleet.stopAgent("alpha");
    const withOurs = (await rules(alpha)).split("\n");
    await alpha.host.run(["seawall", "agent", "uninstall"]);
    const after = (await rules(alpha)).split("\n");
    expect(after).toEqual(withOurs.filter((line) => !line.includes("SEAWALL")));
    expect(withOurs.length).toBeGreaterThan(after.length);
    await expectOpen(alpha);
  });
});
