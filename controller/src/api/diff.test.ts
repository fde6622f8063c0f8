import { beforeEach, expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "../testing/policy-tree.ts";
import { diff } from "./diff.ts";

const closed =
  "{hostSelector: {matchLabels: {env: prod}}, networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}";
const rejecting = closed.replace("Deny", "Reject");

let fleet: MemoryFleet;
beforeEach(() => {
  fleet = new MemoryFleet([
    enrolledHost("web-1", { env: "prod" }),
    enrolledHost("test-1", { env: "test" }),
  ]);
  fleet.push(policyTree({ shop: closed }));
  fleet.push(policyTree({ shop: rejecting, other: closed }));
});

test("between two revisions: changed fields, and rules of the hosts that they change on", async () => {
  const answer = await diff({ from: 1, to: 2 }, fleet);
  expect(answer).toMatchObject({
    ...{ to: 2, issues: [] },
    changes: [
      { object: { kind: "FleetPolicy", name: "other" }, action: "CREATED" },
      {
        object: { kind: "FleetPolicy", name: "shop" },
        action: "CONFIGURED",
        fields: [{ path: "spec.ingress.defaultAction", before: '"Deny"', after: '"Reject"' }],
      },
    ],
  });
  expect(answer.hosts?.map(({ host }) => host)).toEqual(["web-1"]);
  expect(answer.hosts?.[0]?.removed).toContain("shop ingress default: Deny on shop");
});

test.for([
  [{ from: 1, to: 0 }, 2, ["CREATED", "CONFIGURED"]],
  [{ from: 0, to: 1 }, 1, ["CREATED"]],
  [{ from: 2, to: 1 }, 1, ["DELETED", "CONFIGURED"]],
  [{ from: 2, to: 2 }, 2, []],
] as const)("%j is up to revision %i: %j", async ([asked, to, actions]) => {
  const answer = await diff(asked, fleet);
  expect(answer.to).toBe(to);
  expect(answer.changes?.map(({ action }) => action)).toEqual(actions);
});

test("a revision that is not there is not found", async () => {
  await expect(diff({ from: 7, to: 0 }, fleet)).rejects.toMatchObject({
    ...{ reason: "NotFound", message: "revision 7 is not kept, or was never made" },
  });
});

test("what hosts get is not told while the record of one is not believed and rules name hosts", async () => {
  fleet.push(policyTree({ app: namesAppHosts }));
  fleet.unbelieved = [{ name: "db-1", reason: "NotOurs", message: "forged" }];
  const answer = await diff({ from: 2, to: 3 }, fleet);
  expect(answer).toMatchObject({
    hosts: [],
    hostsUnknown: true,
    issues: [{ severity: "WARNING" }],
  });
  expect(answer.issues?.[0]?.message).toContain("what differs on the hosts cannot be told");
});
