import { expect, test } from "vitest";
import { unexplained, untilMended, whileBoth } from "./leaks.ts";

/** A stream that began at 10,000 ms, of which this came through. */
const through = (firstMs: number, lastMs: number) => ({
  startedMs: 10_000,
  windows: [{ firstMs, lastMs, packets: 2 }],
});

test.for([
  { name: "nothing came through", result: { startedMs: 10_000, windows: [] }, open: [], left: [] },
  {
    name: "all of it while nothing stood in its way",
    result: through(500, 600),
    open: [{ fromMs: 10_500, toMs: 10_600 }],
    left: [],
  },
  {
    name: "some of it a moment before",
    result: through(499, 600),
    open: [{ fromMs: 10_500, toMs: 10_600 }],
    left: [{ fromMs: 10_499, toMs: 10_600 }],
  },
  {
    name: "some of it a moment after",
    result: through(500, 601),
    open: [{ fromMs: 10_500, toMs: 10_600 }],
    left: [{ fromMs: 10_500, toMs: 10_601 }],
  },
  {
    name: "nothing was open",
    result: through(5, 5),
    open: [],
    left: [{ fromMs: 10_005, toMs: 10_005 }],
  },
])("unexplained: $name", ({ result, open, left }) => {
  expect(unexplained(result, open)).toEqual(left);
});

test.for([
  { name: "apart", others: [{ fromMs: 21, toMs: 30 }], both: [] },
  { name: "the end of it", others: [{ fromMs: 15, toMs: 30 }], both: [{ fromMs: 15, toMs: 20 }] },
  { name: "all of it", others: [{ fromMs: 5, toMs: 30 }], both: [{ fromMs: 10, toMs: 20 }] },
  {
    name: "two within it",
    others: [
      { fromMs: 11, toMs: 12 },
      { fromMs: 14, toMs: 15 },
    ],
    both: [
      { fromMs: 11, toMs: 12 },
      { fromMs: 14, toMs: 15 },
    ],
  },
])("both: $name", ({ others, both }) => {
  expect(whileBoth([{ fromMs: 10, toMs: 20 }], others)).toEqual(both);
});

test.for([
  { name: "somebody was there", away: { fromMs: 1, toMs: 9 }, repairedMs: [50], toMs: 20 },
  {
    name: "nobody was, until a repair",
    away: { fromMs: 15, toMs: 30 },
    repairedMs: [25, 40, 50],
    toMs: 40,
  },
  {
    name: "nobody was, and no repair is known",
    away: { fromMs: 15, toMs: 30 },
    repairedMs: [25],
    toMs: Infinity,
  },
])("a hole: $name", ({ away, repairedMs, toMs }) => {
  const holes = [{ fromMs: 10, toMs: 20 }];
  expect(untilMended(holes, { away: [away], repairedMs })).toEqual([{ fromMs: 10, toMs }]);
});
