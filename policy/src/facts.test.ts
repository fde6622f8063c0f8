import { describe, expect, test } from "vitest";
import { parseFacts } from "./facts.ts";
import { viewOfNetworks } from "./host-view.ts";

const network = {
  id: "0 db",
  name: "db",
  driver: "bridge",
  subnets: [],
  labels: {},
  internal: false,
};

test("by hand: names are enough", () => {
  const text = '{"items": [{"metadata": {"name": "a"}, "status": {"networks": [{"name": "db"}]}}]}';
  expect(parseFacts(text)).toEqual({
    ok: true,
    hosts: [
      {
        name: "a",
        labels: {},
        mode: "Enforce",
        options: {},
        addresses: [],
        view: viewOfNetworks([{ ...network, bridge: "network 0" }]),
      },
    ],
  });
});

test("as the controller prints them, one or many; an empty bridge is none", () => {
  const host = {
    apiVersion: "seawall/v1",
    kind: "Host",
    metadata: { name: "a", labels: { env: "prod" }, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { mode: "Enforce", addresses: [] },
    status: { state: "InSync", networks: [{ ...network, id: "7", bridge: "", policies: [] }] },
  };
  const expected = {
    ok: true,
    hosts: [
      {
        name: "a",
        labels: { env: "prod" },
        mode: "Enforce",
        options: {},
        addresses: [],
        view: viewOfNetworks([{ ...network, id: "7" }]),
      },
    ],
  };
  expect(parseFacts(JSON.stringify(host))).toEqual(expected);
  expect(
    parseFacts(JSON.stringify({ apiVersion: "seawall/v1", kind: "HostList", items: [host] })),
  ).toEqual(expected);
});

test("what containers that do not run will publish, on networks by id or by name", () => {
  const ports = { protocol: "TCP", first: 8000, last: 8010, container: "late" };
  const status = {
    networks: [{ ...network, bridge: "" }],
    awaitedPorts: [{ ...ports, networks: ["db", "0 db", "gone"] }],
  };
  const parsed = parseFacts(JSON.stringify({ metadata: { name: "a" }, status }));
  expect(parsed.ok && parsed.hosts[0]?.view.awaitedPorts).toEqual([
    {
      ...{ protocol: "TCP", range: { first: 8000, last: 8010 } },
      ...{ container: "late", networkIds: ["0 db", "0 db", "gone"] },
    },
  ]);
});

describe("refused", () => {
  test.for([
    ["{", /^is not JSON: /],
    ["[]", /^it: .*seawall get hosts -o json/],
    ['{"items": [{"metadata": {}}]}', /^items\[0\]\.metadata\.name: /],
    ['{"kind": "NetworkList", "items": []}', /^kind: /],
    ['{"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "a"}}]}', /"a" is there twice/],
  ] as const)("%s", ([text, message]) => {
    const parsed = parseFacts(text);
    expect(parsed.ok ? "" : parsed.message).toMatch(message);
  });
});
