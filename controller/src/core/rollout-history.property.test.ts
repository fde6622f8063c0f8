import fc from "fast-check";
import { expect, test } from "vitest";
import type { RolloutAction } from "./change-rollout.ts";
import { movedHosts } from "./rollout-record.ts";
import type { RolloutStep } from "./rollout-step.ts";
import type { Strategy } from "./rollout-strategy.ts";
import { RolloutPromises } from "./testing/rollout-promises.ts";
import { type Outcome, type SimulatedHost, SimulatedRollout } from "./testing/simulated-rollout.ts";

const numRuns = Number(process.env["SEAWALL_PROPERTY_RUNS"] ?? 150);
/** `SEAWALL_PROPERTY_SEED=N` draws what a failure named, which shrinks to the same counterexample. */
const seed = process.env["SEAWALL_PROPERTY_SEED"];

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const GOOD = 0;
/** Revisions that a history can commit. */
const MOST_REVISIONS = 8;

const strategy: fc.Arbitrary<Strategy> = fc.record({
  waves: fc
    .array(
      fc.record({
        selects: fc.constantFrom(
          ...[{}, { percent: 50 }, { hostSelector: { matchLabels: { canary: "true" } } }],
        ),
        soakMs: fc.constantFrom(0, 20 * SECOND, 20 * SECOND, MINUTE, HOUR),
        needsApproval: fc.constantFrom(false, false, true),
      }),
      { maxLength: 3, size: "max" },
    )
    .map((waves) =>
      waves.map(({ selects, ...rest }, index) => ({ name: String(index), ...selects, ...rest })),
    ),
  maxUnavailable: fc.constantFrom(1, 2, 5),
  failureBudget: fc.constantFrom(0, 1),
  gates: fc.constantFrom<Strategy["gates"]>([], ["NewDrops"]),
});

const outcome = fc.constantFrom<Outcome>(
  ...([
    "well",
    "well",
    "well",
    "well",
    "well",
    "well",
    "fails",
    "cutOff",
    "hangs",
    "cuts",
  ] as const),
);

const hosts: fc.Arbitrary<readonly SimulatedHost[]> = fc
  .array(
    fc.record({
      canary: fc.boolean(),
      contents: fc.array(fc.integer({ min: 0, max: 2 }), {
        ...{ minLength: MOST_REVISIONS, maxLength: MOST_REVISIONS },
      }),
      outcomes: fc.record({ 1: outcome, 2: outcome }),
      delay: fc.integer({ min: 0, max: 2 }),
      off: fc.option(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ max: 200, min: 0 }))),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((drawn) =>
    drawn.map(({ canary, contents, off, ...rest }, index) => ({
      ...{ name: `host-${String(index)}`, labels: { canary: String(canary) }, ...rest },
      rules: [GOOD, GOOD, ...contents],
      ...(off === null ? {} : { off: [off[0], off[0] + off[1]] as const }),
    })),
  );

/** Something that happens. The controller takes its next steps after it, unless more happens `meanwhile`. */
type Happening =
  | readonly ["pass", ms: number]
  | readonly ["clock", byMs: number]
  | readonly ["restart"]
  | readonly [RolloutAction | "undo", meanwhile: boolean]
  | readonly [
      "commit",
      how: Strategy | undefined,
      confirmWithinMs: number | undefined,
      meanwhile: boolean,
    ];

const confirmWithinMs = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(10 * SECOND, MINUTE, 10 * MINUTE, 2 * HOUR) },
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constant("pass" as const),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(5 * SECOND) },
        // Just before something is over.
        { weight: 3, arbitrary: fc.constantFrom(10 * SECOND - 1, 20 * SECOND - 1, MINUTE - 1) },
        { weight: 1, arbitrary: fc.constantFrom(0, 1, 11 * MINUTE, 3 * HOUR) },
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("clock" as const),
      fc.constantFrom(
        ...[2 * SECOND, 40 * SECOND, HOUR, -2 * SECOND, -40 * SECOND, -HOUR, -1_000 * HOUR],
      ),
    ),
  },
  { weight: 1, arbitrary: fc.constant(["restart"] as const) },
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constantFrom<RolloutAction | "undo">(
        ...(["pause", "pause", "resume", "resume", "promote", "abort", "confirm", "undo"] as const),
      ),
      fc.boolean(),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant("commit" as const),
      fc.option(strategy, { nil: undefined, freq: 8 }),
      confirmWithinMs,
      fc.boolean(),
    ),
  },
);

/** A fleet to which things happen, held against what is promised. */
class History {
  readonly rollout: SimulatedRollout;
  readonly #promises: RolloutPromises;
  /** For whoever reads a counterexample. */
  readonly story: string[] = [];
  #content = 1;

  constructor(fleet: readonly SimulatedHost[]) {
    this.rollout = new SimulatedRollout(fleet, undefined);
    this.#promises = new RolloutPromises(this.rollout);
    const { onStep } = this.rollout;
    this.rollout.onStep = (step, before) => {
      this.story.push(`  ${JSON.stringify(step)}`);
      onStep(step, before);
    };
    this.#commit(this.#content, undefined, undefined);
    this.settle();
    this.rollout.pass(MINUTE);
    this.settle();
  }

  happens(happening: Happening): void {
    this.story.push(JSON.stringify(happening));
    const { rollout } = this;
    switch (happening[0]) {
      case "pass":
        rollout.pass(happening[1]);
        break;
      case "clock":
        rollout.setClock(happening[1]);
        this.#promises.clockSet(happening[1]);
        break;
      case "restart":
        rollout.restart();
        break;
      case "commit":
        if (rollout.newest > MOST_REVISIONS) return;
        this.#content += 1;
        this.#commit(this.#content, happening[1], happening[2]);
        if (happening[3]) return;
        break;
      case "undo": {
        const { latest } = rollout.record;
        const [content, how] = [
          rollout.contentOf(latest?.from ?? 1),
          rollout.strategyOf(rollout.newest),
        ];
        this.#commit(content, how, undefined);
        if (happening[1]) return;
        break;
      }
      default:
        this.act(happening[0]);
        if (happening[1]) return;
    }
    this.settle();
  }

  act(action: RolloutAction): void {
    if (this.rollout.change(action)) this.#promises.acted(action);
  }

  settle(): RolloutStep {
    const step = this.rollout.settle();
    this.story.push(`  ${JSON.stringify(step)}`);
    this.#promises.settled(step);
    return step;
  }

  #commit(content: number, how: Strategy | undefined, within: number | undefined): void {
    this.rollout.commit({ content, strategy: how, confirmWithinMs: within });
    this.#promises.committed(this.rollout.newest, within);
  }

  /** Nobody commits anything any more, and whoever is asked for something does it. Returns whether it comes to an end. */
  ends(): boolean {
    for (let minutes = 0; minutes < 10 * 60; minutes++) {
      const step = this.settle();
      if (step.kind === "idle") return true;
      if (step.kind !== "wait") throw new Error(`it has not settled: ${step.kind}`);
      const action = answers[step.reason];
      if (action !== undefined) this.act(action);
      // Nor will anybody be, by now: that is for somebody to decide.
      else if (step.reason === "NoHostThere" && minutes > 60) this.act("abort");
      this.rollout.pass(MINUTE);
    }
    return false;
  }
}

const answers: Readonly<Partial<Record<string, RolloutAction>>> = {
  Paused: "resume",
  Approval: "promote",
  Confirmation: "confirm",
};

test("whatever people, clocks and hosts do, what is promised holds, and every history comes to an end", () => {
  fc.assert(
    fc.property(hosts, fc.array(happening, { maxLength: 30, size: "max" }), (fleet, happenings) => {
      const history = new History(fleet);
      const { rollout } = history;
      try {
        for (const one of happenings) history.happens(one);
        history.story.push("nothing more happens");
        expect(history.ends(), "it ends").toBe(true);
        rollout.pass(HOUR);
        history.settle();
        expect([...movedHosts(rollout.record)]).toEqual([]);
        for (const host of rollout.hosts.values()) {
          expect(rollout.isOff(host)).toBe(false);
          expect(rollout.takenBy(host.name), host.name).toBe(rollout.rulesOf(host));
        }
      } catch (error) {
        throw new Error([String(error), ...history.story].join("\n"), { cause: error });
      }
    }),
    { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});
