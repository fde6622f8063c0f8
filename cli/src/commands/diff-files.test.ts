import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChangePreviewDocument } from "@seawall/policy";
import type { ApplyRequest__Output, ApplyResponse, ClientServiceHandlers } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { emptyHome } from "../testing/empty-home.ts";
import { type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";

let controller: FakeController;
let manifest: string;
beforeAll(async () => {
  controller = await startFakeController();
  manifest = join(emptyHome(), "group.yaml");
  writeFileSync(
    manifest,
    "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: office}\nspec: {cidrs: [198.51.100.0/24]}\n",
  );
});
afterAll(() => {
  controller.stop();
});

let asked: ApplyRequest__Output | undefined;
beforeEach(() => {
  asked = undefined;
});

/** Answers with the change, as many steps as there are, and the document. */
function previewing(
  change: ApplyResponse,
  document?: ChangePreviewDocument,
): ClientServiceHandlers["Preview"] {
  return (call) => {
    asked = call.request;
    call.write({ change });
    if (document !== undefined) {
      call.write({ progress: { asked: 1, hosts: 3 } });
      call.write({ document: JSON.stringify(document) });
    }
    call.end();
  };
}

const seawall = (more: readonly string[] = [], env: Record<string, string> = {}) =>
  runSeawall(["diff", "-f", manifest, ...more], {
    ...{ homeDirectory: controller.homeDirectory, now: () => NOW, env },
  });

const changed = {
  object: { kind: "AddressGroup", name: "office" },
  action: "CONFIGURED" as const,
  fields: [{ path: "spec.cidrs[0]", before: '"10.0.0.0/8"', after: '"198.51.100.0/24"' }],
};
const fields = `addressgroup/office configured
  spec.cidrs[0]
-   "10.0.0.0/8"
+   "198.51.100.0/24"
`;

const nothing: ChangePreviewDocument = {
  ...{ apiVersion: "seawall/v1", kind: "ChangePreview", revision: 6 },
  ...{ hosts: [], traffic: [], trafficLeftOut: 0, connections: [], unasked: [], behind: [] },
  uncompared: [],
};
const rules = { added: ["allow 198.51.100.0/24"], removed: ["allow 10.0.0.0/8"] };

test("what it does to objects, rules, traffic and connections, whom nobody could ask, and how to apply exactly this", async () => {
  const hosts = ["edge-1", "edge-2", "edge-3"];
  controller.answer({
    Preview: previewing(
      { changes: [changed], revision: 6, hosts: hosts.map((host) => ({ host, ...rules })) },
      {
        ...nothing,
        hosts: hosts.map((name) => ({ name, networks: name === "edge-3" ? [] : ["shop"] })),
        traffic: [
          {
            ...{ before: "Allow", after: "Deny", to: ["network shop"], ports: "TCP 5432" },
            ...{
              from: ["10.0.0.0/8"],
              families: ["IPv4"],
              hostCount: 2,
              hosts: ["edge-1", "edge-2"],
            },
          },
          {
            ...{ before: "Deny", after: "Allow", to: ["network shop"], ports: "every port" },
            ...{ from: ["198.51.100.0/24"], families: ["IPv4"], hostCount: 1, hosts: ["edge-1"] },
          },
        ],
        connections: [
          {
            ...{ host: "edge-1", cut: 2, notJudged: 1 },
            first: [
              {
                ...{ protocol: "TCP", source: "10.0.0.7", destination: "192.0.2.11", port: 8080 },
                ...{ answerer: "172.18.0.2", answeringPort: 5432 },
              },
            ],
          },
        ],
        unasked: [
          {
            ...{ host: "edge-3", reason: "NotConnected", message: "the agent is not connected" },
            traffic: "Nothing",
          },
        ],
        behind: ["edge-2"],
      },
    ),
  });
  expect(await seawall()).toEqual({
    exitCode: 1,
    stdout: `${fields}hosts edge-1, edge-2, edge-3 +1 -1
-   allow 10.0.0.0/8
+   allow 198.51.100.0/24
Affected: 3 hosts, network shop
Traffic that is denied from then on:
-   10.0.0.0/8 → network shop
      TCP 5432, IPv4 only; on edge-1, edge-2
Traffic that is allowed from then on:
+   198.51.100.0/24 → network shop
      every port, IPv4 only; on edge-1
Live connections that would be cut:
-   edge-1: 2
      TCP 10.0.0.7 → 192.0.2.11:8080 (172.18.0.2:5432)
      and 1 more
    edge-1: of 1 it cannot be told; they would stay open
Not asked, so what would be cut there is not known:
!   edge-3: the agent is not connected (NotConnected); nor is its traffic
An older revision is in force on edge-2: more may change there (seawall rollout
        status).
`,
    stderr: `Apply exactly this: seawall apply -f ${manifest} --if-revision 6\n`,
  });
  expect(asked?.files).toHaveLength(1);
});

test.for([
  [
    "hosts that say that nothing is cut",
    { hosts: [{ name: "edge-1", networks: [] }] },
    "Affected: 1 host\nAs the hosts are now, no traffic is allowed or denied that was not before.\nNo live connection would be cut on the hosts that were asked.\n",
  ],
  [
    "none that could be asked",
    {
      hosts: [{ name: "edge-1", networks: [] }],
      unasked: [
        { host: "edge-1", reason: "Refused", message: "upgrade it", traffic: "LastReport" },
      ],
    },
    "Affected: 1 host\nAs the hosts are now, no traffic is allowed or denied that was not before.\nNot asked, so what would be cut there is not known:\n!   edge-1: upgrade it (Refused)\n",
  ],
  [
    "a host that has too much to compare",
    { hosts: [{ name: "edge-1", networks: [] }], uncompared: ["edge-1"] },
    "Affected: 1 host\nOf the hosts that are known, none has other traffic from then on.\nNo live connection would be cut on the hosts that were asked.\nToo many networks and rules to compare on edge-1: of the traffic there nothing\n        is said above.\n",
  ],
  [
    "a gate that compares with what is told here",
    {
      hosts: ["edge-1", "edge-2"].map((name) => ({ name, networks: [] })),
      announced: {
        ...{ hosts: 1, reason: "" },
        unannounced: [{ host: "edge-2", reason: "AgentTooOld", message: "upgrade it" }],
      },
    },
    `Affected: 2 hosts
As the hosts are now, no traffic is allowed or denied that was not before.
No live connection would be cut on the hosts that were asked.
Announced to 1 host for the gate NewDrops: what is denied from then on may be
        cut there, if exactly this is applied.
Not announced there, so any live connection that is cut fails the gate:
!   edge-2: upgrade it (AgentTooOld)
`,
  ],
  [
    "such a gate to a viewer",
    {
      hosts: [{ name: "edge-1", networks: [] }],
      announced: { hosts: 0, reason: "Viewer", unannounced: [] },
    },
    `Affected: 1 host
As the hosts are now, no traffic is allowed or denied that was not before.
No live connection would be cut on the hosts that were asked.
Announced to no host: you are viewer, and may not apply it. Applied now, any
        live connection that it cuts fails the gate NewDrops.
`,
  ],
  [
    "such a gate to who may not apply it",
    {
      hosts: [{ name: "edge-1", networks: [] }],
      announced: { hosts: 0, reason: "Guardrail", unannounced: [] },
    },
    `Affected: 1 host
As the hosts are now, no traffic is allowed or denied that was not before.
No live connection would be cut on the hosts that were asked.
Announced to no host: it changes what only a guardrail-admin may apply. Applied
        now, any live connection that it cuts fails the gate NewDrops.
`,
  ],
  ["no host", {}, "No host is affected.\n"],
] as const)("%s", async ([, part, said]) => {
  const document = { ...nothing, ...structuredClone(part) } as ChangePreviewDocument;
  controller.answer({ Preview: previewing({ changes: [changed], revision: 6 }, document) });
  expect((await seawall()).stdout).toBe(`${fields}${said}`);
});

test("what is announced and not shown is said to be so", async () => {
  const traffic = Array.from({ length: 42 }, (_, index) => ({
    ...{ before: "Allow" as const, after: "Deny" as const, to: ["network shop"] },
    ...{ from: [`10.0.${String(index)}.0/24`], ports: "every port", families: ["IPv4" as const] },
    ...{ hostCount: 1, hosts: ["edge-1"] },
  }));
  const document = { ...nothing, hosts: [{ name: "edge-1", networks: ["shop"] }], traffic };
  const announced = { hosts: 1, reason: "", unannounced: [] };
  const answer = { changes: [changed], revision: 6 };
  controller.answer({ Preview: previewing(answer, { ...document, announced }) });
  expect((await seawall()).stdout).toContain(
    "\n  and 2 more changes of traffic, which are announced as well\n",
  );
  controller.answer({ Preview: previewing(answer, document) });
  expect((await seawall()).stdout).toContain("\n  and 2 more changes of traffic\n");
});

test("an answer that is no terminal's", async () => {
  const evil = { host: "a\u001b[2J", reason: "x", message: "y", traffic: "Nothing" as const };
  const document = { ...nothing, hosts: [{ name: "a", networks: [] }], unasked: [evil] };
  controller.answer({ Preview: previewing({ changes: [changed], revision: 6 }, document) });
  expect((await seawall()).stdout).not.toContain("\u001b");
});

test("--prune is asked for and applied as well", async () => {
  controller.answer({ Preview: previewing({ changes: [changed], revision: 6 }, nothing) });
  const { stderr } = await seawall(["--prune", "-l", "team=shop"]);
  expect(asked).toMatchObject({ prune: true, pruneSelector: "team=shop" });
  expect(stderr).toContain("--prune -l team=shop --if-revision 6\n");
});

test("on an empty fleet, too, the command applies exactly this", async () => {
  controller.answer({ Preview: previewing({ changes: [changed], revision: 0 }, nothing) });
  const { stderr } = await seawall();
  expect(stderr).toContain(`Apply exactly this: seawall apply -f ${manifest} --if-revision 0\n`);
});

test("nothing would change", async () => {
  controller.answer({ Preview: previewing({ changes: [{ ...changed, action: "UNCHANGED" }] }) });
  expect(await seawall()).toEqual({ exitCode: 0, stdout: "", stderr: "No differences.\n" });
});

test("issues: each with its place, exit 2, nothing on stdout", async () => {
  const place = { file: "web.yaml", line: 11, column: 13, path: "spec.rules[0]" };
  const issues = [{ severity: "ERROR" as const, ...place, message: "is wrong" }];
  controller.answer({ Preview: previewing({ revision: 6, issues }) });
  expect(await seawall()).toEqual({
    ...{ exitCode: 2, stdout: "" },
    stderr: "web.yaml:11:13 spec.rules[0]: is wrong\nError: 1 error; nothing was stored.\n",
  });
});
