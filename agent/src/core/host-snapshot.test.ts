import { type DesiredState, hostOptionsOf, simulate } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { bootState, type HostSnapshot, heldState } from "./host-snapshot.ts";
import { addressOf } from "./testing/state-parts.ts";

const shop = {
  id: "0a1b2c3d4e5f".padEnd(64, "0"),
  name: "shop",
  driver: "bridge",
  bridge: "br-0a1b2c3d4e5f",
  subnets: ["172.18.0.0/16"],
  labels: {},
  internal: false,
};
const snapshot: HostSnapshot = {
  bootId: "an earlier one",
  backend: "iptables-nft",
  networks: [shop],
  interfaces: ["lo", "eth0", "br-0a1b2c3d4e5f", "br-lan"],
  bindings: [{ protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 8080, network: "shop" }],
  ownPorts: [
    { protocol: "TCP", port: 9090 },
    { protocol: "TCP", port: 9079 },
  ],
  awaitedPorts: [
    {
      ...{ protocol: "TCP", range: { first: 9078, last: 9079 } },
      ...{ container: "stopped", networkIds: [shop.id] },
    },
  ],
};
const office = { addresses: { v4: ["198.51.100.0/24"], v6: [] } };

function desired(policy: object): DesiredState {
  const head = { name: "p", tier: "Standard", priority: 500, networkSelector: {} } as const;
  return { policies: [{ ...head, ...policy }] };
}
const closed = desired({
  ingress: {
    defaultAction: "Deny",
    rules: [{ name: "office", action: "Allow", from: office }],
  },
});
const namesPorts = desired({
  ingress: {
    defaultAction: "Deny",
    rules: [
      {
        ...{ name: "office", action: "Allow", from: office },
        ports: [{ kind: "publishedPort", protocol: "TCP", ports: { first: 9_089, last: 9_091 } }],
      },
    ],
  },
});
const onlyForDb = desired({
  containerSelector: { names: ["db"] },
  ingress: { defaultAction: "Deny", rules: [{ name: "office", action: "Allow", from: office }] },
});

/** `in source > out destination port` */
function verdict(state: ReturnType<typeof bootState>, line: string): string {
  const [from = "", source = "", , to = "", destination = "", port = ""] = line.split(" ");
  const { action, decidedBy } = simulate(state, {
    protocol: "TCP",
    source: addressOf(source),
    destination: addressOf(destination),
    destinationPort: Number(port),
    in: from,
    ...(to === "host" ? {} : { out: to }),
  });
  return decidedBy?.held === true ? "held" : action;
}

describe("before Docker runs", () => {
  test.for<{ name: string; desired: DesiredState; packet: string; is: string }>([
    {
      name: "networks are known by the bridges that they had",
      desired: closed,
      packet: "eth0 203.0.113.9 > br-0a1b2c3d4e5f 172.18.0.2 80",
      is: "Deny",
    },
    {
      name: "what needs no container is as it was",
      desired: closed,
      packet: "eth0 198.51.100.7 > br-0a1b2c3d4e5f 172.18.0.2 80",
      is: "Allow",
    },
    {
      name: "no container is known",
      desired: onlyForDb,
      packet: "eth0 198.51.100.7 > br-0a1b2c3d4e5f 172.18.0.2 80",
      is: "held",
    },
    {
      name: "ports that were published are held",
      desired: closed,
      packet: "eth0 198.51.100.7 > host 192.0.2.1 8080",
      is: "held",
    },
    {
      name: "ports that policies name are held, whoever will publish them",
      desired: namesPorts,
      packet: "eth0 198.51.100.7 > host 192.0.2.1 9089",
      is: "held",
    },
    {
      name: "ports that containers were going to publish are held",
      desired: closed,
      packet: "eth0 198.51.100.7 > host 192.0.2.1 9078",
      is: "held",
    },
    {
      name: "but for what the host had itself there",
      desired: closed,
      packet: "eth0 198.51.100.7 > host 192.0.2.1 9079",
      is: "Allow",
    },
    {
      name: "but for those that the host had itself",
      desired: namesPorts,
      packet: "eth0 198.51.100.7 > host 192.0.2.1 9090",
      is: "Allow",
    },
    {
      name: "other ports of the host are its own",
      desired: closed,
      packet: "eth0 203.0.113.9 > host 192.0.2.1 22",
      is: "Allow",
    },
    {
      name: "a bridge of nobody known is held",
      desired: closed,
      packet: "br-999999999999 172.30.0.2 > eth0 203.0.113.9 443",
      is: "held",
    },
    {
      name: "a bridge of somebody else is not",
      desired: closed,
      packet: "br-lan 10.0.0.2 > eth0 203.0.113.9 443",
      is: "Allow",
    },
    {
      name: "the guard of published ports can be off",
      desired: { ...closed, options: { inputGuard: "Off" } },
      packet: "eth0 198.51.100.7 > host 192.0.2.1 8080",
      is: "Allow",
    },
  ])("$name", ({ desired: wanted, packet, is }) => {
    expect(verdict(bootState(wanted, snapshot), packet)).toBe(is);
  });
});

describe("where nothing can be read", () => {
  test.for<[string, HostSnapshot | undefined, string]>([
    ["eth0 198.51.100.7 > br-0a1b2c3d4e5f 172.18.0.2 80", snapshot, "held"],
    ["br-0a1b2c3d4e5f 172.18.0.2 > eth0 203.0.113.9 80", snapshot, "held"],
    ["br-0a1b2c3d4e5f 172.18.0.2 > br-0a1b2c3d4e5f 172.18.0.3 80", snapshot, "held"],
    ["eth0 198.51.100.7 > docker0 172.17.0.2 80", snapshot, "held"],
    ["eth0 198.51.100.7 > host 192.0.2.1 8080", snapshot, "held"],
    ["eth0 198.51.100.7 > host 192.0.2.1 9078", snapshot, "held"],
    ["eth0 198.51.100.7 > docker0 172.17.0.2 80", undefined, "held"],
    ["br-0a1b2c3d4e5f 172.18.0.2 > eth0 203.0.113.9 80", undefined, "held"],
    ["eth0 198.51.100.7 > host 192.0.2.1 22", undefined, "Allow"],
    ["eth0 198.51.100.7 > eth1 10.9.0.1 80", undefined, "Allow"],
  ])("%s", ([packet, known, is]) => {
    const state = heldState(known);
    expect(verdict(state, packet)).toBe(is);
    expect(state.options).toEqual(hostOptionsOf());
  });

  test("ports of containers that do not run are held, but for those that programs of the host have", () => {
    const own: HostSnapshot["ownPorts"] = [{ protocol: "TCP", port: 80 }];
    const awaitedPorts = [80, 81].map((port) => ({
      ...{ protocol: "TCP" as const, range: { first: port, last: port } },
      ...{ container: "old", networkIds: [shop.id] },
    }));
    expect(heldState({ ...snapshot, ownPorts: own, awaitedPorts }).heldPorts).toEqual([
      { protocol: "TCP", ranges: [{ first: 81, last: 81 }] },
    ]);
  });
});
