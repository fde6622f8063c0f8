import { isDeepStrictEqual } from "node:util";
import {
  type DockerHost,
  type Engine,
  eventually,
  type Lab,
  startLab,
  whyUnfit,
} from "@seawall/lab";
import type { AwaitedPorts, DockerContainer } from "@seawall/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerContract } from "../testing/docker-contract.ts";
import { createDocker, type WatchedDocker } from "./docker.ts";
import { systemClock } from "./system-clock.ts";

// The story of one host: each test goes on where the one before it ended. Nothing is read that Docker's
// events did not wake somebody for.
describe.each<Engine>(["20.10", "28.5"])("what Docker %s says of its containers", (engine) => {
  let lab: Lab;
  let host: DockerHost;
  let docker: WatchedDocker;
  let watching: Promise<void>;
  let reading: Promise<void> = Promise.resolve();
  let ids: Readonly<Record<"shop" | "back", string>>;
  let newest: readonly DockerContainer[] = [];
  let awaited: readonly AwaitedPorts[] = [];
  const stop = new AbortController();

  beforeAll(async () => {
    const unfit = whyUnfit();
    if (unfit !== undefined) throw new Error(unfit);
    lab = await startLab({ engine, hosts: [{ name: "host1" }], nodes: [] });
    host = lab.host("host1");
    ids = {
      shop: await host.createNetwork("shop", { subnet4: "10.7.0.0/24" }),
      back: await host.createNetwork("back", { subnet4: "10.8.0.0/24" }),
    };
    docker = createDocker({
      socketPath: host.dockerSocket,
      sysClassNet: host.path("/sys/class/net"),
      proc: host.path("/proc"),
      clock: systemClock,
    });
    docker.onChange(() => {
      reading = reading.then(read);
    });
    watching = docker.watch(stop.signal);
  });

  async function read(): Promise<void> {
    const answer = await docker.view();
    if (answer.kind === "view") ({ containers: newest, awaitedPorts: awaited } = answer);
  }

  afterAll(async () => {
    stop.abort();
    await watching;
    await reading;
    await lab.stop();
  });

  const named = (name: string) => newest.find((container) => container.name === name);
  const networksOf = (name: string) =>
    named(name)
      ?.attachments.map(({ networkId, addresses }) => [networkId, ...addresses])
      .sort();
  const untilRead = async (what: string, condition: () => boolean) => {
    await eventually(condition, { what });
  };

  it("a container that starts: its address, label, port and proxy", async () => {
    await host.runContainer({
      ...{ name: "db", network: "shop", publish: ["3306:3306"], labels: { app: "db" } },
      ...{ listen: ["tcp:3306"], ipv4: "10.7.0.9" },
    });
    await untilRead("db", () => (named("db")?.published.length ?? 0) > 0);
    expect(named("db")).toMatchObject({
      labels: { app: "db" },
      hostNetwork: false,
      attachments: [{ networkId: ids.shop, addresses: ["10.7.0.9"] }],
    });
    const port = { protocol: "TCP", hostPort: 3306, containerPort: 3306 };
    expect(named("db")?.published).toContainEqual({ ...port, hostAddress: "0.0.0.0" });
    expect(await docker.engine()).toMatchObject({
      engine: {
        swarm: false,
        daemon: expect.stringMatching(/^\d+@\d+$/) as unknown,
        proxies: [
          { ...port, hostAddress: "0.0.0.0", containerAddress: "10.7.0.9" },
          { ...port, hostAddress: "::", containerAddress: "10.7.0.9" },
        ],
      },
    });
  });

  it("connect and disconnect", async () => {
    await host.docker("network", "connect", "--ip", "10.8.0.9", "back", "db");
    const both = [
      [ids.shop, "10.7.0.9"],
      [ids.back, "10.8.0.9"],
    ].sort();
    // With its addresses: nobody promises that they are listed together with the network.
    await untilRead("two networks", () => isDeepStrictEqual(networksOf("db"), both));
    await host.docker("network", "disconnect", "shop", "db");
    await untilRead("one network", () => networksOf("db")?.length === 1);
    expect(networksOf("db")).toEqual([[ids.back, "10.8.0.9"]]);
  });

  it("on no network it awaits its port, on whichever it comes to", async () => {
    await host.docker("network", "disconnect", "back", "db");
    await untilRead("no network", () => networksOf("db")?.length === 0);
    expect(named("db")?.published).toEqual([]);
    expect(awaited).toMatchObject([
      { protocol: "TCP", range: { first: 3306, last: 3306 }, container: "db" },
    ]);
    expect(awaited[0]?.networkIds).toEqual(expect.arrayContaining([ids.shop, ids.back]));
    await host.docker("network", "connect", "--ip", "10.8.0.9", "back", "db");
    await untilRead("its port", () => (named("db")?.published.length ?? 0) > 0);
    expect(awaited).toEqual([]);
  });

  it("a sidecar, and one in the host's network", async () => {
    await host.docker("rename", "db", "mysql");
    await untilRead("the new name", () => named("mysql") !== undefined);
    const image = (await host.docker("inspect", "--format", "{{.Config.Image}}", "mysql")).trim();
    for (const [name, mode] of [
      ["sidecar", "container:mysql"],
      ["exporter", "host"],
    ] as const) {
      await host.docker("run", "--detach", "--name", name, "--network", mode, image);
      await untilRead(name, () => named(name) !== undefined);
    }
    expect(networksOf("sidecar")).toEqual([[ids.back, "10.8.0.9"]]);
    expect(named("exporter")).toMatchObject({ hostNetwork: true });
  });

  it("one that ends is gone", async () => {
    await host.docker("kill", "exporter");
    await untilRead("its end", () => named("exporter") === undefined);
  });

  dockerContract(() => ({
    docker,
    createNetwork: (name, subnet4) => host.createNetwork(name, { subnet4 }),
    removeNetwork: async (name) => {
      await host.docker("network", "rm", name);
    },
    runContainer: async (name, network, address) => {
      await host.runContainer({ name, network, ipv4: address });
    },
    removeContainer: async (name) => {
      await host.docker("rm", "--force", name);
    },
    eventually: async (what, holds) => {
      await eventually(holds, { what, timeoutMs: 60_000 });
    },
  }));
});
