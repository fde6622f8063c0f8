import { whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allCells } from "./cell-names.ts";
import { Coverage } from "./coverage.ts";
import { describeCase } from "./describe-case.ts";
import { bridges, onBridges, outside, type Place } from "./drawn-addresses.ts";
import { cellsAt, chooseCases, drawnCases, type KernelCase } from "./kernel-cases.ts";
import { differences } from "./kernel-differences.ts";
import { type KernelRouter, startKernelRouter } from "./kernel-router.ts";
import { smallest } from "./smaller-cases.ts";

/** SEAWALL_KERNEL_PAIRS=5000 npm test -- test/property/src/kernel.host.test.ts */
const pairs = Number(process.env["SEAWALL_KERNEL_PAIRS"] ?? 500);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Drawn at least, to choose among. */
const hosts = Math.max(500, pairs);
/** How often a counterexample is tried to be made smaller. */
const mostTries = 60;

/** Two containers' places and a stranger's on each bridge, and all outside. */
const places: readonly Place[] = [
  ...bridges.flatMap((bridge) =>
    [0, 1, 3].flatMap((index) => {
      const addresses = onBridges[bridge][index];
      return addresses === undefined ? [] : [{ interface: bridge, addresses }];
    }),
  ),
  ...outside,
];

const unfit = whyUnfit();
let router: KernelRouter;

beforeAll(async () => {
  if (unfit !== undefined) return;
  router = await startKernelRouter(places);
}, 240_000);

afterAll(async () => {
  if (unfit === undefined) await router.stop();
}, 60_000);

test.skipIf(unfit !== undefined)(
  `simulate and the kernel agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`,
  async () => {
    const coverage = new Coverage(allCells);
    const cases = chooseCases(drawnCases(places, { seed, hosts }), pairs);
    const sent = cases.reduce((sum, { packets }) => sum + packets.length, 0);
    process.stdout.write(`${String(sent)} packets at ${String(cases.length)} hosts\n`);
    expect(sent).toBeGreaterThanOrEqual(pairs);
    for (const one of cases) {
      const wrong = await differences(router, one);
      if (wrong.length > 0) throw new Error(await counterexample(one));
      if (!one.guardAlone) coverage.add(one.packets.flatMap(cellsAt(one.host)));
    }
    process.stdout.write(`${coverage.table()}\n`);
    expect(coverage.empty(), "what the drawings never reach").toEqual([]);
  },
  1_800_000,
);

/** The smallest case that still differs, as a manifest to apply and packets to send. */
async function counterexample(found: KernelCase): Promise<string> {
  const { guardAlone } = found;
  const { host, packets } = await smallest(router, found, mostTries);
  return [
    `SEAWALL_PROPERTY_SEED=${String(seed)} finds it again${guardAlone ? ", by the guard alone" : ""}`,
    ...describeCase(host, packets),
    ...(await differences(router, { host, packets, guardAlone })),
  ].join("\n---\n");
}
