import { expect, test } from "vitest";
import {
  addCounts,
  countsOf,
  emptyTally,
  forgetChains,
  keepCountsOf,
  type Tally,
} from "./counters.ts";
import type { HashedChain } from "./hashed-chain.ts";
import { type ObservedTable, parseSave } from "./parse-save.ts";

const hash = (letter: string) => letter.repeat(16);
const origin = { policy: "p", rule: "r", direction: "ingress", network: "shop" } as const;
/** Two iptables rules that one policy rule became. */
const chains: readonly HashedChain[] = [
  {
    name: "SEAWALL-I-0",
    rules: ["a", "b"].map((letter) => ({ hash: hash(letter), text: "", origin })),
  },
];

function reading(...standing: readonly (readonly [a: number, b: number])[]): ObservedTable {
  const line = (letter: string, packets: number) =>
    `[${packets}:${packets * 100}] -A SEAWALL-I-0 -m comment --comment "sw:${hash(letter)} p/r" -j DROP`;
  return parseSave(
    [
      ...["*filter", ":SEAWALL-I-0 - [0:0]"],
      ...standing.flatMap(([a, b]) => [line("a", a), line("b", b)]),
      "COMMIT",
    ].join("\n"),
    "nft",
  ).tables.filter;
}

const inFilter = { family: "IPv4", table: "filter" } as const;

type Step = (tally: Tally) => Tally;
const read =
  (a: number, b: number): Step =>
  (tally) =>
    addCounts(tally, inFilter, chains, reading([a, b]));
const readTwice =
  (first: readonly [number, number], second: readonly [number, number]): Step =>
  (tally) =>
    addCounts(tally, inFilter, chains, reading(first, second));
const rewrite: Step = (tally) => forgetChains(tally, inFilter, ["SEAWALL-I-0"]);

test.each<[string, readonly Step[], number]>([
  ["sums the iptables rules of one policy rule", [read(2, 3)], 5],
  ["counts what is new only once", [read(2, 3), read(2, 3), read(4, 3)], 7],
  ["goes on behind a rewrite", [read(2, 3), rewrite, read(1, 0)], 6],
  ["goes on behind a rewrite that has overtaken", [read(2, 0), rewrite, read(9, 0)], 11],
  ["goes on when somebody zeroed the counters", [read(5, 0), read(1, 0)], 6],
  [
    "counts a rule once where the old ones are still there, behind the new ones",
    [read(5, 0), readTwice([1, 0], [5, 0]), readTwice([2, 0], [5, 0])],
    7,
  ],
])("%s", (_, steps, packets) => {
  const tally = steps.reduce((before, step) => step(before), emptyTally);
  expect(countsOf(tally, "IPv4", chains)).toEqual([
    { ...origin, family: "IPv4", packets, bytes: packets * 100 },
  ]);
});

test("a rule that never matched counts zero, one that is gone counts no more", () => {
  expect(countsOf(emptyTally, "IPv6", chains)).toEqual([
    { ...origin, family: "IPv6", packets: 0, bytes: 0 },
  ]);
  expect(keepCountsOf(read(1, 1)(emptyTally), { IPv4: [], IPv6: chains }).totals.size).toBe(0);
});

test("what an audited rule would have denied is counted apart", () => {
  const audited = chains.map(({ name, rules }) => ({
    name: `${name}-A`,
    rules: rules.map((rule) => ({ ...rule, origin: { ...origin, audited: true as const } })),
  }));
  const tally = read(2, 3)(emptyTally);
  expect(countsOf(tally, "IPv4", [...chains, ...audited])).toEqual([
    { ...origin, family: "IPv4", packets: 5, bytes: 500 },
    { ...origin, audited: true, family: "IPv4", packets: 0, bytes: 0 },
  ]);
});

test("what an audited rule lets through is counted apart from what it denied under the same name", () => {
  const audited = (more: { readonly lets?: true }) =>
    chains.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => ({
        ...rule,
        origin: { ...origin, audited: true, ...more } as const,
      })),
    }));
  const place = { family: "IPv4", table: "filter" } as const;
  const denied = addCounts(emptyTally, place, audited({}), reading([2, 3]));
  expect(countsOf(denied, "IPv4", audited({ lets: true }))).toEqual([
    { ...origin, audited: true, lets: true, family: "IPv4", packets: 0, bytes: 0 },
  ]);
});

test("what the guard denies is counted apart, under the same chain", () => {
  const guards = chains.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({ ...rule, origin: { ...origin, guard: true as const } })),
  }));
  const inSecurity = { family: "IPv4", table: "security" } as const;
  const tally = addCounts(read(2, 3)(emptyTally), inSecurity, guards, reading([0, 7]));
  expect(countsOf(tally, "IPv4", [...chains, ...guards])).toEqual([
    { ...origin, family: "IPv4", packets: 5, bytes: 500 },
    { ...origin, guard: true, family: "IPv4", packets: 7, bytes: 700 },
  ]);
});
