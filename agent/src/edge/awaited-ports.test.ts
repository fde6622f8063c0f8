import type { AwaitedPorts } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { awaitedContainers, fixedPortsOf, readAwaitedPorts } from "./awaited-ports.ts";
import { type ContainerAnswer, containerAnswer, networkAnswer } from "./docker-answers.ts";

const networks = ["shop", "back"].map((name) =>
  networkAnswer.parse({ Id: name.repeat(16), Name: name, Driver: "bridge", Scope: "local" }),
);
const [shop = "", back = ""] = networks.map(({ Id }) => Id);

/** As Docker lists a container named `web` on network `shop`, once it has run. */
function listed(fields: object = {}): ContainerAnswer {
  return containerAnswer.parse({
    ...{ Id: "1", Names: ["/web"], State: "exited" },
    HostConfig: { NetworkMode: "shop" },
    NetworkSettings: { Networks: { shop: { NetworkID: shop } } },
    ...fields,
  });
}

interface Case {
  readonly name: string;
  readonly listed?: object;
  readonly PortBindings?: Readonly<Record<string, readonly object[] | null>>;
  readonly is: readonly string[];
}

const at8080 = { "80/tcp": [{ HostIp: "", HostPort: "8080" }] };
const at = {
  published: { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
  exposed: { PrivatePort: 80, Type: "tcp" },
};

function told({ protocol, range, container, networkIds }: AwaitedPorts): string {
  const names = networkIds.map((id) => networks.find(({ Id }) => Id === id)?.Name ?? "?");
  return `${protocol} ${String(range.first)}-${String(range.last)} of ${container} on ${names.join(" ")}`;
}

function read({ listed: fields = {}, PortBindings = at8080 }: Omit<Case, "is">) {
  const container = listed(fields);
  const fixed = fixedPortsOf({ HostConfig: { PortBindings } }) ?? [];
  const known = new Map([[container.Id, fixed]]);
  return readAwaitedPorts(awaitedContainers([container]), known, networks).map(told);
}

describe("a container awaits", () => {
  test.for<Case>([
    { name: "its fixed port, stopped", is: ["TCP 8080-8080 of web on shop"] },
    {
      name: "that, created and not started yet, when its networks have but their names",
      listed: {
        State: "created",
        NetworkSettings: { Networks: { shop: { NetworkID: "" }, [back]: { NetworkID: "" } } },
      },
      is: ["TCP 8080-8080 of web on back shop"],
    },
    {
      name: "that, on a network by the beginning of its id",
      listed: { NetworkSettings: { Networks: { [back.slice(0, 12)]: { NetworkID: "" } } } },
      is: ["TCP 8080-8080 of web on back"],
    },
    {
      name: "that, on the network that has the name now, when the one that it ran on is gone",
      listed: { NetworkSettings: { Networks: { shop: { NetworkID: "f".repeat(64) } } } },
      is: ["TCP 8080-8080 of web on shop"],
    },
    {
      name: "that, between two tries",
      listed: { State: "restarting" },
      is: ["TCP 8080-8080 of web on shop"],
    },
    {
      name: "nothing, running: its ports are listed",
      listed: { State: "running", Ports: [at.published] },
      is: [],
    },
    { name: "nothing, paused", listed: { State: "paused", Ports: [at.published] }, is: [] },
    {
      name: "its fixed port, running on a network that no port leads through",
      listed: { State: "running", Ports: [at.exposed] },
      is: ["TCP 8080-8080 of web on shop"],
    },
    {
      name: "that, running and disconnected, on whichever network it is connected to",
      listed: { State: "running", Ports: [], NetworkSettings: { Networks: {} } },
      is: ["TCP 8080-8080 of web on back shop"],
    },
    {
      name: "nothing, running in the namespace of another, whose ports those would be",
      listed: { State: "running", Ports: [], HostConfig: { NetworkMode: "container:2" } },
      is: [],
    },
    { name: "nothing, on its way out", listed: { State: "removing" }, is: [] },
    { name: "nothing, dead", listed: { State: "dead" }, is: [] },
    {
      name: "nothing, in the namespace of the host",
      listed: { HostConfig: { NetworkMode: "host" } },
      is: [],
    },
    { name: "nothing without ports", PortBindings: {}, is: [] },
    {
      name: "each of several, of both protocols, once",
      PortBindings: {
        "53/udp": [{ HostIp: "", HostPort: "53" }],
        "80/tcp": [
          { HostIp: "0.0.0.0", HostPort: "8080" },
          { HostIp: "::", HostPort: "8080" },
          { HostIp: "192.0.2.1", HostPort: "8081" },
        ],
        "81/tcp": null,
      },
      is: ["TCP 8080-8081 of web on shop", "UDP 53-53 of web on shop"],
    },
    {
      name: "any of a range",
      PortBindings: { "80/tcp": [{ HostPort: "8000-8010" }] },
      is: ["TCP 8000-8010 of web on shop"],
    },
    {
      name: "ports that follow each other as one range, but for those that the kernel gives away",
      PortBindings: {
        "5061/udp": [{ HostPort: "5061" }],
        "5060/udp": [{ HostPort: "5060" }],
        "40000/udp": [{ HostPort: "40000" }],
        "40001/udp": [{ HostPort: "40001" }],
      },
      is: [
        "UDP 40000-40000 of web on shop",
        "UDP 40001-40001 of web on shop",
        "UDP 5060-5061 of web on shop",
      ],
    },
    {
      name: "none that Docker gives it, and none where nobody comes from elsewhere",
      PortBindings: {
        "80/tcp": [{ HostPort: "" }, { HostPort: "0" }, {}],
        "81/tcp": [
          { HostIp: "127.0.0.1", HostPort: "81" },
          { HostIp: "::1", HostPort: "81" },
        ],
        "82/sctp": [{ HostPort: "82" }],
      },
      is: [],
    },
    {
      name: "none that is no port",
      PortBindings: {
        "80/tcp": [{ HostPort: "65536" }, { HostPort: "9-8" }, { HostPort: "http" }],
      },
      is: [],
    },
  ])("$name", ({ is, ...one }) => {
    expect(read(one)).toEqual(is);
  });
});

test("of whom nothing is known, nothing is said", () => {
  expect(fixedPortsOf({ message: "broken" })).toBeUndefined();
  expect(readAwaitedPorts([listed()], new Map(), networks)).toEqual([]);
});
