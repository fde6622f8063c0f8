import { type Packet, simulate, type Verdict } from "@seawall/policy";
import fc from "fast-check";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import { Coverage } from "./coverage.ts";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { type DrawnHost, type DrawnState, drawnState } from "./drawn-state.ts";

/** Throws where something does otherwise than simulate says. */
export type Compare = (packet: Packet, verdict: Verdict) => void;

/** What every drawn state is compared with, and what a part of them is. */
export interface Comparisons {
  readonly each: (drawn: DrawnState) => Compare;
  readonly everyFourth: (drawn: DrawnState) => Compare;
}

/** How many were compared, and what was among them. */
export interface Compared {
  readonly withEach: number;
  readonly withFourth: number;
  readonly coverage: Coverage;
}

/** Most packets per state; fast-check draws half as many on average, and shrinks to one. */
const packetsPerState = 240;

/** Cells that as many drawings of all pairs have not reached are unreachable, not unlucky. */
const mostDrawings = 20;

/** All pairs are drawn in as many parts, so that a cell that is still empty then costs one part more. */
const roundsPerDrawing = 8;

const drawing = fc.tuple(
  drawnHosts,
  fc.array(packets, { minLength: 1, maxLength: packetsPerState, size: "max" }),
  // 0, which is what shrinking ends with, is a fourth.
  fc.nat({ max: 3 }),
);

/** Compares so many pairs of policies and packets, and fails with the smallest that differs. */
export function comparePairs(
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
  { each, everyFourth }: Comparisons,
): Compared {
  const coverage = new Coverage(allCells);
  let withEach = 0;
  let withFourth = 0;
  const property = fc.property(drawing, ([host, sent, fourth]) => {
    const drawn = drawnState(host);
    const compareEach = each(drawn);
    const compareFourth = fourth === 0 ? everyFourth(drawn) : undefined;
    for (const packet of sent) {
      const verdict = simulate(drawn.state, packet);
      coverage.add(cellsOf({ ...drawn, packet, verdict }));
      withEach += 1;
      compareEach(packet, verdict);
      if (compareFourth === undefined) continue;
      withFourth += 1;
      compareFourth(packet, verdict);
    }
  });
  for (let round = 0; round < mostDrawings * roundsPerDrawing; round += 1) {
    if (withEach >= pairs && coverage.empty().length === 0) break;
    const numRuns = Math.ceil((pairs * 2.3) / packetsPerState / roundsPerDrawing);
    const result = fc.check(property, { seed: seed + round, numRuns });
    if (result.failed) throw new Error(counterexample(result));
  }
  return { withEach, withFourth, coverage };
}

/** The smallest case that still differs, as a manifest to apply and a packet to send. */
function counterexample({
  counterexample: found,
  errorInstance,
  seed: drawnWith,
}: fc.RunDetails<[[DrawnHost, Packet[], number]]>): string {
  const [host, sent] = found?.[0] ?? [];
  const lines = host === undefined || sent === undefined ? [] : describeCase(host, sent);
  return [
    `SEAWALL_PROPERTY_SEED=${String(drawnWith)} finds it again`,
    ...lines,
    String(errorInstance),
  ].join("\n---\n");
}
