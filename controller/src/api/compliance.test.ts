import { type ComplianceDocument, canonicalJson, complianceDocument } from "@seawall/policy";
import {
  type ComplianceRequest__Output,
  type HostReport__Output,
  trustedSigner,
  verifyDetached,
} from "@seawall/proto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { Authority } from "../identity/authority.ts";
import { reportSigner } from "../identity/sign-report.ts";
import { createSigningKeyPem, loadSigningKey } from "../identity/signing-key.ts";
import { viewer } from "../testing/callers.ts";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "../testing/policy-tree.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { compliance, type ReportSigning } from "./compliance.ts";

const place = { family: "IPv4", position: 1, priority: 0 };
const report: HostReport__Output = {
  state: "HOST_STATE_IN_SYNC",
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 1,
  revision: 1,
  inventory: {
    networks: [
      {
        ...{ id: "n1", name: "n", driver: "bridge", bridge: "br-1", subnets: ["10.1.0.0/16"] },
        ...{ labels: {}, internal: false, iccOff: false, routed: [] },
      },
    ],
    ...{ containers: [], interfaces: ["eth0", "br-1"], addresses: ["192.0.2.1"] },
    ...{ engine: null, management: [], ownPorts: [], awaitedPorts: [] },
  },
  limits: [],
  counters: [],
  versions: null,
  entries: [
    { ...place, table: "filter", chain: "FORWARD", leadsTo: "DOCKER-USER" },
    { ...place, table: "filter", chain: "DOCKER-USER", leadsTo: "SEAWALL" },
    { ...place, table: "security", chain: "FORWARD", leadsTo: "SEAWALL" },
  ],
  rulesetDigest: "ab",
  bundleDigest: "cd",
  accepted: null,
  drifts: [],
  appliedCuts: null,
  connections: null,
  policies: [{ policy: "p", networks: ["n"], containers: [], reason: "Enforced", message: "" }],
  observedAtMs: 0,
};
const answer: ObserveOutcome = { ok: true, report };
const silent: ObserveOutcome = { ok: false, reason: "DeadlineExceeded", message: "no answer" };
const time = new Date("2026-01-02T03:04:05Z");

let fleet: MemoryFleet;
let authority: Authority;
let signing: ReportSigning;

beforeAll(async () => {
  authority = await Authority.load(await Authority.create(time));
  const sign = reportSigner(authority, loadSigningKey(createSigningKeyPem()));
  signing = { sign, now: () => time, epoch: 4 };
});

beforeEach(() => {
  fleet = new MemoryFleet([enrolledHost("a", { env: "prod" })]);
  knownToBeInSync("a", report);
  fleet.push(policyTree({ p: "{ingress: {defaultAction: Deny}}" }));
});

function knownToBeInSync(host: string, of: HostReport__Output) {
  fleet.known.set(host, {
    ...{ generation: 1, bundleDigest: "cd", bundle: "current", everReported: true },
    ...{ report: of, reportAgeMs: 1 },
  });
}

const everything: ComplianceRequest__Output = { selector: "", host: "", policy: "", controls: [] };

async function answered(asked: Partial<ComplianceRequest__Output> = {}, observed = answer) {
  const observe = () => Promise.resolve(observed);
  const request = { ...everything, ...asked };
  const { document } = await compliance(request, viewer, fleet, observe, signing);
  return document ?? "";
}

async function judged(...how: Parameters<typeof answered>) {
  const { compliant, hosts } = complianceDocument.parse(JSON.parse(await answered(...how)));
  return [compliant, hosts.map(({ name, verdict }) => `${name} ${verdict}`)];
}

test("a host that reads its rules back when asked passes", async () => {
  expect(await judged()).toEqual([true, ["a PASS"]]);
});

test("a stopped agent does not pass on its last report", async () => {
  expect(await judged({}, silent)).toEqual([false, ["a UNKNOWN"]]);
});

test("a host whose record is not believed is not left out", async () => {
  fleet.unbelieved = [{ name: "b", reason: "Missing", message: "it is gone" }];
  expect(await judged()).toEqual([false, ["a PASS", "b UNKNOWN"]]);
  expect(await judged({ host: "b" })).toEqual([false, ["b UNKNOWN"]]);
  expect(await judged({ host: "a" })).toEqual([true, ["a PASS"]]);
  expect(await judged({ policy: "p" })).toEqual([false, ["a PASS", "b UNKNOWN"]]);
});

test("while it is not known whom policies name, nobody passes", async () => {
  fleet.unbelieved = [{ name: "b", reason: "Missing", message: "it is gone" }];
  fleet.push(policyTree({ p: "{ingress: {defaultAction: Deny}}", app: namesAppHosts }));
  expect(await judged({ host: "a" })).toEqual([false, ["a UNKNOWN"]]);
});

test("a policy is asked about where it selects the host, and something on it", async () => {
  const prod = "{hostSelector: {matchLabels: {env: prod}}, ingress: {defaultAction: Deny}}";
  fleet.push(policyTree({ p: prod }));
  fleet.enrolled.set("dev", enrolledHost("dev"));
  knownToBeInSync("dev", report);
  expect(await judged({ policy: "p" })).toEqual([true, ["a PASS"]]);
  const [status] = report.policies;
  if (status === undefined) throw new Error("it has one");
  const nothing = { ...report, policies: [{ ...status, networks: [], reason: "SelectsNothing" }] };
  knownToBeInSync("a", nothing);
  expect(await judged({ policy: "p" })).toEqual([false, []]);
  // Unless that may have changed since.
  expect(await judged({ policy: "p" }, silent)).toEqual([false, ["a UNKNOWN"]]);
});

test("only the controls that are asked count, in their own order, and the report says which", async () => {
  knownToBeInSync("a", { ...report, entries: [] });
  expect(await judged()).toEqual([false, ["a FAIL"]]);
  const controls = ["DefaultDeny", "DesiredEqualsKernel", "DefaultDeny"];
  const { compliant, scope }: ComplianceDocument = complianceDocument.parse(
    JSON.parse(await answered({ controls })),
  );
  expect([compliant, scope.controls]).toEqual([true, ["DesiredEqualsKernel", "DefaultDeny"]]);
});

test.for<[Partial<ComplianceRequest__Output>, string]>([
  [{ policy: "q" }, 'policy "q" not found'],
  [{ host: "c" }, 'host "c" not found'],
  [{ controls: ["Deny"] }, 'no control is named "Deny"'],
])("%j is refused: %s", async ([asked, message]) => {
  await expect(answered(asked)).rejects.toThrow(message);
});

test("it is measured against the revision that was the newest all the while", async () => {
  const knownHosts = fleet.knownHosts.bind(fleet);
  let isFirst = true;
  fleet.knownHosts = () => {
    // Somebody writes in between: what passed before does not any more.
    if (isFirst) fleet.push(policyTree({ p: "{ingress: {defaultAction: Allow}}" }));
    isFirst = false;
    return knownHosts();
  };
  const { revision, compliant } = complianceDocument.parse(JSON.parse(await answered()));
  expect([revision, compliant]).toEqual([2, false]);
});

test("it says when, of which store and revision, for whom and of what", async () => {
  const report: unknown = JSON.parse(
    await answered({ selector: "env=prod", controls: ["DefaultDeny"] }),
  );
  expect(report).toMatchObject({
    ...{ time: "2026-01-02T03:04:05.000Z", epoch: 4, revision: 1, requestedBy: "vera" },
    scope: { selector: "env=prod", host: "", policy: "", controls: ["DefaultDeny"] },
  });
});

test("whoever knows the CA can check who made it, and that nobody changed it", async () => {
  const { signature, ...signed } = complianceDocument.parse(JSON.parse(await answered()));
  const signer = trustedSigner(signature.certificate, authority.certificatePem, time);
  if (!signer.ok) throw new Error(signer.message);
  const verified = (body: object) =>
    verifyDetached("compliance", Buffer.from(canonicalJson(body)), signature, signer.keys).ok;
  expect(verified(signed)).toBe(true);
  for (const change of [{ score: 99 }, { requestedBy: "oscar" }, { epoch: 5 }])
    expect(verified({ ...signed, ...change })).toBe(false);
});
