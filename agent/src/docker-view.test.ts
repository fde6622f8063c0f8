import type { DockerProxy } from "@seawall/policy";
import { expect, test } from "vitest";
import { createDockerView, hostViewOf } from "./docker-view.ts";
import type { Docker, DockerFacts } from "./ports.ts";

const facts: DockerFacts = {
  networks: [],
  unusable: new Map(),
  containers: [
    {
      ...{ id: "c", name: "web", labels: {}, hostNetwork: false },
      attachments: [
        { networkId: "n1", addresses: [] },
        { networkId: "n2", addresses: ["172.18.0.2", "fd00::2"] },
      ],
      published: [{ protocol: "TCP", hostAddress: "::", hostPort: 8080, containerPort: 80 }],
    },
  ],
  interfaces: ["eth0"],
  addresses: ["192.0.2.11"],
  listening: [],
  bridgeNf: { IPv4: true, IPv6: false },
};
const engine = { version: "28.5.2", firewallBackend: "iptables", swarm: true };
const proxy: DockerProxy = {
  protocol: "TCP",
  hostAddress: "::",
  hostPort: 8080,
  containerPort: 80,
  containerAddress: "172.18.0.2",
};
const dockerRules = { IPv4: true, IPv6: false };

test("nothing is known before Docker has answered", () => {
  expect(hostViewOf({}, dockerRules, [])).toBeUndefined();
});

interface Case {
  readonly name: string;
  readonly seen?: readonly DockerProxy[];
  readonly proxies: readonly DockerProxy[];
}

test.for<Case>([
  { name: "as they are seen", seen: [proxy], proxies: [proxy] },
  {
    name: "without those of other engines, or of containers that have ended",
    seen: [
      { ...proxy, hostPort: 8081 },
      { ...proxy, protocol: "UDP" },
      { ...proxy, containerPort: 81 },
    ],
    proxies: [],
  },
  { name: "none", seen: [], proxies: [] },
  { name: "not to be seen from here: every one that there may be", proxies: [proxy] },
])("proxies: $name", ({ seen, proxies }) => {
  const known = { facts, engine: seen === undefined ? engine : { ...engine, proxies: seen } };
  expect(hostViewOf(known, dockerRules, [])).toEqual({
    networks: [],
    containers: facts.containers,
    interfaces: ["eth0"],
    addresses: ["192.0.2.11"],
    engine: {
      ...{ version: "28.5.2", swarm: true, dockerRules, bridgeNf: { IPv4: true, IPv6: false } },
      ...{ firewall: "iptables", proxies },
    },
    management: [],
  });
});

test.each([
  ["", "iptables"],
  ["iptables", "iptables"],
  ["iptables+firewalld", "iptables"],
  ["nftables", "nftables"],
  ["nftables+firewalld", "nftables"],
])("an engine that says '%s' keeps its rules in %s", (firewallBackend, firewall) => {
  const known = { facts, engine: { ...engine, firewallBackend } };
  expect(hostViewOf(known, dockerRules, [])?.engine.firewall).toBe(firewall);
});

test("the engine is asked at first, after a change, and after a failure, and only then", async () => {
  const asked: string[] = [];
  let isAway = false;
  let change: () => void = () => undefined;
  const away = {
    kind: "failed",
    failure: { class: "wait", reason: "DockerUnavailable", message: "away" },
  } as const;
  const docker: Docker = {
    view: () => {
      asked.push("view");
      return Promise.resolve(isAway ? away : { kind: "view", ...facts });
    },
    engine: () => {
      asked.push("engine");
      return Promise.resolve({ kind: "engine", engine });
    },
    onChange: (listener) => {
      change = listener;
    },
  };
  const view = createDockerView(docker);
  const read = async () => {
    asked.length = 0;
    const { failure } = await view.read();
    return [...asked, ...(failure === undefined ? [] : [failure.reason])];
  };
  expect(await read()).toEqual(["view", "engine"]);
  expect(await read()).toEqual(["view"]);
  change();
  expect(await read()).toEqual(["view", "engine"]);
  isAway = true;
  expect(await read()).toEqual(["view", "DockerUnavailable"]);
  isAway = false;
  expect(await read()).toEqual(["view", "engine"]);
  expect(await read()).toEqual(["view"]);
});
