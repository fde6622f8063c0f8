import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { FleetFlowsRequest__Output, FleetFlowsResponse, FlowMessage } from "@seawall/proto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall, type Setting } from "../testing/fake-terminal.ts";

let controller: FakeController;
let asked: FleetFlowsRequest__Output | undefined;

beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});

type Call = ServerWritableStream<FleetFlowsRequest__Output, FleetFlowsResponse>;

function answer(responses: readonly FleetFlowsResponse[], end: (call: Call) => void) {
  controller.answer({
    Flows: (call) => {
      asked = call.request;
      for (const response of responses) call.write(response);
      end(call);
    },
  });
}
const ends = (call: Call) => {
  call.end();
};

const seawall = (words: readonly string[], setting: Setting = {}) =>
  runSeawall(["flows", ...words], { homeDirectory: controller.homeDirectory, ...setting });

const at = Date.parse("2026-11-28T20:15:03Z");
const flow = (rest: FlowMessage = {}): FlowMessage => ({
  ...{ verdict: "Deny", policy: "protect", rule: "default", direction: "ingress" },
  ...{ protocol: "TCP", port: 3306, publishedPorts: [13_306], packets: 2, firstMs: at, lastMs: at },
  source: { address: "203.0.113.9", interface: "eth0" },
  destination: { address: "10.1.0.2", interface: "br-1", network: "shop", container: "db" },
  ...rest,
});
const wouldReject = flow({
  ...{ verdict: "Reject", audited: true, policy: "trial", rule: "no-mail", direction: "" },
  ...{ port: 25, publishedPorts: [], packets: 5 },
  source: { address: "10.1.0.2", interface: "br-1", network: "shop", container: "db" },
  destination: { address: "2001:db8::9", interface: "eth0" },
});
const held = flow({
  ...{ held: true, policy: "", rule: "", direction: "", protocol: "ICMP", port: 0 },
  ...{ publishedPorts: [], packets: 1 },
  source: { address: "10.1.0.9", interface: "br-1", network: "shop" },
  destination: { address: "10.1.0.1", interface: "" },
});
const told: readonly FleetFlowsResponse[] = [
  { host: "b", report: { flows: [], leftOut: 0 } },
  { host: "c", unasked: { reason: "TcpdumpMissing", message: "install the package tcpdump" } },
  { host: "a", report: { flows: [flow(), wouldReject], leftOut: 0 } },
  {
    host: "a",
    report: { flows: [flow({ packets: 7, lastMs: at + 2_000 }), held], leftOut: 1_204 },
  },
];

test("lists what was told in the time, most packets first", async () => {
  answer(told, ends);
  expect(await seawall([])).toEqual({
    exitCode: 1,
    stdout: `HOST   VERDICT        RULE                        FROM                 TO                   PORT                         PACKETS   LAST
a      DENY           protect/default (ingress)   203.0.113.9 (eth0)   db 10.1.0.2 (shop)   TCP/3306 (published 13306)   9         2026-11-28T20:15:05Z
a      WOULD REJECT   trial/no-mail               db 10.1.0.2 (shop)   2001:db8::9 (eth0)   TCP/25                       5         2026-11-28T20:15:03Z
a      DENY           held, not known yet         10.1.0.9 (shop)      10.1.0.1             ICMP                         1         2026-11-28T20:15:03Z
`,
    stderr: `3 flows in 5s on 2 hosts.
a: and 1,204 more packets that no line tells of.
c does not tell (TcpdumpMissing): install the package tcpdump
`,
  });
  expect(asked).toEqual({ selector: "", host: "", denied: false, audited: false, forMs: 5_000 });
});

test("asks for what is said", async () => {
  answer([{ host: "a", report: { flows: [] } }], ends);
  const words = ["--audited", "--host", "a", "-l", "env=prod", "--for", "2m"];
  expect(await seawall(words)).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "0 flows in 2m on 1 host.\n",
  });
  expect(asked).toEqual({
    ...{ selector: "env=prod", host: "a" },
    ...{ denied: false, audited: true, forMs: 120_000 },
  });
});

test("JSON leaves nothing out", async () => {
  answer(told, ends);
  const document: unknown = JSON.parse((await seawall(["-o", "json"])).stdout);
  expect(document).toMatchObject({
    ...{ apiVersion: "seawall/v1", kind: "FlowReport" },
    items: [
      {
        ...{ host: "a", verdict: "Deny", audited: false, held: false, policy: "protect" },
        ...{ rule: "default", direction: "ingress", protocol: "TCP", port: 3306 },
        source: { address: "203.0.113.9", interface: "eth0", network: "", container: "" },
        ...{ publishedPorts: [13_306], packets: 9, firstMs: at, lastMs: at + 2_000 },
      },
      { policy: "trial", audited: true },
      { held: true },
    ],
    leftOut: [{ host: "a", packets: 1_204 }],
    unasked: [{ host: "c", reason: "TcpdumpMissing" }],
  });
});

test("--follow prints a line for each flow of each report, until Ctrl-C", async () => {
  const interruption = new AbortController();
  let gone = false;
  answer([...told, { host: "c", report: { flows: [] } }], (call) => {
    call.on("cancelled", () => {
      gone = true;
    });
  });
  const onStderr = (text: string) => {
    if (text.includes("tells again")) interruption.abort();
  };
  const followed = seawall(["--follow", "--denied"], {
    interrupted: interruption.signal,
    onStderr,
  });
  expect(await followed).toEqual({
    exitCode: 130,
    stdout: `2026-11-28T20:15:03Z a DENY protect/default (ingress) 203.0.113.9 (eth0) → db 10.1.0.2 (shop) TCP/3306 (published 13306) 2 packets
2026-11-28T20:15:03Z a WOULD REJECT trial/no-mail db 10.1.0.2 (shop) → 2001:db8::9 (eth0) TCP/25 5 packets
2026-11-28T20:15:05Z a DENY protect/default (ingress) 203.0.113.9 (eth0) → db 10.1.0.2 (shop) TCP/3306 (published 13306) 7 packets
2026-11-28T20:15:03Z a DENY held, not known yet 10.1.0.9 (shop) → 10.1.0.1 ICMP 1 packet
`,
    stderr: `c does not tell (TcpdumpMissing): install the package tcpdump
a: and 1,204 more packets that no line tells of.
c tells again.
Interrupted.
`,
  });
  expect(asked).toMatchObject({ denied: true, forMs: 0 });
  await vi.waitFor(() => {
    expect(gone).toBe(true);
  });
});

test("--follow -o json prints a document a line", async () => {
  answer(told, ends);
  const { stdout, exitCode } = await seawall(["--follow", "--for", "1m", "-o", "json"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { host: "a", policy: "protect", packets: 2 },
    { host: "a", policy: "trial", packets: 5 },
    { host: "a", policy: "protect", packets: 7 },
    { host: "a", held: true },
  ]);
  expect(exitCode).toBe(1);
});

test("what hosts say cannot draw on the screen", async () => {
  const evil = "\u001b[2J";
  const container = { address: "10.1.0.2", network: evil, container: evil };
  answer(
    [
      {
        host: "a",
        report: { flows: [flow({ policy: evil, rule: evil, destination: container })] },
      },
    ],
    ends,
  );
  expect((await seawall([])).stdout).not.toContain("\u001b");
  expect((await seawall(["--follow", "--for", "1s"])).stdout).not.toContain("\u001b");
});

test.each([
  [["--for", "2d"], 2, "It must be at most 24h."],
  [["--for", "soon"], 2, "Write it as 90s, 30m, 12h or 7d."],
])("%o is refused", async (words, exitCode, message) => {
  expect(await seawall(words)).toMatchObject({
    exitCode,
    stderr: expect.stringContaining(message) as string,
  });
});

test("what the controller refuses is said, and so is one that does not know the call", async () => {
  answer([], (call) => {
    call.emit("error", { code: status.NOT_FOUND, details: 'host "x" not found' });
  });
  expect(await seawall(["--host", "x"])).toMatchObject({
    exitCode: 1,
    stderr: 'Error (NotFound): host "x" not found\n',
  });
  controller.answer({});
  expect(await seawall([])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("Compare versions") as string,
  });
});
