import { type ChangePreviewDocument, changePreviewDocument } from "@seawall/policy";
import type { HostReport__Output, PreviewReport__Output, PreviewResponse } from "@seawall/proto";
import { beforeEach, expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { policyTree } from "../testing/policy-tree.ts";
import type { PreviewOutcome } from "./agent-sessions.ts";
import type { AnnouncePreview } from "./announce.ts";
import type { Caller } from "./authorize.ts";
import { type AskPreview, preview } from "./preview.ts";

const spec = (cidr: string) =>
  `{hostSelector: {matchLabels: {env: prod}}, networkSelector: {names: [shop]}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{ipBlock: {cidr: ${cidr}}}]}]}}`;
const manifest = (cidr: string) =>
  `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: shop}\nspec: ${spec(cidr)}\n`;
const narrower = manifest("10.20.0.0/16");

const inventory = (network: string): HostReport__Output["inventory"] => ({
  networks: [
    {
      ...{
        id: network,
        name: network,
        driver: "bridge",
        bridge: "br-1",
        subnets: ["172.18.0.0/16"],
      },
      ...{ labels: {}, internal: false, iccOff: false, routed: [] },
    },
  ],
  ...{ containers: [], interfaces: ["eth0", "br-1"], addresses: [], engine: null },
  ...{ management: [], ownPorts: [], awaitedPorts: [] },
});

const report: HostReport__Output = {
  ...{ state: "HOST_STATE_IN_SYNC", conditions: [], observedEpoch: 1, observedGeneration: 1 },
  ...{ revision: 1, inventory: inventory("shop"), limits: [], counters: [], versions: null },
  ...{
    entries: [],
    rulesetDigest: "ab",
    bundleDigest: "",
    accepted: null,
    drifts: [],
    appliedCuts: null,
  },
  ...{ connections: null, policies: [], observedAtMs: 0 },
};

const said = (more: Partial<PreviewReport__Output> = {}): PreviewOutcome => ({
  ok: true,
  report: {
    inventory: inventory("shop"),
    cut: 0,
    connections: [],
    notJudged: 0,
    id: "p1",
    ...more,
  },
});
const away = { ok: false, reason: "NotConnected", message: "the agent is not connected" } as const;

let fleet: MemoryFleet;
beforeEach(() => {
  const prod = ["web-1", "web-2", "web-3"].map((name) => enrolledHost(name, { env: "prod" }));
  fleet = new MemoryFleet([...prod, enrolledHost("test-1", { env: "test" })]);
  fleet.push(policyTree({ shop: spec("10.0.0.0/8") }));
  for (const { name } of fleet.hosts()) {
    fleet.known.set(name, { report, reportAgeMs: 5, everReported: true });
  }
});

const request = (content: string) => ({
  ...{ files: [{ name: "a.yaml", content }], dryRun: false, message: "" },
  ...{ prune: false, pruneSelector: "", confirmWithinMs: 0 },
});

const oscar: Caller = { name: "oscar", role: "operator" };
const announcePreview: AnnouncePreview = () =>
  Promise.reject(new Error("nothing is announced here"));

async function answers(
  content: string,
  askPreview: AskPreview,
  { caller = oscar, tell = announcePreview } = {},
): Promise<PreviewResponse[]> {
  const parts = { fleet, controller: { ports: [] }, askPreview, announcePreview: tell };
  const all: PreviewResponse[] = [];
  const { signal } = new AbortController();
  for await (const one of preview(request(content), caller, parts, signal)) all.push(one);
  return all;
}

async function previewed(askPreview: AskPreview): Promise<ChangePreviewDocument> {
  const all = await answers(narrower, askPreview);
  return changePreviewDocument.parse(JSON.parse(all.at(-1)?.document ?? ""));
}

const narrowed = {
  ...{ before: "Allow", after: "Deny", ports: "every port", families: ["IPv4"] },
  ...{ from: ["10.0.0.0/8 except 10.20.0.0/16"], to: ["network shop"] },
};

test("first what a dry run says, in the end what it would do; nothing is stored", async () => {
  const all = await answers(narrower, () => Promise.resolve(said()));
  expect(all).toMatchObject([
    {
      change: {
        ...{ committed: false, revision: 1, changes: [{ action: "CONFIGURED" }] },
        hosts: [{ host: "web-1" }, { host: "web-2" }, { host: "web-3" }],
      },
    },
    { document: expect.stringContaining("ChangePreview") as string },
  ]);
  expect(await fleet.newestRevision()).toBe(1);
});

test("each host that changes is asked with its own candidate, and no other", async () => {
  const asked: unknown[] = [];
  await previewed((host, bundle) => {
    asked.push([host, bundle.host, bundle.desired.policies.length]);
    return Promise.resolve(said());
  });
  expect(asked).toEqual([
    ["web-1", "web-1", 1],
    ["web-2", "web-2", 1],
    ["web-3", "web-3", 1],
  ]);
});

test("traffic that is the same on several hosts is told once, by what they say that they are", async () => {
  const document = await previewed((host) =>
    Promise.resolve(said(host === "web-3" ? { inventory: inventory("other") } : {})),
  );
  expect(document).toMatchObject({
    revision: 1,
    hosts: [
      { name: "web-1", networks: ["shop"] },
      { name: "web-2", networks: ["shop"] },
      { name: "web-3", networks: [] },
    ],
    traffic: [{ ...narrowed, hostCount: 2, hosts: ["web-1", "web-2"] }],
    ...{ trafficLeftOut: 0, connections: [], unasked: [], behind: [] },
  });
});

test("who cannot be asked is named, with what his traffic is computed from", async () => {
  fleet.known.set("web-2", {});
  fleet.known.set("web-3", { report, newerRevision: 1 });
  const outcomes: Record<string, PreviewOutcome> = { "web-1": away, "web-2": away };
  const document = await previewed((host) => Promise.resolve(outcomes[host] ?? said()));
  const { reason, message } = away;
  expect(document).toMatchObject({
    traffic: [{ ...narrowed, hosts: ["web-1", "web-3"] }],
    unasked: [
      { host: "web-1", reason, message, traffic: "LastReport" },
      { host: "web-2", reason, message, traffic: "Nothing" },
    ],
    behind: ["web-3"],
  });
});

test("a host that says that it has a thousand networks gets its time, and nobody waits for it", async () => {
  const [network] = inventory("shop")?.networks ?? [];
  if (network === undefined) throw new Error("the inventory has a network");
  const networks = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ ...network, id: String(index), bridge: `br-${String(index)}` },
    subnets: [`10.${String(index >> 8)}.${String(index & 255)}.0/24`],
  }));
  const large = { ...inventory("shop"), networks } as HostReport__Output["inventory"];
  let longestPause = 0;
  let last = performance.now();
  const others = setInterval(() => {
    longestPause = Math.max(longestPause, performance.now() - last);
    last = performance.now();
  }, 1);
  const document = await previewed((host) =>
    Promise.resolve(said(host === "web-1" ? { inventory: large } : {})),
  );
  clearInterval(others);
  expect(document.uncompared).toEqual(["web-1"]);
  // Who does not get to renew it in so long is no leader any more.
  expect(longestPause).toBeLessThan(10_000);
  expect(document.traffic).toMatchObject([{ ...narrowed, hosts: ["web-2", "web-3"] }]);
}, 60_000);

test("of what a host says of its connections only what can be one", async () => {
  const good = {
    ...{ protocol: "TCP", source: "203.0.113.9", destination: "192.0.2.11", port: 8080 },
    ...{ answerer: "172.18.0.2", answeringPort: 80 },
  };
  const connections = [
    good,
    { ...good, source: "\u001b[2J" },
    { ...good, protocol: "TCP\n" },
    { ...good, port: 70_000 },
    ...Array.from({ length: 100 }, () => good),
  ];
  const document = await previewed((host) =>
    Promise.resolve(said(host === "web-1" ? { cut: 300, connections, notJudged: 2 } : {})),
  );
  expect(document.connections).toEqual([
    { host: "web-1", cut: 300, notJudged: 2, first: Array.from({ length: 17 }, () => good) },
  ]);
});

const gate = `---
apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default}
spec: {gates: [NewDrops]}
`;

test("where the strategy has the gate NewDrops, what was told of a host is announced to it, and to no other", async () => {
  fleet.enrolled.set("web-4", enrolledHost("web-4", { env: "prod" }));
  fleet.known.set("web-4", { report, reportAgeMs: 5, newerRevision: 1 });
  const outcomes: Record<string, PreviewOutcome> = { "web-2": away, "web-3": said({ id: "" }) };
  const asked: string[] = [];
  const ask: AskPreview = (host, _bundle, announceable) => {
    expect(announceable).toBe(true);
    return Promise.resolve(outcomes[host] ?? said());
  };
  const all = await answers(narrower + gate, ask, {
    tell: (host, id, before) => {
      asked.push([host, id, before.length].join(" "));
      return Promise.resolve(undefined);
    },
  });
  expect(asked).toEqual(["web-1 p1 64"]);
  const document: unknown = JSON.parse(all.at(-1)?.document ?? "");
  expect(document).toMatchObject({
    announced: {
      ...{ hosts: 1, reason: "" },
      unannounced: [
        { host: "web-2", reason: "NotConnected" },
        { host: "web-3", reason: "AgentTooOld" },
        { host: "web-4", reason: "OlderRevision" },
      ],
    },
  });
});

test("a host that does not keep it is named", async () => {
  const full = { reason: "StateNotWritable", message: "no space left on device" };
  const all = await answers(narrower + gate, () => Promise.resolve(said()), {
    tell: (host) => Promise.resolve(host === "web-3" ? full : undefined),
  });
  const { announced } = changePreviewDocument.parse(JSON.parse(all.at(-1)?.document ?? ""));
  expect(announced).toEqual({ hosts: 2, reason: "", unannounced: [{ host: "web-3", ...full }] });
});

test.for([
  ["a viewer", "viewer", narrower + gate, { hosts: 0, reason: "Viewer", unannounced: [] }],
  [
    "an operator, of what only a guardrail-admin may apply",
    "operator",
    narrower.replace("spec: {", "spec: {tier: Guardrail, ") + gate,
    { hosts: 0, reason: "Guardrail", unannounced: [] },
  ],
  ["anybody without the gate", "operator", narrower, undefined],
] as const)(
  "nothing is announced by %s, and no host is to know its answer for that",
  async ([, role, content, expected]) => {
    const asked: boolean[] = [];
    const all = await answers(
      content,
      (_host, _bundle, announceable) => {
        asked.push(announceable);
        return Promise.resolve(said());
      },
      { caller: { name: "vera", role } },
    );
    const { announced } = changePreviewDocument.parse(JSON.parse(all.at(-1)?.document ?? ""));
    expect(announced).toEqual(expected);
    expect(asked).toEqual([false, false, false]);
  },
);

test("it says how far it is while a host takes its time", async () => {
  let answer: (outcome: PreviewOutcome) => void = () => undefined;
  const slow = new Promise<PreviewOutcome>((resolve) => {
    answer = resolve;
  });
  const all: PreviewResponse[] = [];
  const parts = {
    ...{ fleet, controller: { ports: [] }, announcePreview },
    askPreview: (host: string) => (host === "web-2" ? slow : Promise.resolve(said())),
  };
  for await (const one of preview(request(narrower), oscar, parts, new AbortController().signal)) {
    all.push(one);
    if (one.progress) answer(said());
  }
  expect(all[1]).toEqual({ progress: { asked: 2, hosts: 3 } });
});

test.for([
  ["what is the same as before", manifest("10.0.0.0/8"), "UNCHANGED"],
  ["what is refused", "kind: Nonsense", undefined],
] as const)("nobody is asked for %s", async ([, content, action]) => {
  const all = await answers(content, () => Promise.reject(new Error("nobody is to be asked")));
  expect(all).toHaveLength(1);
  expect(all[0]?.change?.changes?.[0]?.action).toBe(action);
});
