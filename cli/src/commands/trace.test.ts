import { afterAll, beforeAll, expect, test } from "vitest";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";

let controller: FakeController;

beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});

const seawall = (words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory });

const denied = {
  outcome: "Denied",
  route: "Forwarded",
  family: "IPv4",
  source: { address: "192.0.2.1" },
  destination: {
    ...{ container: "mysql", network: "db", interface: "br-db", address: "10.1.0.2", port: 3306 },
  },
  published: "0.0.0.0:13306/TCP",
  judged: true,
  verdict: {
    action: "Deny",
    judgements: [
      {
        ...{ network: "db", scope: "ingress", action: "Deny" },
        decidedBy: { policy: "db", rule: "default" },
        passedBy: [{ policy: "guard", rule: "teams" }],
        notMatched: ["office", "lab"].map((rule) => ({ policy: "db", rule })),
      },
    ],
    wouldDeny: {
      ...{ network: "db", scope: "ingress", action: "Reject" },
      decidedBy: { policy: "trial", rule: "no" },
    },
  },
  counter: { packets: 7, bytes: 420 },
  wouldDenyCounter: { packets: 1, bytes: 60 },
  docker: { lets: "Yes", reason: "it is published as 0.0.0.0:13306" },
  change: {
    possible: true,
    wanted: "Allow",
    edits: [
      {
        ...{ policy: "db", field: "spec.ingress.rules", position: 2 },
        yaml: ["- action: Allow", "  ports:", "    - protocol: TCP"],
      },
    ],
  },
};
const proxied = {
  outcome: "Allowed",
  route: "DockerProxy",
  family: "IPv6",
  source: {},
  destination: { container: "mysql", port: 3306 },
  judged: false,
  ungoverned: { reason: "R", message: "docker-proxy passes it on: x", advice: "turn it off" },
  docker: { lets: "Yes", reason: "it is published" },
  change: { possible: false, reason: "no policy governs this path: turn it off" },
};

function document(more: object) {
  return {
    ...{ apiVersion: "seawall/v1", kind: "Trace", source: "internet", destination: "mysql:3306" },
    ...{ protocol: "TCP", allowed: false, groups: [], elsewhere: [], ...more },
  };
}

function answer(more: object) {
  controller.answer({ Trace: always({ document: JSON.stringify(document(more)) }) });
}

test("every answer, with its hosts", async () => {
  answer({
    groups: [
      {
        hosts: [
          { name: "a", state: "InSync", message: "" },
          { name: "b\u001b[31m", state: "Drifted", message: "a rule is gone" },
        ],
        paths: [denied],
      },
      { hosts: [{ name: "c", state: "InSync", message: "" }], paths: [proxied] },
    ],
    elsewhere: [{ hosts: ["d"], reason: "no container is called so" }],
  });
  expect(await seawall(["trace", "internet", "mysql:3306"])).toEqual({
    exitCode: 1,
    stdout: `internet to mysql:3306 TCP on a, b\uFFFD[31m
  Drifted: b\uFFFD[31m may enforce something else: a rule is gone
  DENIED  192.0.2.1 -> mysql 10.1.0.2 (db, br-db) port 3306 IPv4, forwarded
    by the published port 0.0.0.0:13306/TCP
    ingress of db: Deny: the default action of FleetPolicy/db, passed on by guard/teams; did not match: db/office,db/lab
    counted so far: 7 packets, 420 bytes
    in Audit, so only counted: ingress of db: Reject: rule no of FleetPolicy/trial, 1 packet, 60 bytes so far
    Docker: it is published as 0.0.0.0:13306
    To allow it, in FleetPolicy/db insert into spec.ingress.rules, as item 2 (from 0):
      - action: Allow
        ports:
          - protocol: TCP

internet to mysql:3306 TCP on c
  ALLOWED  any address -> mysql port 3306 IPv6, by docker-proxy
    not governed by policies: docker-proxy passes it on: x
      to govern it: turn it off
    Docker: it is published
    To change it: no policy governs this path: turn it off

Not on d: no container is called so
`,
    stderr: "No: Hosts differ: denied on a, b\uFFFD[31m; allowed on c; not on 1 other host.\n",
  });
});

test("between interfaces: which is any, and which any other", async () => {
  const way = (source: object, destination: object) => ({
    ...{ outcome: "Unknown", route: "BetweenInterfaces", family: "IPv4", judged: true },
    source: { address: "10.8.0.7", ...source },
    destination: { address: "10.9.0.5", port: 22, ...destination },
    docker: { lets: "Unknown", reason: "it has no rule about it" },
    change: { possible: false, reason: "no single rule turns it round" },
  });
  answer({
    groups: [
      {
        hosts: [{ name: "a", state: "InSync", message: "" }],
        paths: [
          way({ interface: "wg0" }, { interface: "eth1" }),
          way({ interface: "wg0" }, {}),
          way({}, {}),
        ],
      },
    ],
  });
  const { stdout } = await seawall(["trace", "10.8.0.7", "10.9.0.5:22"]);
  expect(stdout.split("\n").filter((line) => line.includes("->"))).toEqual([
    "  UNKNOWN  10.8.0.7 (wg0) -> 10.9.0.5 (eth1) port 22 IPv4, forwarded between interfaces",
    "  UNKNOWN  10.8.0.7 (wg0) -> 10.9.0.5 (any other interface) port 22 IPv4, forwarded between interfaces",
    "  UNKNOWN  10.8.0.7 (any other interface) -> 10.9.0.5 (any interface) port 22 IPv4, forwarded between interfaces",
  ]);
});

test.for([
  [{ allowed: true }, 0],
  [{ allowed: false }, 1],
] as const)("%j: exit %i", async ([more, exitCode]) => {
  answer({
    ...more,
    groups: [{ hosts: [{ name: "a", state: "InSync", message: "" }], paths: [proxied] }],
  });
  const ended = await seawall(["trace", "internet", "mysql:3306", "-o", "json"]);
  expect(ended.exitCode).toBe(exitCode);
  expect(JSON.parse(ended.stdout)).toMatchObject({ kind: "Trace", ...more });
});

test("nowhere is no", async () => {
  answer({});
  expect(await seawall(["trace", "internet", "mysql:3306", "--protocol", "udp"])).toEqual({
    ...{ exitCode: 1, stdout: "", stderr: "It goes by none of these hosts.\n" },
  });
});
