import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DockerHost,
  type Engine,
  eventually,
  type Lab,
  probeTcp,
  type Speaker,
  type Stream,
  startLab,
  startSpeaker,
  startStream,
  whyUnfit,
} from "@seawall/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCutRecords } from "./edge/cut-records.ts";
import { createDocker } from "./edge/docker.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { systemClock } from "./edge/system-clock.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import {
  bundle,
  fakeReach,
  fakeSource,
  openFake,
  recorder,
  silentWatch,
  testClock,
} from "./testing/fakes.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, savedText } from "./testing/node-firewall.ts";
import { settled } from "./testing/settled.ts";
import { uninstall } from "./uninstall.ts";

// The story of one host: each test goes on where the one before it ended. The loop's timer never
// fires, so whatever happens without being asked for was woken by Docker's events.
describe.each<Engine>(["20.10", "28.5"])("an agent on Docker %s", (engine) => {
  let lab: Lab;
  let host: DockerHost;
  let folder: string;
  let reconciler: Reconciler;
  let running: Promise<unknown>;
  let found: string;
  let daemon: Speaker;
  /** Whether the agent hears of Docker's events. */
  let hears = true;
  /** Whoever asks Docker waits for it. */
  let isUp = Promise.resolve();
  const stop = new AbortController();
  const source = fakeSource();
  const reports = recorder();

  beforeAll(async () => {
    const unfit = whyUnfit();
    if (unfit !== undefined) throw new Error(unfit);
    lab = await startLab({ engine, hosts: [{ name: "host1" }], nodes: [{ name: "client" }] });
    host = lab.host("host1");
    folder = await mkdtemp(join(tmpdir(), "seawall-real-docker-"));
    await runShop("10.7.0.0/24");
    found = await savedText(host);
    daemon = await startSpeaker(host, "tcp", 3308);
    const docker = createDocker({
      socketPath: host.dockerSocket,
      sysClassNet: host.path("/sys/class/net"),
      procNet: `/proc/${String(host.pid)}/net`,
      proc: host.path("/proc"),
      clock: systemClock,
    });
    reconciler = createReconciler(
      {
        source,
        docker: {
          ...docker,
          view: async () => {
            await isUp;
            return await docker.view();
          },
          onChange: (listener) => {
            docker.onChange(() => {
              if (hears) listener();
            });
          },
        },
        firewall: firewallOf(host),
        rulesWatch: silentWatch,
        flowLog: { obstacle: () => Promise.resolve(undefined) },
        ...connectionsOf(host),
        reporter: reports,
        lastGood: createLastGood(folder),
        cutRecords: createCutRecords(folder),
        snapshots: createHostSnapshots(folder),
        rulesRecords: createRulesRecords(folder),
        openBundle: openFake,
        openings: createOpenings(folder),
        reach: fakeReach(),
        management: { here: () => [], onChange: () => undefined },
        clock: testClock,
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      },
      { agentVersion: "0.0.0-test", kernel: "test", confirmTimeoutMs: 60_000 },
    );
    running = Promise.all([reconciler.run(stop.signal), docker.watch(stop.signal)]);
  });

  afterAll(async () => {
    stop.abort();
    await running;
    await daemon.stop();
    await lab.stop();
    await rm(folder, { recursive: true });
  });

  async function runShop(subnet4: string): Promise<void> {
    await host.createNetwork("shop", { subnet4 });
    const container = { name: "db", network: "shop", publish: ["3306:3306"] };
    await host.runContainer({ ...container, listen: ["tcp:3306"] });
  }

  const fromOutside = async () =>
    (await probeTcp(lab.node("client"), { address: host.ipv4, port: 3306 })).kind;

  /** The network has no IPv6, so docker-proxy answers for it. */
  const byProxy = async () =>
    (await probeTcp(lab.node("client"), { address: host.ipv6, port: 3306 })).kind;

  /** As where systemd holds its socket. */
  async function restartAndNeverFail(settings: object): Promise<void> {
    await mkdir(host.path("/etc/docker"), { recursive: true });
    await writeFile(host.path("/etc/docker/daemon.json"), JSON.stringify(settings));
    const said = reports.all().length;
    const restarted = host.restartDocker();
    isUp = restarted;
    await restarted;
    await host.docker("start", "db");
    const isBack = async () => (await reconciler.observeNow()).conditions.length === 0;
    await eventually(isBack, { what: "nothing to be missed", timeoutMs: 60_000 });
    const later = reports.all().slice(said);
    const reasons = later.flatMap(({ conditions }) => conditions.map(({ reason }) => reason));
    expect(reasons).not.toContain("DockerUnavailable");
  }

  it("touches nothing before there is a bundle", async () => {
    expect(await fromOutside()).toBe("open");
    expect(await byProxy()).toBe("open");
    expect(await settled(reconciler)).toMatchObject({ state: "Pending", limits: [] });
    expect(await savedText(host)).toBe(found);
  });

  it("closes the network, in both families", async () => {
    source.give(bundle(1));
    const status = await settled(reconciler);
    expect(status).toMatchObject({
      state: "InSync",
      policies: [{ networks: ["shop"], reason: "Enforced" }],
    });
    expect(status.versions.docker).toMatch(new RegExp(`^${engine.replace(".", "\\.")}`));
    expect(await fromOutside()).toBe("timeout");
    expect(await byProxy()).toBe("timeout");
    const { counters } = await settled(reconciler);
    expect(counters.find(({ family }) => family === "IPv4")?.packets).toBeGreaterThan(0);
    expect(await host.run(["ip6tables-nft", "-S", "SEAWALL-IN"])).toContain("SEAWALL-I-");
  });

  it("follows the network to its new bridge, woken by Docker", async () => {
    const before = await host.bridgeOf("shop");
    await host.removeContainer("db");
    await host.removeNetwork("shop");
    await runShop("10.8.0.0/24");
    const bridge = await host.bridgeOf("shop");
    expect(bridge).not.toBe(before);
    const followed = async () =>
      (await savedText(host)).includes(`-o ${bridge} -m comment`) ? true : undefined;
    await eventually(followed, { what: "rules for the new bridge" });
    expect(await fromOutside()).toBe("timeout");
    const { state, drifts } = await reconciler.observeNow();
    expect(state).toBe("InSync");
    // Docker 20.10 makes a network's rules ahead of the jump, then deletes the jump and adds it again: a look may fall
    // in between.
    const moved = /^the jump from FORWARD to DOCKER-USER is (not the first rule|missing)$/;
    expect(drifts.filter(({ what }) => engine !== "20.10" || !moved.test(what))).toEqual([]);
  });

  it("says that Docker is away, keeps the rules, and is InSync again when it is back", async () => {
    await host.stopDocker();
    const failed = () => reports.states().at(-1) === "Failed";
    await eventually(failed, { what: "Docker to be reported away" });
    expect(await savedText(host)).toContain("-j SEAWALL\n");
    await host.startDocker();
    await host.docker("start", "db");
    const inSync = () => reports.states().at(-1) === "InSync";
    await eventually(inSync, { what: "InSync again" });
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
    expect(await fromOutside()).toBe("timeout");
  });

  it("holds the fixed port of a container that does not run yet, until it knows where that leads", async () => {
    const place = { name: "later", network: "shop", ipv4: "10.8.0.40" } as const;
    const later = { ...place, publish: ["3309:3306"], listen: ["tcp:3306"] } as const;
    const throughWhile = async (happen: (stream: Stream) => Promise<unknown>) => {
      const target = { protocol: "tcp", address: host.ipv6, port: 3309 } as const;
      const stream = await startStream(lab.node("client"), target);
      await happen(stream);
      return (await stream.stop()).through;
    };
    const answersItsHost = async () =>
      (await probeTcp(host, { address: place.ipv4, port: 3306 })).kind === "open";
    const start = async () => {
      await host.docker("start", "later");
      await eventually(answersItsHost, { what: "the container to listen" });
    };
    hears = false;
    const unheard = await throughWhile(async (stream) => {
      await host.runContainer(later);
      const getsThrough = async () => (await stream.through()) > 0;
      await eventually(getsThrough, { what: "the meter to see what gets through" });
    });
    expect(unheard).toBeGreaterThan(0);
    await host.removeContainer("later");
    hears = true;
    await host.createContainer(later);
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
    hears = false;
    expect(await throughWhile(start)).toBe(0);
    hears = true;
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
    for (let round = 0; round < 2; round += 1) {
      await host.docker("kill", "later");
      expect(await throughWhile(start)).toBe(0);
    }
    await host.removeContainer("later");
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
  });

  it("holds a port that policies name until it knows who publishes it, but for the host's own", async () => {
    const late = { name: "late", network: "shop", publish: ["3307:3306"] };
    const runLate = () => host.runContainer({ ...late, listen: ["tcp:3306"] });
    const lateByProxy = async () =>
      (await probeTcp(lab.node("client"), { address: host.ipv6, port: 3307 })).kind;
    hears = false;
    await runLate();
    // So it was as long as nobody named the port.
    expect(await lateByProxy()).toBe("open");
    await host.removeContainer("late");
    source.give(bundle(2, "shop", { publishedPorts: [3307, 3308] }));
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
    await runLate();
    expect(await lateByProxy()).toBe("timeout");
    for (const address of [host.ipv4, host.ipv6]) {
      const call = await daemon.call(lab.node("client"), { address, port: 3308 });
      await call.stop();
    }
    hears = true;
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
    expect(await lateByProxy()).toBe("open");
    await host.removeContainer("late");
  });

  it("says what somebody removed that led to Docker's chains, until Docker was restarted", async () => {
    const nat = "nat PREROUTING -m addrtype --dst-type LOCAL -j DOCKER";
    const saysLost = async (text: string) => {
      const isSaid = async () => {
        const { state, conditions } = await reconciler.observeNow();
        const reasons = conditions.map(({ reason }) => reason);
        const isLost = state === "Failed" && reasons.join() === "DockerJumpsLost";
        return isLost && conditions[0]?.message.includes(text);
      };
      await eventually(isSaid, { what: `to be told of ${text}`, timeoutMs: 60_000 });
    };
    await host.run(["iptables", "-t", "nat", "-F", "PREROUTING"]);
    await saysLost(nat);
    if (engine === "20.10") {
      const way = `FORWARD -o ${await host.bridgeOf("shop")} -j DOCKER`;
      await host.run(["iptables", "-F", "FORWARD"]);
      // Docker makes the rules of this one, and what is common to all; not those of the other networks.
      await host.createNetwork("another", { subnet4: "10.9.0.0/24" });
      await saysLost(way);
      await host.removeNetwork("another");
      await saysLost(way);
    } else {
      await host.run(["ip6tables", "-F", "DOCKER-FORWARD"]);
      await saysLost("IPv6: DOCKER-FORWARD -j DOCKER-");
    }
    // With this, it does not make those of IPv6 again. 20.10 is told so on its command line.
    await restartAndNeverFail(engine === "20.10" ? {} : { ip6tables: false });
    expect(await settled(reconciler)).toMatchObject({ state: "InSync", conditions: [] });
  });

  it("leaves both tables as Docker made them", async () => {
    stop.abort();
    await running;
    await host.removeContainer("db");
    await host.removeNetwork("shop");
    const removed = await uninstall(firewallOf(host), createLastGood(folder));
    expect(removed).toEqual({ kind: "removed", hadRules: true });
    const left = await savedText(host);
    await rm(host.path("/etc/docker/daemon.json"));
    await host.restartDocker();
    await runShop("10.7.0.0/24");
    expect(await fromOutside()).toBe("open");
    expect(left).not.toMatch(/SEAWALL|sw:/);
    expect(left.includes("DOCKER-USER", left.indexOf("IPv6"))).toBe(engine === "28.5");
  });
});
