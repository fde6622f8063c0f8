import { rolloutDocument } from "@seawall/policy";
import { beforeEach, describe, expect, test } from "vitest";
import { noRollouts, type RolloutRecord } from "../core/rollout-record.ts";
import { afterStep } from "../core/rollout-step.ts";
import { strategyOf } from "../core/rollout-strategy.ts";
import { admin, operator } from "../testing/callers.ts";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { policyTree } from "../testing/policy-tree.ts";
import { labelHost } from "./host-writes.ts";
import { changeNewestRollout, rollout, undo } from "./rollout.ts";
import { apply } from "./write.ts";

const policyText = (name: string) =>
  `{apiVersion: seawall/v1, kind: FleetPolicy, metadata: {name: ${name}}, spec: {ingress: {}}}`;
const ordinary = { shop: "{ingress: {defaultAction: Deny}}" };
const guardrail = { shop: "{tier: Guardrail, ingress: {defaultAction: Deny}}" };

let fleet: MemoryFleet;

/** A fleet whose revision 2 is under way in waves, at its canary. */
function underWay(second: Readonly<Record<string, string>>): RolloutRecord {
  fleet.push(new Map());
  fleet.push(policyTree(second));
  const [first, name] = [afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0), "canary"];
  const begun = afterStep(first, { kind: "begin", target: 2, changes: 2 }, 1_000);
  const open = afterStep(begun, { kind: "openWave", name, waiting: ["a"] }, 1_000);
  return afterStep(open, { kind: "release", hosts: ["a"], ailing: [] }, 2_000);
}

beforeEach(() => {
  fleet = new MemoryFleet([enrolledHost("a"), enrolledHost("b")]);
});

const change = (action: string, revision = 0, by = operator) =>
  changeNewestRollout({ action, revision }, by, fleet);
const back = (to: number, by = operator) => undo({ to, dryRun: false, message: "" }, by, fleet);
const documentOf = ({ document }: Awaited<ReturnType<typeof rollout>>) =>
  rolloutDocument.parse(JSON.parse(document ?? ""));

test("what it says: waves that have begun, those to come, and what it waits for", async () => {
  const record = underWay(ordinary);
  const waves = [
    { name: "canary", soakMs: 0, needsApproval: false },
    { name: "all", soakMs: 0, needsApproval: false },
  ];
  fleet.rollouts.current = record;
  fleet.rollouts.now = {
    ...{ record, newest: { number: 2 }, nowMs: 3_000, heardForMs: 3_000 },
    strategy: { waves, maxUnavailable: { percent: 50 }, failureBudget: 0, gates: [] },
    hosts: [
      { name: "a", labels: {}, differs: false, health: { kind: "moving" } },
      { name: "b", labels: {}, differs: true, health: { kind: "well" } },
    ],
  };
  expect(documentOf(await rollout(fleet))).toMatchObject({
    metadata: { name: "2" },
    spec: { revision: 2, from: 1 },
    status: {
      ...{ phase: "Progressing", atOnce: false, changes: 2, maxUnavailable: 1 },
      waits: { reason: "Progressing", until: "1970-01-01T00:10:02.000Z" },
      waves: [
        { name: "canary", phase: "Progressing", hosts: 1, inSync: 0, behind: [{ name: "a" }] },
        { name: "all", phase: "Waiting" },
      ],
    },
    history: [{ revision: 1, phase: "Completed", reason: "AtOnce" }],
  });
});

test("before the first there is none", async () => {
  await expect(rollout(fleet)).rejects.toMatchObject({ reason: "NotFound" });
  await expect(change("pause")).rejects.toMatchObject({ reason: "NotFound" });
});

test("a record that is not believed is not taken for none", async () => {
  fleet.rollouts.current = undefined;
  await expect(rollout(fleet)).rejects.toMatchObject({ reason: "Conflict" });
});

describe("changing it", () => {
  beforeEach(() => {
    fleet.rollouts.current = underWay(ordinary);
  });

  test("answers with what it is then", async () => {
    expect(documentOf(await change("pause", 2)).status.phase).toBe("Paused");
    expect(documentOf(await change("abort"))).toMatchObject({
      status: {
        ...{ phase: "RolledBack", message: "aborted by oscar" },
        waves: [{ name: "canary", phase: "Stopped" }],
      },
    });
  });

  test.for([
    ["fly", 0, "InvalidRequest"],
    ["abort", 1, "StaleRevision"],
    ["confirm", 0, "Conflict"],
  ] as const)("%s of revision %s is refused: %s", async ([action, revision, reason]) => {
    await expect(change(action, revision)).rejects.toMatchObject({ reason });
  });
});

test("who may not change the Guardrail part of a host may neither go on with one nor take it back", async () => {
  const record = underWay(guardrail);
  fleet.rollouts.current = record;
  for (const action of ["pause", "promote", "abort"]) {
    await expect(change(action)).rejects.toMatchObject({ reason: "Forbidden" });
  }
  await expect(back(1)).rejects.toMatchObject({ reason: "Forbidden" });
  expect(fleet.rollouts.current).toBe(record);
  expect(documentOf(await change("abort", 2, admin)).status.phase).toBe("RolledBack");
  await expect(change("resume")).rejects.toMatchObject({ reason: "Forbidden" });
  await expect(back(0)).rejects.toMatchObject({ reason: "Forbidden" });
});

describe("an ordinary change while a guardrail has not reached all hosts", () => {
  const forbidden = { reason: "Forbidden" };
  const step = { kind: "rollBack", reason: "FailureBudget", message: "a Failed" } as const;
  const files = [{ name: "extra.yaml", content: policyText("extra") }];
  const request = { files, dryRun: false, message: "", prune: false };
  const applied = (by = operator, more = {}) =>
    apply(
      { ...request, pruneSelector: "", confirmWithinMs: 0, ...more },
      ...([by, fleet, { ports: [] }] as const),
    );

  test.for([
    ["is under way", (record: RolloutRecord) => record],
    ["was taken back", (record: RolloutRecord) => afterStep(record, step, 3_000)],
  ] as const)("does not take it there: it %s", async ([, become]) => {
    fleet.rollouts.current = become(underWay(guardrail));
    await expect(applied()).rejects.toMatchObject({
      ...forbidden,
      message:
        "this changes the Guardrail part of host a and 1 more, compared with revision 1, which hosts are on or may go back to (seawall rollout status): that needs the role guardrail-admin, and oscar is operator",
    });
    expect(await applied(operator, { dryRun: true })).toMatchObject({ committed: false });
    expect(await applied(admin)).toMatchObject({ committed: true, revision: 3 });
  });

  test("nor takes it back with its own: until it is completed, hosts that all have it may go back", async () => {
    const all = { kind: "release", hosts: ["b"], ailing: [] } as const;
    fleet.rollouts.current = afterStep(underWay(guardrail), all, 2_500);
    await expect(applied(operator, { confirmWithinMs: 1 })).rejects.toMatchObject(forbidden);
    fleet.rollouts.current = afterStep(fleet.rollouts.current, { kind: "complete" }, 3_000);
    expect(await applied(operator, { confirmWithinMs: 1 })).toMatchObject({ committed: true });
  });

  test("nor while it waits to be confirmed", async () => {
    fleet.push(new Map());
    fleet.push(policyTree(guardrail));
    const first = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
    const guarded = { kind: "atOnce", target: 2, confirmByMs: 300_000 } as const;
    fleet.rollouts.current = afterStep(first, guarded, 1_000);
    await expect(applied(operator, { confirmWithinMs: 1 })).rejects.toMatchObject(forbidden);
  });

  describe("nor before it has begun, where its own change may be put back, and the guardrail with it", () => {
    const inWaves = {
      name: "strategy.yaml",
      content:
        "{apiVersion: seawall/v1, kind: RolloutStrategy, metadata: {name: default}, spec: {}}",
    };
    test.for([
      { name: "unless it is confirmed", more: { confirmWithinMs: 1 }, may: false },
      { name: "when a host fails", more: { files: [...files, inWaves] }, may: false },
      { name: "never", more: {}, may: true },
    ])("it is put back $name", async ({ more, may }) => {
      fleet.push(new Map());
      fleet.push(policyTree(guardrail));
      fleet.rollouts.current = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
      const write = applied(operator, more);
      await (may
        ? expect(write).resolves.toMatchObject({ committed: true })
        : expect(write).rejects.toMatchObject(forbidden));
    });
  });

  test("nor holds a rollout that gives hosts back what an earlier one changed", async () => {
    const record = underWay(guardrail);
    fleet.push(new Map());
    fleet.rollouts.current = afterStep(record, { kind: "begin", target: 3, changes: 1 }, 3_000);
    for (const action of ["pause", "promote", "abort"])
      await expect(change(action)).rejects.toMatchObject(forbidden);
  });

  test("nor a label that only counts where hosts still are", async () => {
    fleet.push(
      policyTree({
        shop: "{tier: Guardrail, hostSelector: {matchLabels: {env: prod}}, ingress: {defaultAction: Deny}}",
      }),
    );
    fleet.push(policyTree(ordinary));
    const first = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
    fleet.rollouts.current = afterStep(first, { kind: "begin", target: 2, changes: 2 }, 1_000);
    const set = { env: "prod" };
    const labelled = (by = operator) =>
      labelHost({ host: "a", set, remove: [], overwrite: true }, by, fleet);
    await expect(labelled()).rejects.toMatchObject(forbidden);
    await labelled(admin);
    expect(fleet.host("a")?.labels).toEqual(set);
  });

  test("goes out once it has, and where an ordinary one has not", async () => {
    const record = underWay(guardrail);
    fleet.rollouts.current = afterStep(record, { kind: "complete" }, 3_000);
    expect(await applied()).toMatchObject({ committed: true });
    fleet = new MemoryFleet([enrolledHost("a"), enrolledHost("b")]);
    fleet.rollouts.current = underWay(ordinary);
    expect(await applied()).toMatchObject({ committed: true });
  });

  test("where nobody knows what hosts are on, only who may change guardrails changes anything", async () => {
    underWay(ordinary);
    fleet.rollouts.current = undefined;
    await expect(applied()).rejects.toMatchObject({ reason: "Conflict" });
    expect(await applied(admin)).toMatchObject({ committed: true });
  });
});

describe("undo", () => {
  beforeEach(() => {
    fleet.rollouts.current = underWay(ordinary);
  });
  const keys = async () => [...(await fleet.tree(await fleet.newestRevision())).keys()];

  test("commits what hosts had before, or what it is told", async () => {
    expect(await back(0)).toMatchObject({ committed: true, revision: 3 });
    expect(await keys()).toEqual([]);
    expect(fleet.records.at(-1)).toMatchObject({ message: "undo: back to revision 1" });
    expect(await back(2)).toMatchObject({ committed: true, revision: 4 });
    expect(await keys()).toEqual(["FleetPolicy/shop"]);
  });

  test("a revision that is not kept is not found", async () => {
    await expect(back(9)).rejects.toMatchObject({ reason: "NotFound" });
  });
});

test("a change that builds on what was put back says so, and undo does not", async () => {
  const record = underWay(ordinary);
  const step = { kind: "rollBack", reason: "FailureBudget", message: "a Failed" } as const;
  fleet.rollouts.current = afterStep(record, step, 3_000);
  const files = [
    {
      name: "s.yaml",
      content:
        "{apiVersion: seawall/v1, kind: RolloutStrategy, metadata: {name: default}, spec: {}}",
    },
  ];
  const request = { files, dryRun: true, message: "", prune: false };
  const applied = await apply(
    { ...request, pruneSelector: "", confirmWithinMs: 0 },
    ...([operator, fleet, { ports: [] }] as const),
  );
  expect(applied.issues?.map(({ message }) => message)).toEqual([
    "this builds on revision 2, which was put back to revision 1 (FailureBudget: a Failed); what else it changed goes out again. To leave it out: seawall rollout undo, then this. If it changed the Guardrail part of a host, only a guardrail-admin may undo it, and an operator's change is refused before",
  ]);
  expect((await back(0)).issues).toEqual([]);
  expect(strategyOf(await fleet.tree(3))).toBeUndefined();
});

test("a change that builds on what is not confirmed says until when it stays, and so does undo", async () => {
  underWay(ordinary);
  const first = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
  const step = { kind: "atOnce", target: 2, confirmByMs: 300_000 } as const;
  fleet.rollouts.current = afterStep(first, step, 1_000);
  const files = [{ name: "extra.yaml", content: policyText("extra") }];
  const request = { files, dryRun: true, message: "", prune: false };
  const applied = await apply(
    { ...request, pruneSelector: "", confirmWithinMs: 3_600_000 },
    ...([operator, fleet, { ports: [] }] as const),
  );
  const message =
    "revision 2 has to be confirmed by 1970-01-01T00:05:00.000Z: this builds on it, and goes back with it unless somebody runs seawall rollout confirm";
  for (const { issues } of [applied, await back(0)])
    expect(issues?.map((issue) => issue.message)).toEqual([message]);
});
