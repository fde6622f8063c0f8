import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
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
  await mkdir(join(folder, "proc-net"));
  for (const name of ["tcp", "udp"]) await writeFile(join(folder, "proc-net", name), "");
  answers = { "/containers/json": [], "/networks": [] };
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
  createDocker({
    socketPath: socketPath(),
    clock: systemClock,
    sysClassNet: sysClassNet(),
    procSysNetBridge: join(folder, "bridge"),
    procNet: join(folder, "proc-net"),
    proc: join(folder, "proc"),
  });

async function view() {
  const answer = await docker().view();
  if (answer.kind === "failed") throw new Error(answer.failure.message);
  return answer;
}

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
    expect((await view()).networks[0]?.bridge).toBe(bridge);
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
    const { networks, unusable } = await view();
    expect({ networks, unusable }).toEqual({
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
    expect((await view()).unusable.get("shop")).toContain('"br+"');
  });

  it.each([
    [{}, {}],
    [{ enable_icc: "true", gateway_mode_ipv4: "nat" }, {}],
    [{ enable_icc: "false" }, { icc: false }],
    [{ gateway_mode_ipv4: "routed", gateway_mode_ipv6: "routed" }, { routed: ["IPv4", "IPv6"] }],
    [{ gateway_mode_ipv6: "routed" }, { routed: ["IPv6"] }],
  ])("with options %j", async (options, expected) => {
    const named = Object.entries(options).map(([key, value]) => [
      `com.docker.network.bridge.${key}`,
      value,
    ]);
    answers["/networks"] = [{ ...plain, Options: Object.fromEntries(named) as unknown }];
    const { icc, routed } = { icc: undefined, routed: undefined, ...(await view()).networks[0] };
    expect({ icc, routed }).toEqual({ icc: undefined, routed: undefined, ...expected });
  });
});

const endpoint = (NetworkID: string, IPAddress: string, GlobalIPv6Address = "") => ({
  ...{ NetworkID, IPAddress, GlobalIPv6Address, MacAddress: "", Aliases: null },
});
const web = {
  Id: "1".repeat(64),
  Names: ["/db/web", "/web"],
  State: "running",
  Labels: { app: "web" },
  Ports: [
    { IP: "::", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
    { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
    { PrivatePort: 53, Type: "udp" },
  ],
  HostConfig: { NetworkMode: "shop" },
  NetworkSettings: {
    Networks: { shop: endpoint("n2", "172.18.0.2", "fd00::2"), back: endpoint("n1", "172.19.0.2") },
  },
};
const attachments = [
  { networkId: "n1", addresses: ["172.19.0.2"] },
  { networkId: "n2", addresses: ["172.18.0.2", "fd00::2"] },
];
const port = { protocol: "TCP", hostPort: 8080, containerPort: 80 };

describe("containers", () => {
  it("with all their addresses and published ports", async () => {
    answers["/containers/json"] = [web];
    expect((await view()).containers).toEqual([
      {
        id: web.Id,
        name: "web",
        labels: { app: "web" },
        hostNetwork: false,
        attachments,
        published: [
          { ...port, hostAddress: "0.0.0.0" },
          { ...port, hostAddress: "::" },
        ],
      },
    ]);
  });

  it("that share a network namespace have its addresses, whoever owns it", async () => {
    const sharing = (id: string, name: string, mode: string) => ({
      ...{ Id: id, Names: [`/${name}`], State: "running", HostConfig: { NetworkMode: mode } },
      NetworkSettings: { Networks: {} },
    });
    answers["/containers/json"] = [
      web,
      sharing("a", "a-sidecar", `container:${web.Id}`),
      sharing("b", "b-of-sidecar", "container:a"),
      {
        ...sharing("c", "c-host", "host"),
        NetworkSettings: { Networks: { host: endpoint("h", "") } },
      },
      sharing("d", "d-of-host", "container:c"),
      sharing("e", "e-of-stopped", "container:gone"),
      sharing("f", "f-ring", "container:g"),
      sharing("g", "g-ring", "container:f"),
    ];
    const onHost = [{ networkId: "h", addresses: [] }];
    const shown = (await view()).containers.map((one) => [
      one.name,
      one.hostNetwork,
      one.attachments,
    ]);
    expect(shown).toEqual([
      ["a-sidecar", false, attachments],
      ["b-of-sidecar", false, attachments],
      ["c-host", true, onHost],
      ["d-of-host", true, onHost],
      ["e-of-stopped", false, []],
      ["f-ring", false, []],
      ["g-ring", false, []],
      ["web", false, attachments],
    ]);
  });

  it("with what Docker leaves out, sends as null, or has not decided yet", async () => {
    answers["/containers/json"] = [
      {
        ...{ Id: "f".repeat(64), State: "running" },
        ...{ Names: null, Labels: null, Ports: null, NetworkSettings: null },
      },
      {
        ...{ Id: "2", Names: ["/x"], State: "running" },
        NetworkSettings: {
          Networks: { a: null, b: endpoint("", ""), c: endpoint("n3", "invalid IP") },
        },
      },
    ];
    expect((await view()).containers.map((one) => [one.name, one.attachments])).toEqual([
      ["ffffffffffff", []],
      ["x", [{ networkId: "n3", addresses: [] }]],
    ]);
  });

  it.each([
    [{ Labels: { a: 1 } }],
    [{ Ports: [{ PrivatePort: 65_536, Type: "tcp" }] }],
    [{ Ports: [{ PrivatePort: 80, Type: "carrier pigeon" }] }],
  ])("with nonsense are a failure: %j", async (fields) => {
    answers["/containers/json"] = [{ ...web, ...fields }];
    expect(await docker().view()).toMatchObject({
      failure: { reason: "DockerAnswerNotUnderstood" },
    });
  });
});

describe("the kernel", () => {
  it("shows the host's own addresses", async () => {
    expect(await view()).toMatchObject({ addresses: [] });
    await writeFile(join(folder, "proc-net", "fib_trie"), fibTrie);
    await writeFile(
      join(folder, "proc-net", "if_inet6"),
      [
        "00000000000000000000000000000001 01 80 10 80       lo",
        "fe8000000000000000fc00fffe000001 02 40 20 80     eth0",
        "20010db805ea00000000000000000011 02 40 00 80     eth0",
        "fd000000000000000000000000000001 03 40 00 82  docker0",
        "",
      ].join("\n"),
    );
    expect(await view()).toMatchObject({
      addresses: ["172.18.0.1", "192.0.2.11", "2001:db8:5ea::11", "fd00::1"],
    });
  });

  it("shows who listens", async () => {
    expect(await view()).toMatchObject({ listening: [] });
    const line = "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n";
    await writeFile(join(folder, "proc-net", "tcp"), line);
    expect(await view()).toMatchObject({
      listening: [{ protocol: "TCP", address: "0.0.0.0", port: 22 }],
    });
    await rm(join(folder, "proc-net", "tcp"));
    await expect(view()).rejects.toThrow("ENOENT");
  });

  it("shows its links, and what it shows iptables of a bridge", async () => {
    expect(await view()).toMatchObject({
      interfaces: ["br-0a1b2c3d4e5f", "eth0", "shopbr"],
      bridgeNf: { IPv4: false, IPv6: false },
    });
    await mkdir(join(folder, "bridge"));
    await writeFile(join(folder, "bridge", "bridge-nf-call-iptables"), "1\n");
    await writeFile(join(folder, "bridge", "bridge-nf-call-ip6tables"), "0\n");
    expect(await view()).toMatchObject({ bridgeNf: { IPv4: true, IPv6: false } });
  });
});

/** As Linux 6 prints it: each address in two tables. */
const fibTrie = ["Main", "Local"]
  .map(
    (name) => `${name}:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.0
              /31 link UNICAST
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 172.18.0.0/16 2 0 2
        |-- 172.18.0.1
           /32 host LOCAL
     +-- 192.0.2.0/24 2 0 2
        +-- 192.0.2.0/28 2 0 2
           |-- 192.0.2.0
              /32 link BROADCAST
              /24 link UNICAST
           |-- 192.0.2.11
              /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
     |-- 198.51.100.0
        /24 host LOCAL
`,
  )
  .join("");

async function run(pid: number, ...command: readonly string[]): Promise<void> {
  await mkdir(join(folder, "proc", String(pid)));
  await writeFile(join(folder, "proc", String(pid), "cmdline"), `${command.join("\0")}\0`);
}
const proxyWords = (host: string, to: string, ...more: readonly string[]) => [
  ...["/usr/bin/docker-proxy", "-proto", "tcp", "-host-ip", host, "-host-port", "8080"],
  ...["-container-ip", to, "-container-port", "80", ...more],
];

describe("docker-proxy", () => {
  beforeEach(async () => {
    answers["/info"] = { ServerVersion: "28.5.2" };
    await mkdir(join(folder, "proc", "7"), { recursive: true });
    await run(8, "/usr/bin/perl", ...proxyWords("::", "172.18.0.2"));
  });
  const proxies = async () => {
    const answer = await docker().engine();
    return answer.kind === "engine" ? answer.engine.proxies : answer.failure;
  };

  it("is not known where neither it nor dockerd can be seen", async () => {
    expect(await proxies()).toBeUndefined();
  });

  it("does not run", async () => {
    await run(9, "/usr/sbin/dockerd", "-H", "fd://");
    expect(await proxies()).toEqual([]);
  });

  it("is told by its arguments, and only where they make sense", async () => {
    await run(9, ...proxyWords("::", "172.18.0.2", "-use-listen-fd"));
    await run(10, ...proxyWords("0.0.0.0", "172.18.0.2"));
    await run(11, ...proxyWords("everywhere", "172.18.0.2"));
    await run(12, "docker-proxy", "-proto", "tcp");
    const containerAddress = "172.18.0.2";
    expect(await proxies()).toEqual([
      { ...port, hostAddress: "0.0.0.0", containerAddress },
      { ...port, hostAddress: "::", containerAddress },
    ]);
  });
});

describe("the daemon", () => {
  beforeEach(async () => {
    answers["/info"] = { ServerVersion: "28.5.2" };
    await mkdir(join(folder, "proc"));
  });
  const dockerd = async (pid: number, start: string, more: readonly number[] = []) => {
    await rm(join(folder, "proc", String(pid)), { recursive: true, force: true });
    await run(pid, "/usr/bin/dockerd", "-H", "fd://");
    const ids = [pid, ...more].join("\t");
    const before = ["S 1 1 1 0 -1", ...Array.from({ length: 13 }, () => "0")].join(" ");
    const shown = join(folder, "proc", String(pid));
    await writeFile(join(shown, "status"), `Name:\tdockerd\nNStgid:\t${ids}\nNSpid:\t${ids}\n`);
    await writeFile(join(shown, "stat"), `${String(pid)} (docker) d) ${before} ${start} 1 2\n`);
  };
  const daemon = async () => {
    const answer = await docker().engine();
    return answer.kind === "engine" ? answer.engine.daemon : answer.failure;
  };

  it("is another one after it was started anew, also where it has the process id of the one before", async () => {
    await dockerd(9, "4711");
    const first = await daemon();
    expect(first).toEqual(expect.any(String));
    expect(await daemon()).toBe(first);
    await dockerd(9, "4811");
    expect(await daemon()).not.toBe(first);
  });

  it("is not that of a container", async () => {
    await dockerd(9, "4711", [1]);
    expect(await daemon()).toBeUndefined();
    await dockerd(8, "4711");
    const own = await daemon();
    await dockerd(9, "4811", [1]);
    expect([own, await daemon()]).toEqual([expect.any(String), own]);
  });

  it("is not known where there are two", async () => {
    await dockerd(8, "4711");
    await dockerd(9, "4711");
    expect(await daemon()).toBeUndefined();
  });
});

describe("an engine", () => {
  it.each([
    [{ ServerVersion: "20.10.24" }, { version: "20.10.24", firewallBackend: "", swarm: false }],
    [
      {
        ServerVersion: "29.7.2",
        FirewallBackend: { Driver: "nftables" },
        Swarm: { LocalNodeState: "inactive" },
      },
      { version: "29.7.2", firewallBackend: "nftables", swarm: false },
    ],
    [
      { ServerVersion: "28.5.2", Swarm: { LocalNodeState: "active" } },
      { version: "28.5.2", firewallBackend: "", swarm: true },
    ],
  ])("%j", async (info, engine) => {
    await mkdir(join(folder, "proc"));
    answers["/info"] = info;
    expect(await docker().engine()).toEqual({ kind: "engine", engine });
  });

  it.each([
    { DOCKER_HOST: "tcp://127.0.0.1:9" },
    { DOCKER_HOST: "tcp://127.0.0.1:9", DOCKER_TLS_VERIFY: "1" },
    { DOCKER_HOST: "ssh://root@127.0.0.1:9" },
    { DOCKER_HOST: "unix:///nonexistent" },
    { DOCKER_HOST: "tcp://no address" },
    { DOCKER_HOST: "tcp://127.0.0.1:9", DOCKER_CERT_PATH: "/nonexistent" },
    { DOCKER_HOST: "tcp://127.0.0.1:9", DOCKER_PATH_PREFIX: "/elsewhere/" },
  ])("is the one behind the socket, whatever a shell says: %j", async (environment) => {
    vi.stubEnv("DOCKER_TLS_VERIFY", "");
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    try {
      expect(await docker().view()).toMatchObject({ kind: "view" });
      expect(process.env).toMatchObject(environment);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("that is away, broken or strange is a failure, not an exception", async () => {
    const reasonOf = async () => {
      const result = await docker().view();
      return result.kind === "failed" ? result.failure.reason : result.kind;
    };
    answers = { "/networks": [] };
    expect(await reasonOf()).toBe("DockerUnavailable");
    answers = { "/networks": [{ Name: "shop" }], "/containers/json": [] };
    expect(await reasonOf()).toBe("DockerAnswerNotUnderstood");
    await close();
    expect(await reasonOf()).toBe("DockerUnavailable");
    await listen();
  });
});

describe("events", () => {
  it("wake on connect, on every event, each time once more, when the stream breaks, and when Docker is back", async () => {
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
    await wakesReach(2);
    streams[0]?.write('{"Type":"network","Action":"create"}\n');
    await wakesReach(3);
    await wakesReach(4);
    await close();
    await wakesReach(5);
    await wakesReach(6);
    await listen();
    await wakesReach(7);
    expect(streams).toHaveLength(2);
    stop.abort();
    await watching;
  });
});
