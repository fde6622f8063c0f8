import { type Packet, type ResolvedState, simulate, type Verdict } from "@seawall/policy";
import fc from "fast-check";
import { expect } from "vitest";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import { Coverage } from "./coverage.ts";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { type DrawnHost, drawnState } from "./drawn-state.ts";

/** Throws where something does otherwise than simulate says. */
export type Compare = (packet: Packet, verdict: Verdict) => void;

/** Most packets per state; fast-check draws half as many on average, and shrinks to one. */
const packetsPerState = 120;

const drawing = fc.tuple(
  drawnHosts,
  fc.array(packets, { minLength: 1, maxLength: packetsPerState, size: "max" }),
);

/** Compares so many pairs of policies and packets, and fails with the smallest that differs. Returns what was among them. */
export function comparePairs(
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
  compareWith: (state: ResolvedState) => Compare,
): Coverage {
  const coverage = new Coverage(allCells);
  let judged = 0;
  const result = fc.check(
    fc.property(drawing, ([host, sent]) => {
      const { state, policies } = drawnState(host);
      const compare = compareWith(state);
      for (const packet of sent) {
        const verdict = simulate(state, packet);
        coverage.add(cellsOf({ state, policies, packet, verdict }));
        judged += 1;
        compare(packet, verdict);
      }
    }),
    { seed, numRuns: Math.ceil((pairs * 2.3) / packetsPerState) },
  );
  if (result.failed)
    throw new Error(counterexample(seed, result.counterexample?.[0], result.errorInstance));
  expect(judged).toBeGreaterThanOrEqual(pairs);
  return coverage;
}

/** The smallest case that still differs, as a manifest to apply and a packet to send. */
function counterexample(
  seed: number,
  [host, sent]: readonly [DrawnHost?, (readonly Packet[])?] = [],
  error: unknown,
): string {
  const lines = host === undefined ? [] : describeCase(host, sent ?? []);
  return [`SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`, ...lines, String(error)].join(
    "\n---\n",
  );
}
