import { describe, expect, test } from "vitest";
import { changeRollout, type RolloutAction } from "./change-rollout.ts";
import { planRollout, STALLED_AFTER_MS } from "./plan-rollout.ts";
import type { RolloutHealth, RolloutHost } from "./rollout-host.ts";
import { movedHosts, noRollouts, type RolloutRecord } from "./rollout-record.ts";
import { afterStep, type RecordStep, type RolloutStep } from "./rollout-step.ts";
import type { Strategy } from "./rollout-strategy.ts";

const failed: RolloutHealth = { kind: "failed", reason: "RestoreFailed", message: "line 14" };

const canaryFirst: Strategy = {
  waves: [
    {
      ...{ name: "canary", soakMs: 60_000, needsApproval: false },
      hostSelector: { matchLabels: { canary: "true" } },
    },
    { name: "half", percent: 50, soakMs: 0, needsApproval: true },
  ],
  maxUnavailable: 2,
  failureBudget: 0,
  gates: [],
};

/** A fleet of a canary and five others on revision 1, which all get other rules by revision 2. */
class Fleet {
  record: RolloutRecord = afterStep(noRollouts, { kind: "atOnce", target: 1 }, 0);
  readonly health = new Map<string, RolloutHealth["kind"]>();
  nowMs = 1_000;
  heardForMs = STALLED_AFTER_MS;
  newest = 2;
  confirmWithinMs: number | undefined;
  strategy: Strategy | undefined = canaryFirst;
  readonly #names = ["canary", "a", "b", "c", "d", "e"];

  hosts(): readonly RolloutHost[] {
    const moved = movedHosts(this.record);
    return this.#names.map((name) => ({
      name,
      labels: { canary: String(name === "canary") },
      differs: (moved.get(name) ?? this.record.stable) !== this.newest,
      health: this.healthOf(name),
    }));
  }

  healthOf(name: string): RolloutHealth {
    const kind = this.health.get(name) ?? "well";
    return kind === "failed" ? failed : { kind };
  }

  plan(): RolloutStep {
    return planRollout({
      record: this.record,
      newest: { number: this.newest, confirmWithinMs: this.confirmWithinMs },
      strategy: this.strategy,
      hosts: this.hosts(),
      nowMs: this.nowMs,
      heardForMs: this.heardForMs,
    });
  }

  /** Takes this step, which is the next one. */
  takes(step: RecordStep): void {
    expect(this.plan()).toMatchObject(step);
    this.record = afterStep(this.record, step, this.nowMs);
  }

  waits(reason: string): void {
    expect(this.plan()).toMatchObject({ kind: "wait", reason });
  }

  does(action: RolloutAction): void {
    const changed = changeRollout(this.record, action, "admin", this.nowMs);
    if (!changed.ok) throw new Error(changed.message);
    this.record = changed.record;
  }

  /** The canary wave, up to its soak. */
  soaks(): void {
    this.takes({ kind: "begin", target: 2, changes: 6 });
    this.takes({ kind: "openWave", name: "canary", waiting: ["canary"] });
    this.takes({ kind: "release", hosts: ["canary"], ailing: [] });
    this.takes({ kind: "hold" });
    this.waits("Soaking");
  }
}

test("from the canary to the last host", () => {
  const fleet = new Fleet();
  fleet.soaks();
  fleet.nowMs += 60_000;
  fleet.takes({ kind: "pass" });
  fleet.waits("Approval");
  fleet.does("promote");
  // Half of five is three, and two at once may be unavailable.
  fleet.takes({ kind: "openWave", name: "half", waiting: ["a", "b", "c"] });
  fleet.takes({ kind: "release", hosts: ["a", "b"], ailing: [] });
  fleet.health.set("a", "moving").set("b", "moving");
  fleet.waits("Progressing");
  fleet.health.set("a", "well");
  fleet.takes({ kind: "release", hosts: ["c"], ailing: [] });
  fleet.health.set("b", "well");
  fleet.takes({ kind: "pass" });
  fleet.takes({ kind: "openWave", name: "rest", waiting: ["d", "e"] });
  fleet.takes({ kind: "release", hosts: ["d", "e"], ailing: [] });
  fleet.takes({ kind: "pass" });
  fleet.takes({ kind: "complete" });
  expect(fleet.plan()).toEqual({ kind: "idle" });
  expect(fleet.record).toMatchObject({ stable: 2, earlier: [] });
});

test("without a strategy: all hosts at once", () => {
  const fleet = new Fleet();
  fleet.strategy = undefined;
  fleet.takes({ kind: "atOnce", target: 2 });
  expect(fleet.record.stable).toBe(2);
  expect(fleet.plan()).toEqual({ kind: "idle" });
});

describe("a wave that fails", () => {
  test.for([
    { name: "says that it cannot", kind: "failed", message: "canary RestoreFailed: line 14" },
    { name: "is not heard of any more", kind: "away", message: "canary has not reported since" },
  ] as const)("its host $name", ({ kind, message }) => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.health.set("canary", kind);
    fleet.takes({ kind: "rollBack", reason: "FailureBudget", message });
    expect(fleet.record).toMatchObject({ stable: 1, latest: { end: { phase: "RolledBack" } } });
    expect(movedHosts(fleet.record).size).toBe(0);
    expect(fleet.plan()).toEqual({ kind: "idle" });
  });

  test("it never comes on", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.health.set("canary", "moving");
    fleet.takes({ kind: "unsettle" });
    fleet.waits("Progressing");
    fleet.nowMs += STALLED_AFTER_MS;
    const message = "nothing came on in wave canary for 10 minutes: canary is not InSync";
    fleet.takes({ kind: "rollBack", reason: "Stalled", message });
  });

  test("is not told from one that nobody has listened to for long, whatever the clock was set to", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.health.set("canary", "moving");
    fleet.takes({ kind: "unsettle" });
    fleet.nowMs += 24 * STALLED_AFTER_MS;
    fleet.heardForMs = 60_000;
    const untilMs = fleet.nowMs + STALLED_AFTER_MS - 60_000;
    expect(fleet.plan()).toMatchObject({ kind: "wait", reason: "Progressing", untilMs });
    fleet.heardForMs = STALLED_AFTER_MS;
    expect(fleet.plan()).toMatchObject({ kind: "rollBack", reason: "Stalled" });
  });

  test("within its budget it goes on with those that are well", () => {
    const fleet = new Fleet();
    fleet.strategy = { ...canaryFirst, waves: [], maxUnavailable: 6, failureBudget: 1 };
    fleet.takes({ kind: "begin", target: 2, changes: 6 });
    const all = ["a", "b", "c", "canary", "d", "e"];
    fleet.takes({ kind: "openWave", name: "all", waiting: all });
    fleet.takes({ kind: "release", hosts: all, ailing: [] });
    fleet.health.set("b", "failed");
    fleet.takes({ kind: "pass" });
    fleet.takes({ kind: "complete" });
  });
});

test("a host that had failed before says nothing of the change, neither good nor bad", () => {
  const fleet = new Fleet();
  fleet.health.set("canary", "failed");
  fleet.takes({ kind: "begin", target: 2, changes: 6 });
  fleet.takes({ kind: "openWave", name: "canary", waiting: ["canary"] });
  fleet.takes({ kind: "release", hosts: ["canary"], ailing: ["canary"] });
  fleet.waits("NoSuccess");
});

test("a wave of which nobody is there is waited for, and its hosts get the revision when they come", () => {
  const fleet = new Fleet();
  fleet.health.set("canary", "away");
  fleet.takes({ kind: "begin", target: 2, changes: 6 });
  fleet.takes({ kind: "openWave", name: "canary", waiting: ["canary"] });
  fleet.waits("NoHostThere");
  fleet.health.set("canary", "well");
  fleet.takes({ kind: "release", hosts: ["canary"], ailing: [] });
});

test("whom one wave did not wait for, the next one does not wait for either", () => {
  const fleet = new Fleet();
  const plain = { soakMs: 0, needsApproval: false };
  const again = { ...plain, name: "again", hostSelector: { matchLabels: { canary: "true" } } };
  fleet.strategy = { ...canaryFirst, waves: [{ ...plain, name: "all" }, again] };
  fleet.health.set("canary", "away");
  fleet.takes({ kind: "begin", target: 2, changes: 6 });
  fleet.takes({ kind: "openWave", name: "all", waiting: ["a", "b", "c", "d", "e", "canary"] });
  fleet.takes({ kind: "release", hosts: ["a", "b"], ailing: [] });
  fleet.takes({ kind: "release", hosts: ["c", "d"], ailing: [] });
  fleet.takes({ kind: "release", hosts: ["e"], ailing: [] });
  fleet.takes({ kind: "pass" });
  fleet.takes({ kind: "openWave", name: "again", waiting: [] });
  fleet.takes({ kind: "pass" });
  fleet.takes({ kind: "complete" });
});

test("hosts that are not there at the end are not waited for", () => {
  const fleet = new Fleet();
  fleet.strategy = { ...canaryFirst, waves: [], maxUnavailable: 6 };
  fleet.health.set("e", "away");
  fleet.takes({ kind: "begin", target: 2, changes: 6 });
  fleet.takes({ kind: "openWave", name: "all", waiting: ["a", "b", "c", "canary", "d", "e"] });
  fleet.takes({ kind: "release", hosts: ["a", "b", "c", "canary", "d"], ailing: [] });
  fleet.takes({ kind: "pass" });
  fleet.takes({ kind: "complete" });
});

test("a newer revision takes its place: who is well stays where it is, and who is not goes back", () => {
  const fleet = new Fleet();
  fleet.soaks();
  fleet.newest = 3;
  fleet.takes({ kind: "begin", target: 3, changes: 6 });
  expect(fleet.record).toMatchObject({ stable: 1, earlier: [{ revision: 2, hosts: ["canary"] }] });
  expect(fleet.record.past[0]).toMatchObject({ target: 2, hosts: 1, end: { phase: "Superseded" } });
  fleet.health.set("canary", "away");
  fleet.takes({ kind: "putBack", hosts: ["canary"] });
  expect(fleet.record.earlier).toEqual([]);
});

describe("what people do", () => {
  test("paused, it gives the revision to nobody, and still goes back when a host fails", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.does("pause");
    fleet.nowMs += 600_000;
    fleet.waits("Paused");
    fleet.does("resume");
    fleet.waits("Soaking");
    fleet.does("pause");
    fleet.health.set("canary", "failed");
    expect(fleet.plan()).toMatchObject({ kind: "rollBack" });
  });

  test("promote ends the soak and approves the next wave", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.does("promote");
    fleet.takes({ kind: "pass" });
    expect(fleet.plan()).toMatchObject({ kind: "openWave", name: "half" });
  });

  test("aborted, it is put back; resumed, it begins once more", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.does("abort");
    expect(fleet.record.latest?.end).toMatchObject({
      reason: "Aborted",
      message: "aborted by admin",
    });
    expect(fleet.plan()).toEqual({ kind: "idle" });
    fleet.does("resume");
    expect(fleet.plan()).toMatchObject({ kind: "begin", target: 2 });
  });

  test.for([
    ["resume", "the rollout of revision 2 is not paused"],
    ["confirm", "the rollout of revision 2 waits for no confirmation"],
  ] as const)("%s is refused where there is nothing to do it to", ([action, message]) => {
    const fleet = new Fleet();
    fleet.soaks();
    expect(changeRollout(fleet.record, action, "admin", 0)).toEqual({ ok: false, message });
  });

  test("nothing is done to what is over", () => {
    const fleet = new Fleet();
    const message = "the rollout of revision 1 is over: Completed";
    expect(changeRollout(fleet.record, "abort", "admin", 0)).toEqual({ ok: false, message });
  });
});

describe("a revision that has to be confirmed", () => {
  const message = "nobody confirmed it in time";
  test.for([
    { name: "in waves", strategy: canaryFirst },
    { name: "at once", strategy: undefined },
  ])("$name: is put back unless it is", ({ strategy }) => {
    const fleet = new Fleet();
    Object.assign(fleet, { strategy, confirmWithinMs: 30_000 });
    const [target, confirmByMs] = [2, fleet.nowMs + 30_000];
    fleet.takes(
      strategy === undefined
        ? { kind: "atOnce", target, confirmByMs }
        : { kind: "begin", target, changes: 6, confirmByMs },
    );
    fleet.nowMs += 30_000;
    fleet.takes({ kind: "rollBack", reason: "NotConfirmed", message });
    expect(fleet.record).toMatchObject({ stable: 1 });
  });

  test("is kept when it is", () => {
    const fleet = new Fleet();
    Object.assign(fleet, { strategy: undefined, confirmWithinMs: 30_000 });
    fleet.takes({ kind: "atOnce", target: 2, confirmByMs: fleet.nowMs + 30_000 });
    fleet.waits("Confirmation");
    fleet.does("confirm");
    fleet.nowMs += 30_000;
    expect(fleet.plan()).toEqual({ kind: "idle" });
  });

  test.for([
    { name: "says nothing of it", confirmWithinMs: undefined },
    { name: "leaves more time", confirmWithinMs: 3_600_000 },
  ])("a newer one that $name does not put off when it goes back", ({ confirmWithinMs }) => {
    const fleet = new Fleet();
    Object.assign(fleet, { strategy: undefined, confirmWithinMs: 30_000 });
    const confirmByMs = fleet.nowMs + 30_000;
    fleet.takes({ kind: "atOnce", target: 2, confirmByMs });
    Object.assign(fleet, { newest: 3, confirmWithinMs, nowMs: fleet.nowMs + 20_000 });
    fleet.takes({ kind: "atOnce", target: 3, confirmByMs });
    fleet.nowMs = confirmByMs;
    fleet.takes({ kind: "rollBack", reason: "NotConfirmed", message });
    expect(fleet.record).toMatchObject({ stable: 1, latest: { target: 3, from: 1 } });
  });

  test("a newer one that leaves less time goes back in that time, with the one before", () => {
    const fleet = new Fleet();
    Object.assign(fleet, { strategy: undefined, confirmWithinMs: 30_000 });
    fleet.takes({ kind: "atOnce", target: 2, confirmByMs: fleet.nowMs + 30_000 });
    Object.assign(fleet, { newest: 3, confirmWithinMs: 5_000 });
    fleet.takes({ kind: "atOnce", target: 3, confirmByMs: fleet.nowMs + 5_000 });
  });
});

describe("where the clock was set back to before it began, what is measured begins anew", () => {
  test("a soak", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.nowMs -= 3_600_000;
    fleet.takes({ kind: "clockSetBack" });
    fleet.waits("Soaking");
    fleet.nowMs += 60_000;
    fleet.takes({ kind: "pass" });
  });

  test("a wave in which nothing comes on", () => {
    const fleet = new Fleet();
    fleet.soaks();
    fleet.health.set("canary", "moving");
    fleet.takes({ kind: "unsettle" });
    fleet.nowMs -= 3_600_000;
    fleet.takes({ kind: "clockSetBack" });
    fleet.nowMs += STALLED_AFTER_MS;
    expect(fleet.plan()).toMatchObject({ kind: "rollBack", reason: "Stalled" });
  });

  test("the time to confirm", () => {
    const fleet = new Fleet();
    Object.assign(fleet, { strategy: undefined, confirmWithinMs: 30_000 });
    fleet.takes({ kind: "atOnce", target: 2, confirmByMs: fleet.nowMs + 30_000 });
    fleet.nowMs -= 3_600_000;
    fleet.takes({ kind: "clockSetBack" });
    const untilMs = fleet.nowMs + 30_000;
    expect(fleet.plan()).toMatchObject({ kind: "wait", reason: "Confirmation", untilMs });
    fleet.nowMs = untilMs;
    expect(fleet.plan()).toMatchObject({ kind: "rollBack", reason: "NotConfirmed" });
  });

  test("nothing, where nothing is measured", () => {
    const fleet = new Fleet();
    fleet.strategy = undefined;
    fleet.takes({ kind: "atOnce", target: 2 });
    fleet.nowMs -= 3_600_000;
    expect(fleet.plan()).toEqual({ kind: "idle" });
  });
});
