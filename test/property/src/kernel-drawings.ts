import { describeCase } from "./describe-case.ts";
import { bridges, onBridges, outside, type Place } from "./drawn-addresses.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { differences } from "./kernel-differences.ts";
import type { KernelRouter } from "./kernel-router.ts";
import { smallest } from "./smaller-cases.ts";

/** Two containers' places and a stranger's on each bridge, and all outside. */
export const places: readonly Place[] = [
  ...bridges.flatMap((bridge) =>
    [0, 1, 3].flatMap((index) => {
      const addresses = onBridges[bridge][index];
      return addresses === undefined ? [] : [{ interface: bridge, addresses }];
    }),
  ),
  ...outside,
];

/** How often a counterexample is tried to be made smaller. */
const mostTries = 60;

/** The smallest case that still differs, as a manifest to apply and packets to send. */
export async function counterexample(
  router: KernelRouter,
  found: KernelCase,
  wrong: readonly string[],
  seed: number,
): Promise<string> {
  const { enforcedBy } = found;
  const { host, packets } = await smallest(router, found, mostTries);
  return [
    `SEAWALL_PROPERTY_SEED=${String(seed)} finds it again, by ${enforcedBy}`,
    ...describeCase(host, packets),
    ...(await differences(router, { host, packets, enforcedBy })),
    ...["at first:", ...wrong],
  ].join("\n---\n");
}
