import fc from "fast-check";
import { expect, test } from "vitest";
import { movedHosts } from "./rollout-record.ts";
import { mostUnavailable, type Strategy } from "./rollout-strategy.ts";
import { type Outcome, type SimulatedHost, SimulatedRollout } from "./testing/simulated-rollout.ts";

const numRuns = Number(process.env["SEAWALL_PROPERTY_RUNS"] ?? 100);
/** In ticks of five seconds: an hour, past which nobody is switched off and everything must have come to an end. */
const LONGEST = 720;

const GOOD = 0;
const CHANGED = 1;

const labels = fc.record({ canary: fc.constantFrom("true", "false") });

const wave = fc.record({
  selects: fc.constantFrom("canaries", "percent", "all"),
  percent: fc.integer({ min: 1, max: 100 }),
  soakMs: fc.constantFrom(0, 20_000, 60_000),
  needsApproval: fc.boolean(),
});

const strategy: fc.Arbitrary<Strategy> = fc
  .record({
    waves: fc.array(wave, { maxLength: 3 }),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
    ),
    failureBudget: fc.integer({ min: 0, max: 2 }),
    gates: fc.constantFrom<Strategy["gates"]>([], ["NewDrops"]),
  })
  .map(({ waves, ...rest }) => ({
    ...rest,
    waves: waves.map(({ selects, percent, soakMs, needsApproval }, index) => ({
      ...{ name: `wave-${String(index)}`, soakMs, needsApproval },
      ...(selects === "canaries" ? { hostSelector: { matchLabels: { canary: "true" } } } : {}),
      ...(selects === "percent" ? { percent } : {}),
    })),
  }));

function fleet(outcome: fc.Arbitrary<Outcome>, canBeOff: boolean): fc.Arbitrary<SimulatedHost[]> {
  const host = fc.record({
    labels,
    changes: fc.boolean(),
    outcome,
    delay: fc.integer({ min: 0, max: 5 }),
    off: canBeOff
      ? fc.option(fc.tuple(fc.integer({ max: 200, min: 0 }), fc.integer({ max: 200, min: 0 })))
      : fc.constant(null),
  });
  return fc.array(host, { minLength: 1, maxLength: 12 }).map((hosts) =>
    hosts.map(({ changes, outcome: result, off, ...rest }, index) => ({
      ...{ name: `host-${String(index).padStart(2, "0")}`, ...rest },
      // Of revision 1, 2 and 3: the change, and the way it was.
      rules: [GOOD, GOOD, changes ? CHANGED : GOOD, GOOD],
      outcomes: { [CHANGED]: result },
      ...(off === null ? {} : { off: [off[0], off[0] + off[1]] as const }),
    })),
  );
}

const restarts = fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 5 });

/** Revision 1 is completed, and every host well on it. */
function withRevisionOne(hosts: readonly SimulatedHost[], rules: Strategy): SimulatedRollout {
  const rollout = new SimulatedRollout(hosts, rules);
  rollout.newest = 1;
  rollout.settle();
  for (let i = 0; i < 6; i++) rollout.pass();
  expect(rollout.record).toMatchObject({ stable: 1, latest: { end: { phase: "Completed" } } });
  return rollout;
}

/** Goes on until it is over; somebody approves what waits for it. Returns the phase it ended in. */
function untilOver(
  rollout: SimulatedRollout,
  restartAt: readonly number[] = [],
  onTick: () => void = () => undefined,
): string | undefined {
  const begin = rollout.tick;
  while (rollout.tick - begin < LONGEST) {
    if (restartAt.includes(rollout.tick - begin)) rollout.restart();
    const step = rollout.settle();
    onTick();
    if (step.kind === "idle") return rollout.record.latest?.end?.phase;
    if (step.kind === "wait" && step.reason === "Approval") rollout.change("promote");
    rollout.pass();
  }
  return undefined;
}

/** All hosts on one revision, and none on any other. */
function expectAllOn(rollout: SimulatedRollout, revision: number): void {
  expect(rollout.record).toMatchObject({ stable: revision, earlier: [] });
  expect([...movedHosts(rollout.record)]).toEqual([]);
}

const anyOutcome = fc.constantFrom<Outcome>(
  ...(["well", "well", "well", "well", "fails", "cutOff", "hangs", "cuts", "untold"] as const),
);
/** What does harm where every gate is asked. */
const allGates = { failureBudget: 0, gates: ["NewDrops"] } as const;

test("every history comes to an end: the change everywhere, or nowhere", () => {
  fc.assert(
    fc.property(fleet(anyOutcome, true), strategy, restarts, (hosts, rules, restartAt) => {
      const rollout = withRevisionOne(
        hosts.map((host) => ({ ...host, off: [0, 0] as const })),
        rules,
      );
      for (const host of hosts) {
        const off = host.off?.map((tick) => tick + rollout.tick);
        const [from = 0, to = 0] = off ?? [];
        rollout.join({ ...host, off: [from, to] });
      }
      rollout.newest = 2;
      const phase = untilOver(rollout, restartAt);
      expect(["Completed", "RolledBack"]).toContain(phase);
      expectAllOn(rollout, phase === "Completed" ? 2 : 1);
      for (let i = 0; i < 500; i++) rollout.pass();
      // Who came back has what everybody has.
      for (const host of rollout.hosts.values()) {
        expect(rollout.rulesOf(host)).toBe(host.rules[phase === "Completed" ? 2 : 1]);
        if (phase === "RolledBack") expect(rollout.healthOf(host)).toEqual({ kind: "well" });
      }
    }),
    { numRuns },
  );
});

test("the change never makes more hosts unavailable at once than may be", () => {
  fc.assert(
    fc.property(fleet(anyOutcome, false), strategy, restarts, (hosts, rules, restartAt) => {
      const rollout = withRevisionOne(hosts, rules);
      rollout.newest = 2;
      const most = mostUnavailable(
        rules,
        hosts.filter(({ rules: [, , next] }) => next === CHANGED).length,
      );
      untilOver(rollout, restartAt, () => {
        const unavailable = [...movedHosts(rollout.record).keys()].filter((name) => {
          const host = rollout.hosts.get(name);
          // Not heard of since a restart is not known to be unavailable.
          return host !== undefined && !["well", "unknown"].includes(rollout.healthOf(host).kind);
        });
        expect(unavailable.length).toBeLessThanOrEqual(most);
      });
    }),
    { numRuns },
  );
});

test("a change that harms every host never leaves the first wave that has one, and is gone afterwards", () => {
  const harm = fc.constantFrom<Outcome>("fails", "cutOff", "hangs", "cuts", "untold");
  fc.assert(
    fc.property(fleet(harm, false), strategy, restarts, (hosts, drawn, restartAt) => {
      const rules = { ...drawn, ...allGates };
      const rollout = withRevisionOne(hosts, rules);
      rollout.newest = 2;
      let reached = 0;
      rollout.onStep = (step, { latest }) => {
        const waves = latest?.waves ?? [];
        const before = waves.slice(0, -1).some((wave) => wave.hosts.length > 0);
        if (step.kind !== "release") return;
        reached += step.hosts.length;
        expect(before).toBe(false);
      };
      const phase = untilOver(rollout, restartAt);
      const changed = hosts.filter((host) => host.rules[2] === CHANGED);
      expect(phase).toBe(changed.length === 0 ? "Completed" : "RolledBack");
      expect(reached).toBeLessThanOrEqual(mostUnavailable(rules, changed.length));
      for (let i = 0; i < 20; i++) rollout.pass();
      for (const host of rollout.hosts.values()) expect(rollout.rulesOf(host)).toBe(GOOD);
    }),
    { numRuns },
  );
});

test("where one host is harmed, no wave after its own begins, and nobody keeps the change", () => {
  fc.assert(
    fc.property(fleet(anyOutcome, false), strategy, restarts, (hosts, drawn, restartAt) => {
      const rollout = withRevisionOne(hosts, { ...drawn, ...allGates });
      const isHarmed = (name: string) => rollout.hosts.get(name)?.outcomes[CHANGED] !== "well";
      rollout.newest = 2;
      rollout.onStep = (step, { latest }) => {
        if (step.kind !== "openWave") return;
        const reached = (latest?.waves ?? []).flatMap((wave) => wave.hosts);
        expect(reached.filter(isHarmed)).toEqual([]);
      };
      untilOver(rollout, restartAt);
      const reached = (rollout.record.latest?.waves ?? []).flatMap((wave) => wave.hosts);
      if (reached.some(isHarmed)) expectAllOn(rollout, 1);
    }),
    { numRuns },
  );
});

test("what a revision cuts is asked of nobody where the strategy has no such gate", () => {
  const silent = fc.constantFrom<Outcome>("well", "cuts", "untold");
  fc.assert(
    fc.property(fleet(silent, false), strategy, restarts, (hosts, drawn, restartAt) => {
      const rollout = withRevisionOne(hosts, { ...drawn, gates: [] });
      rollout.newest = 2;
      expect(untilOver(rollout, restartAt)).toBe("Completed");
      expectAllOn(rollout, 2);
    }),
    { numRuns },
  );
});

test("a restart in the middle changes nothing but the time", () => {
  fc.assert(
    fc.property(fleet(anyOutcome, false), strategy, restarts, (hosts, rules, restartAt) => {
      const [one, other] = [withRevisionOne(hosts, rules), withRevisionOne(hosts, rules)];
      one.newest = 2;
      other.newest = 2;
      expect(untilOver(other, restartAt)).toBe(untilOver(one));
      expect(other.record.stable).toBe(one.record.stable);
      const reason = one.record.latest?.end?.reason;
      expect(other.record.latest?.end?.reason).toBe(reason);
    }),
    { numRuns },
  );
});

test("hosts whose rules do not change are not touched, and a newer revision takes over from wherever an older one is", () => {
  fc.assert(
    fc.property(
      fleet(anyOutcome, true),
      strategy,
      fc.integer({ min: 0, max: 40 }),
      (hosts, rules, ticks) => {
        const rollout = withRevisionOne(
          hosts.map((host) => ({ ...host, off: [0, 0] as const })),
          rules,
        );
        const touched = new Set<string>();
        rollout.onStep = (step) => {
          if (step.kind === "release") for (const name of step.hosts) touched.add(name);
        };
        rollout.newest = 2;
        for (let i = 0; i < ticks; i++) {
          if (rollout.settle().kind === "idle") break;
          rollout.pass();
        }
        rollout.newest = 3;
        const phase = untilOver(rollout);
        expect(["Completed", "RolledBack"]).toContain(phase);
        for (const host of hosts) {
          if (host.rules[2] === GOOD) expect(touched).not.toContain(host.name);
          expect(rollout.rulesOf(host)).toBe(rollout.record.stable === 2 ? host.rules[2] : GOOD);
        }
      },
    ),
    { numRuns },
  );
});

test("a newer revision that says the same to a host leaves none on the older one that this has harmed", () => {
  const mostlyWell = fc.constantFrom<Outcome>(
    ...(["well", "well", "well", "well", "fails", "cuts", "untold"] as const),
  );
  fc.assert(
    fc.property(
      fleet(mostlyWell, false),
      strategy,
      fc.integer({ min: 0, max: 10 }),
      (hosts, drawn, ticks) => {
        const same = hosts.map((host) => ({
          ...host,
          rules: host.rules.map((rules, revision) => (revision === 3 ? CHANGED : rules)),
        }));
        const rollout = withRevisionOne(same, { ...drawn, ...allGates });
        const givenAt = new Map<string, number>();
        const isHarmed = (name: string) => {
          const host = rollout.hosts.get(name);
          const forTicks = rollout.tick - (givenAt.get(name) ?? rollout.tick);
          return host?.outcomes[CHANGED] !== "well" && forTicks > (host?.delay ?? 0);
        };
        rollout.onStep = (step, { earlier }) => {
          if (step.kind === "release") {
            for (const name of step.hosts) givenAt.set(name, rollout.tick);
          }
          if (step.kind !== "complete") return;
          expect(earlier.flatMap((one) => one.hosts).filter(isHarmed)).toEqual([]);
        };
        rollout.newest = 2;
        for (let i = 0; i < ticks; i++) {
          if (rollout.settle().kind === "idle") break;
          rollout.pass();
        }
        rollout.newest = 3;
        expect(["Completed", "RolledBack"]).toContain(untilOver(rollout));
      },
    ),
    { numRuns },
  );
});

test("a host that joins in the middle has the last completed revision until it is its turn", () => {
  fc.assert(
    fc.property(
      fleet(fc.constant<Outcome>("well"), false),
      strategy,
      fc.integer({ min: 0, max: 30 }),
      (hosts, rules, ticks) => {
        const rollout = withRevisionOne(hosts, rules);
        rollout.newest = 2;
        for (let i = 0; i < ticks; i++) {
          rollout.settle();
          rollout.pass();
        }
        const { stable } = rollout.record;
        rollout.join({
          ...{ name: "newcomer", labels: { canary: "true" }, delay: 1, outcomes: {} },
          rules: [GOOD, GOOD, CHANGED, GOOD],
        });
        expect(rollout.revisionOf("newcomer")).toBe(stable);
        expect(untilOver(rollout)).toBe("Completed");
        expectAllOn(rollout, 2);
      },
    ),
    { numRuns },
  );
});
