import { whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chooseCases, drawnCases, firstForNft } from "./kernel-cases.ts";
import { differences } from "./kernel-differences.ts";
import { counterexample, places } from "./kernel-drawings.ts";
import { type KernelRouter, startKernelRouter } from "./kernel-router.ts";

/** A quarter of what iptables is sent: both backends make their rules of one layout. */
const pairs = Math.ceil(Number(process.env["SEAWALL_KERNEL_PAIRS"] ?? 500) / 4);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** The hosts that reach most are sent first, so of these the first few say most. */
const hosts = Math.max(500, pairs);

const unfit = whyUnfit();
let router: KernelRouter;

beforeAll(async () => {
  if (unfit !== undefined) return;
  // Of Debian 13: its nft is the oldest that reads what newer ones write.
  router = await startKernelRouter(places, "26.1");
}, 240_000);

afterAll(async () => {
  if (unfit === undefined) await router.stop();
}, 60_000);

test.skipIf(unfit !== undefined)(
  `simulate and the kernel's nftables agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`,
  async () => {
    const cases = firstForNft(chooseCases(drawnCases(places, { seed, hosts }), pairs), pairs);
    const sent = cases.reduce((sum, { packets }) => sum + packets.length, 0);
    process.stdout.write(`${String(sent)} packets at ${String(cases.length)} hosts\n`);
    expect(sent).toBeGreaterThanOrEqual(pairs);
    for (const one of cases) {
      const wrong = await differences(router, one);
      if (wrong.length > 0) throw new Error(await counterexample(router, one, seed));
    }
  },
  900_000,
);
