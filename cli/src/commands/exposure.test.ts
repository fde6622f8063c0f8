import { afterAll, beforeAll, expect, test } from "vitest";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";

let controller: FakeController;

beforeAll(async () => {
  controller = await startFakeController();
  controller.answer({ Exposure: always({ document: JSON.stringify(report) }) });
});
afterAll(() => {
  controller.stop();
});

const seawall = (...words: readonly string[]) =>
  runSeawall(["exposure", ...words], { homeDirectory: controller.homeDirectory });

const item = { host: "a", container: "web", networks: ["front"], cidrs: [], policies: [] };
const port = { protocol: "TCP", address: "0.0.0.0", number: 80, containerPort: 8080 };
const report = {
  apiVersion: "seawall/v1",
  kind: "ExposureReport",
  hosts: [
    { name: "a", state: "InSync", message: "" },
    { name: "b", state: "Drifted", message: "a rule is gone" },
  ],
  unknown: [{ host: "c", reason: "its agent has not reported yet" }],
  items: [
    {
      ...{ ...item, from: "Anywhere", port: { ...port, address: "::" } },
      ungoverned: { reason: "ClientsThroughProxy", message: "m", advice: "do so" },
    },
    {
      ...{ ...item, container: "=exporter", networks: [], from: "Unknown" },
      ungoverned: { reason: "HostNetworkContainer", message: "m", advice: "move it" },
    },
    {
      ...{ ...item, host: "b", from: "Some", port, policies: ["p", "q"] },
      cidrs: ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/25", "203.0.113.128/26"],
    },
    { ...item, from: "Nowhere", port, closed: "on loopback only, by choice" },
  ],
};

test("a line for each port", async () => {
  expect(await seawall()).toEqual({
    exitCode: 0,
    stdout: `HOST   CONTAINER   PORT             FROM                                                     POLICIES   GOVERNABLE             HOST STATE
a      web         [::]:80/TCP      anywhere                                                 -          ClientsThroughProxy    InSync
a      =exporter   unknown          unknown                                                  -          HostNetworkContainer   InSync
b      web         0.0.0.0:80/TCP   192.0.2.0/24,198.51.100.0/24,203.0.113.0/25 and 1 more   p,q        yes                    Drifted
a      web         0.0.0.0:80/TCP   nowhere                                                  -          -                      InSync
`,
    stderr: `4 ports on 2 hosts: 1 open to anywhere, 1 unknown, 1 restricted, 1 closed.
b is Drifted, so it may enforce something else: a rule is gone
Nothing is known of c: its agent has not reported yet
`,
  });
});

test("as CSV, for spreadsheets", async () => {
  const { stdout } = await seawall("-o", "csv");
  expect(stdout.split("\r\n")).toEqual([
    "host,hostState,container,networks,protocol,address,port,containerPort,from,cidrs,policies,ungoverned,note",
    "a,InSync,web,front,TCP,::,80,8080,Anywhere,,,ClientsThroughProxy,do so",
    "a,InSync,'=exporter,,,,,,Unknown,,,HostNetworkContainer,move it",
    "b,Drifted,web,front,TCP,0.0.0.0,80,8080,Some,192.0.2.0/24 198.51.100.0/24 203.0.113.0/25 203.0.113.128/26,p q,,",
    'a,InSync,web,front,TCP,0.0.0.0,80,8080,Nowhere,,,,"on loopback only, by choice"',
    "",
  ]);
});

test("wide and JSON leave nothing out", async () => {
  expect((await seawall("-o", "wide")).stdout).toContain("203.0.113.128/26");
  expect(JSON.parse((await seawall("-o", "json")).stdout)).toEqual(report);
});
