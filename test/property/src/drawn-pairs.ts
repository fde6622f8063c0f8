import { type Packet, simulate, type Verdict } from "@seawall/policy";
import fc from "fast-check";
import { expect } from "vitest";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import { Coverage } from "./coverage.ts";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { type DrawnHost, type DrawnState, drawnState } from "./drawn-state.ts";

/** Throws where something does otherwise than simulate says. */
export type Compare = (packet: Packet, verdict: Verdict) => void;

/** Most packets per state; fast-check draws half as many on average, and shrinks to one. */
const packetsPerState = 240;

/** Cells that as many drawings of all pairs have not reached are unreachable, not unlucky. */
const mostDrawings = 20;

/** All pairs are drawn in as many parts, so that a cell that is still empty then costs one part more. */
const roundsPerDrawing = 8;

const drawing = fc.tuple(
  drawnHosts,
  fc.array(packets, { minLength: 1, maxLength: packetsPerState, size: "max" }),
);

/** Compares so many pairs of policies and packets, and fails with the smallest that differs. Returns what was among them. */
export function comparePairs(
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
  compareWith: (drawn: DrawnState) => Compare,
): Coverage {
  const coverage = new Coverage(allCells);
  let judged = 0;
  const property = fc.property(drawing, ([host, sent]) => {
    const drawn = drawnState(host);
    const compare = compareWith(drawn);
    for (const packet of sent) {
      const verdict = simulate(drawn.state, packet);
      coverage.add(cellsOf({ ...drawn, packet, verdict }));
      judged += 1;
      compare(packet, verdict);
    }
  });
  for (let round = 0; round < mostDrawings * roundsPerDrawing; round += 1) {
    if (judged >= pairs && coverage.empty().length === 0) break;
    const numRuns = Math.ceil((pairs * 2.3) / packetsPerState / roundsPerDrawing);
    const result = fc.check(property, { seed: seed + round, numRuns });
    if (result.failed) throw new Error(counterexample(result));
  }
  expect(judged).toBeGreaterThanOrEqual(pairs);
  return coverage;
}

/** The smallest case that still differs, as a manifest to apply and a packet to send. */
function counterexample({
  counterexample: found,
  errorInstance,
  seed: drawnWith,
}: fc.RunDetails<[[DrawnHost, Packet[]]]>): string {
  const lines = found === null ? [] : describeCase(...found[0]);
  return [
    `SEAWALL_PROPERTY_SEED=${String(drawnWith)} finds it again`,
    ...lines,
    String(errorInstance),
  ].join("\n---\n");
}
