import { whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allCells } from "./cell-names.ts";
import { Coverage } from "./coverage.ts";
import {
  cellsAt,
  chooseCases,
  drawnCases,
  firstForNft,
  type KernelCase,
  withGuardCases,
} from "./kernel-cases.ts";
import { differences } from "./kernel-differences.ts";
import { counterexample, places } from "./kernel-drawings.ts";
import { type KernelRouter, startKernelRouter } from "./kernel-router.ts";

/** SEAWALL_KERNEL_PAIRS=5000 npm test -- test/property/src/kernel.host.test.ts */
const pairs = Number(process.env["SEAWALL_KERNEL_PAIRS"] ?? 500);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Both backends make their rules of one layout, and the hosts at which most is reached come first. */
const nftPairs = Math.ceil(pairs / 4);
/** Drawn at least, to choose among. */
const hosts = Math.max(500, pairs);

const unfit = whyUnfit();
/** One case waits for answers that do not come while another is being installed. */
const lanes = 2;
let routers: readonly KernelRouter[];

beforeAll(async () => {
  if (unfit !== undefined) return;
  // Of Debian 13: its nft is the oldest that reads what newer ones write.
  routers = await Promise.all(
    Array.from({ length: lanes }, () => startKernelRouter(places, "26.1")),
  );
}, 240_000);

afterAll(async () => {
  if (unfit === undefined) await Promise.all(routers.map((router) => router.stop()));
}, 60_000);

test.skipIf(unfit !== undefined)(
  `simulate and the kernel agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`,
  async () => {
    const coverage = new Coverage(allCells);
    const chosen = chooseCases(drawnCases(places, { seed, hosts }), pairs);
    const cases = [...withGuardCases(chosen), ...firstForNft(chosen, nftPairs)];
    for (const [enforcer, wanted] of Object.entries({
      iptables: pairs,
      guard: 1,
      nftables: nftPairs,
    })) {
      const own = cases.filter(({ enforcedBy }) => enforcedBy === enforcer);
      const sent = own.reduce((sum, { packets }) => sum + packets.length, 0);
      process.stdout.write(`${enforcer}: ${String(sent)} packets at ${String(own.length)} hosts\n`);
      expect(sent).toBeGreaterThanOrEqual(wanted);
    }
    const judge = async (router: KernelRouter, one: KernelCase): Promise<void> => {
      const wrong = await differences(router, one);
      if (wrong.length > 0) throw new Error(await counterexample(router, one, wrong, seed));
      if (one.enforcedBy === "iptables") coverage.add(one.packets.flatMap(cellsAt(one.host)));
    };
    const waiting = cases.values();
    await Promise.all(
      routers.map(async (router) => {
        for (const one of waiting) await judge(router, one);
      }),
    );
    process.stdout.write(`${coverage.table()}\n`);
    expect(coverage.empty(), "what the drawings never reach").toEqual([]);
  },
  1_800_000,
);
