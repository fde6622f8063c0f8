import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createDocker } from "./docker.ts";
import { systemClock } from "./system-clock.ts";

/** Docker's HTTP on a socket: what a real engine sends, told by the test. */
let folder: string;
let answers: Record<string, unknown>;
let server: Server;
let streams: ServerResponse[];

const socketPath = () => join(folder, "docker.sock");
const sysClassNet = () => join(folder, "net");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-docker-"));
  await mkdir(join(sysClassNet(), "br-0a1b2c3d4e5f", "bridge"), { recursive: true });
  await mkdir(join(sysClassNet(), "shopbr", "bridge"), { recursive: true });
  await mkdir(join(sysClassNet(), "eth0"), { recursive: true });
  answers = {};
  streams = [];
  await listen();
  return async () => {
    await close();
    await rm(folder, { recursive: true });
  };
});

function listen(): Promise<void> {
  server = createServer((request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    if (path === "/events") {
      streams.push(response.writeHead(200));
      response.flushHeaders();
      return;
    }
    const answer = answers[path];
    response.writeHead(answer === undefined ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { message: "broken" }));
  });
  return new Promise((resolve) => server.listen(socketPath(), resolve));
}

function close(): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

const docker = () =>
  createDocker({ socketPath: socketPath(), clock: systemClock, sysClassNet: sysClassNet() });

const plain = {
  Id: "0a1b2c3d4e5f".padEnd(64, "0"),
  Name: "shop",
  Driver: "bridge",
  Scope: "local",
};

describe("networks", () => {
  it.each<[string, object, string | undefined]>([
    ["named by its id", { Options: {} }, "br-0a1b2c3d4e5f"],
    ["named by an option", { Options: { "com.docker.network.bridge.name": "shopbr" } }, "shopbr"],
    ["not there (yet)", { Id: "ffff".padEnd(64, "0") }, undefined],
    ["not a bridge", { Options: { "com.docker.network.bridge.name": "eth0" } }, undefined],
    ["of another driver", { Driver: "macvlan" }, undefined],
    ["of a swarm", { Driver: "bridge", Scope: "swarm" }, undefined],
    ["a path", { Options: { "com.docker.network.bridge.name": "../net/shopbr" } }, undefined],
  ])("a bridge that is %s", async (_, fields, bridge) => {
    answers["/networks"] = [{ ...plain, ...fields }];
    const result = await docker().networks();
    expect(result.kind === "networks" && result.networks[0]?.bridge).toBe(bridge);
  });

  it("with what Docker leaves out or sends as null", async () => {
    const ipam = {
      Driver: "default",
      Options: null,
      Config: [{ Subnet: "172.18.0.0/16", Gateway: "172.18.0.1" }, {}],
    };
    answers["/networks"] = [
      { ...plain, Name: "z", Labels: null, Options: null, IPAM: { Config: null } },
      { ...plain, Name: "a", Internal: true, Labels: { team: "web" }, IPAM: ipam, Ingress: false },
    ];
    expect(await docker().networks()).toEqual({
      kind: "networks",
      unusable: new Map(),
      networks: [
        {
          id: plain.Id,
          name: "a",
          driver: "bridge",
          bridge: "br-0a1b2c3d4e5f",
          subnets: ["172.18.0.0/16"],
          labels: { team: "web" },
          internal: true,
        },
        {
          id: plain.Id,
          name: "z",
          driver: "bridge",
          bridge: "br-0a1b2c3d4e5f",
          subnets: [],
          labels: {},
          internal: false,
        },
      ],
    });
  });

  it("says which bridge has a name that no rule should name", async () => {
    answers["/networks"] = [{ ...plain, Options: { "com.docker.network.bridge.name": "br+" } }];
    const result = await docker().networks();
    expect(result.kind === "networks" && result.unusable.get("shop")).toContain('"br+"');
  });
});

describe("an engine", () => {
  it.each([
    [{ ServerVersion: "20.10.24" }, { version: "20.10.24", firewallBackend: "" }],
    [
      { ServerVersion: "29.7.2", FirewallBackend: { Driver: "nftables" } },
      { version: "29.7.2", firewallBackend: "nftables" },
    ],
  ])("%j", async (info, engine) => {
    answers["/info"] = info;
    expect(await docker().engine()).toEqual({ kind: "engine", engine });
  });

  it("that is away, broken or strange is a failure, not an exception", async () => {
    const reasonOf = async () => {
      const result = await docker().networks();
      return result.kind === "failed" ? result.failure.reason : result.kind;
    };
    expect(await reasonOf()).toBe("DockerUnavailable");
    answers["/networks"] = [{ Name: "shop" }];
    expect(await reasonOf()).toBe("DockerAnswerNotUnderstood");
    await close();
    expect(await reasonOf()).toBe("DockerUnavailable");
    await listen();
  });
});

describe("events", () => {
  it("wake on connect, on every event, when the stream breaks, and again when Docker is back", async () => {
    const stop = new AbortController();
    const watched = docker();
    let wakes = 0;
    let expectWake: () => void = () => undefined;
    watched.onChange(() => {
      wakes += 1;
      expectWake();
    });
    const wakesReach = (count: number) =>
      new Promise<void>((resolve) => {
        expectWake = () => {
          if (wakes >= count) resolve();
        };
        expectWake();
      });
    const watching = watched.watch(stop.signal);
    await wakesReach(1);
    streams[0]?.write('{"Type":"network","Action":"create"}\n');
    await wakesReach(2);
    await close();
    await wakesReach(3);
    await listen();
    await wakesReach(4);
    expect(streams).toHaveLength(2);
    stop.abort();
    await watching;
  });
});
