import { expect, test } from "vitest";
import { changeRollout } from "./change-rollout.ts";
import { confirmWithin } from "./confirm-within.ts";
import { noRollouts, type RolloutRecord } from "./rollout-record.ts";
import { afterStep } from "./rollout-step.ts";

const [minute, hour] = [60_000, 3_600_000];
const one = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
const two = afterStep(one, { kind: "atOnce", target: 2, confirmByMs: minute }, 0);
const late = { kind: "rollBack", reason: "NotConfirmed", message: "" } as const;

function confirmed(record: RolloutRecord): RolloutRecord {
  const changed = changeRollout(record, "confirm", "oscar", 0);
  if (!changed.ok) throw new Error(changed.message);
  return changed.record;
}

test.for([
  { name: "it asks for nothing", own: undefined, parent: undefined, record: one, is: undefined },
  { name: "it asks itself", own: hour, parent: undefined, record: one, is: hour },
  { name: "it overtakes one that asked", own: undefined, parent: minute, record: one, is: minute },
  { name: "and leaves more time", own: hour, parent: minute, record: one, is: minute },
  { name: "and leaves less", own: minute, parent: hour, record: one, is: minute },
  { name: "the one before it waits", own: undefined, parent: minute, record: two, is: minute },
  { name: "was confirmed", own: undefined, parent: minute, record: confirmed(two), is: undefined },
  {
    ...{ name: "was put back, and is built on knowingly", own: undefined, parent: minute },
    ...{ record: afterStep(two, late, minute), is: undefined },
  },
  {
    ...{ name: "nobody knows how it stands", own: undefined, parent: minute },
    ...{ record: undefined, is: minute },
  },
])("revision 3 has to be confirmed within $is where $name", ({ own, parent, record, is }) => {
  expect(confirmWithin(own, { number: 2, confirmWithinMs: parent }, record)).toBe(is);
});

test("the first revision has nothing before it", () => {
  expect(confirmWithin(undefined, undefined, noRollouts)).toBeUndefined();
});
