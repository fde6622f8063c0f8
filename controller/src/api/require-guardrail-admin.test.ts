import { beforeEach, describe, expect, test } from "vitest";
import { admin, operator } from "../testing/callers.ts";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import type { Caller } from "./authorize.ts";
import { createToken } from "./create-token.ts";
import { deleteHost, labelHost, setHost } from "./host-writes.ts";
import { apply, remove } from "./write.ts";

const manifest = (kind: string, name: string, spec: string) =>
  `---\napiVersion: seawall/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const group = (name: string, cidr: string) => manifest("AddressGroup", name, `{cidrs: [${cidr}]}`);
const policy = (name: string, tier: string, selects: string, peer: string) =>
  manifest(
    "FleetPolicy",
    name,
    `{tier: ${tier}, hostSelector: {matchLabels: {${selects}}}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [${peer}]}]}}`,
  );

/** Hosts of prod have a guardrail, which names a group and the hosts of role app. */
const fleetText =
  group("office", "198.51.100.0/24") +
  group("partners", "203.0.113.0/24") +
  policy(
    "guard",
    "Guardrail",
    "env: prod",
    "{addressGroup: office}, {hostSelector: {matchLabels: {role: app}}}",
  ) +
  policy("usual", "Standard", "env: prod", "{addressGroup: partners}");

let fleet: MemoryFleet;
beforeEach(async () => {
  fleet = new MemoryFleet([
    enrolledHost("db", { env: "prod" }),
    { ...enrolledHost("app", { role: "app" }), addresses: ["192.0.2.7/32"] },
    { ...enrolledHost("spare"), addresses: ["192.0.2.9/32"] },
  ]);
  const answer = await applied(fleetText, admin);
  expect(answer).toMatchObject({ committed: true });
});

function applied(content: string, caller: Caller, wish = {}) {
  const files = [{ name: "all.yaml", content }];
  const request = {
    files,
    dryRun: false,
    message: "",
    prune: false,
    confirmWithinMs: 0,
    pruneSelector: "",
  };
  return apply({ ...request, ...wish }, caller, fleet, { ports: [] });
}
const label = (host: string, set: Record<string, string>, by: Caller) =>
  labelHost({ host, set, remove: [], overwrite: true }, by, fleet);
const choose = (host: string, wish: object, by: Caller) =>
  setHost(
    {
      ...{ host, mode: "", setAddresses: false, addresses: [], options: {} },
      ...{ endQuarantine: false, ...wish },
    },
    by,
    fleet,
  );
const removed = (kind: string, name: string, by: Caller) =>
  remove({ objects: [{ kind, name }], dryRun: false, message: "" }, by, fleet);
const token = (labels: Record<string, string>, mode: string, by: Caller) =>
  createToken({ uses: 1, ttlSeconds: 60, host: "", labels, addressRanges: [], mode }, by, fleet, {
    caFingerprint: "ab",
    joinAddress: "",
    now: () => new Date(0),
    store: () => Promise.resolve(),
  });

type Change = (by: Caller) => Promise<unknown>;

describe("only a guardrail-admin", () => {
  test.for<[name: string, change: Change, what: string]>([
    [
      "changes a guardrail",
      (by) => applied(policy("guard", "Guardrail", "env: prod", "{addressGroup: office}"), by),
      "FleetPolicy/guard",
    ],
    [
      "makes one, also where no host has it",
      (by) => applied(policy("new", "Guardrail", "env: none", "{addressGroup: partners}"), by),
      "FleetPolicy/new",
    ],
    [
      "takes its tier away",
      (by) => applied(policy("guard", "Standard", "env: prod", "{addressGroup: office}"), by),
      "FleetPolicy/guard",
    ],
    ["deletes one", (by) => removed("FleetPolicy", "guard", by), "FleetPolicy/guard"],
    [
      "changes a group that one names",
      (by) => applied(group("office", "0.0.0.0/1"), by),
      "AddressGroup/office",
    ],
    ["gives a host one by its labels", (by) => label("spare", { env: "prod" }, by), "host spare"],
    ["takes it away by its labels", (by) => label("db", { env: "test" }, by), "host db"],
    [
      "makes a host a peer of one by its labels",
      (by) => label("spare", { role: "app" }, by),
      "host db",
    ],
    [
      "gives a peer of one another address",
      (by) => choose("app", { setAddresses: true, addresses: ["192.0.2.8"] }, by),
      "host db",
    ],
    ["takes a peer of one away", (by) => deleteHost({ host: "app" }, by, fleet), "host db"],
    ["deletes a host that has one", (by) => deleteHost({ host: "db" }, by, fleet), "host db"],
    ["has a host with one in Audit", (by) => choose("db", { mode: "Audit" }, by), "host db"],
    [
      "switches the guard off on a host with one",
      (by) => choose("db", { options: { forwardGuard: "Off" } }, by),
      "host db",
    ],
    ["makes a token for hosts that one names", (by) => token({ role: "app" }, "", by), "host db"],
    [
      "makes a token for hosts with one in Audit",
      (by) => token({ env: "prod" }, "Audit", by),
      "host a host that joins",
    ],
  ])("%s", async ([, change, what]) => {
    await expect(change(operator)).rejects.toMatchObject({
      reason: "Forbidden",
      message: expect.stringMatching(
        new RegExp(`${what}.* needs the role guardrail-admin, and oscar is operator$`),
      ) as unknown,
    });
    await expect(change(admin)).resolves.not.toThrow();
  });
});

describe("an operator too", () => {
  test.for<[name: string, change: Change]>([
    [
      "changes another policy",
      (by) => applied(policy("usual", "Standard", "env: prod", "{addressGroup: office}"), by),
    ],
    ["deletes another policy", (by) => removed("FleetPolicy", "usual", by)],
    ["changes another group", (by) => applied(group("partners", "0.0.0.0/1"), by)],
    ["applies a guardrail that stays as it is", (by) => applied(fleetText, by)],
    [
      "looks at what a changed guardrail would do",
      (by) => applied(group("office", ""), by, { dryRun: true }),
    ],
    ["labels a host", (by) => label("db", { rack: "7" }, by)],
    ["deletes a host without one", (by) => deleteHost({ host: "spare" }, by, fleet)],
    ["has a host without one in Audit", (by) => choose("spare", { mode: "Audit" }, by)],
    ["makes a token for hosts with one", (by) => token({ env: "prod" }, "", by)],
    ["makes a token for hosts without one, in Audit", (by) => token({ env: "test" }, "Audit", by)],
  ])("%s", async ([, change]) => {
    await expect(change(operator)).resolves.not.toThrow();
  });
});

const cannotBeTold = {
  reason: "Forbidden",
  message:
    "what this changes on the hosts cannot be told: that needs the role guardrail-admin, and oscar is operator",
};

describe("what cannot be told, since a host's record is not believed, is for a guardrail-admin", () => {
  test.for<[name: string, change: Change]>([
    ["a label", (by) => label("spare", { rack: "7" }, by)],
    ["a deletion", (by) => deleteHost({ host: "spare" }, by, fleet)],
    ["a token", (by) => token({ rack: "7" }, "", by)],
  ])("%s", async ([, change]) => {
    fleet.unbelieved = [{ name: "x", reason: "NotOurs", message: "forged" }];
    await expect(change(operator)).rejects.toMatchObject(cannotBeTold);
    await expect(change(admin)).resolves.not.toThrow();
  });

  test("the end of a policy that names hosts", async () => {
    await removed("FleetPolicy", "guard", admin);
    await applied(policy("names", "Standard", "env: prod", "{hostSelector: {}}"), operator);
    fleet.unbelieved = [{ name: "x", reason: "NotOurs", message: "forged" }];
    await expect(removed("FleetPolicy", "names", operator)).rejects.toMatchObject(cannotBeTold);
    expect(await removed("FleetPolicy", "names", admin)).toMatchObject({ committed: true });
  });
});
