import { type ResolvedState, simulate } from "@seawall/policy";
import { describePacket } from "./drawn-packets.ts";
import { drawnState } from "./drawn-state.ts";
import { expected, wouldDenyOf } from "./expectations.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { type CountedOrigin, enforcers } from "./kernel-enforcers.ts";
import type { KernelRouter } from "./kernel-router.ts";

/** A case that differs is sent so often before it is believed. */
const mostAttempts = 3;

/**
 * What the kernel does otherwise than simulate says, in words. Rules that are wrong are wrong every time. What comes late
 * on a busy machine is not: an answer after the time of silence, or the second packet that TCP sends after a second.
 */
export async function differences(
  router: KernelRouter,
  one: KernelCase,
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await differencesNow(router, one);
    if (found.length === 0 || attempt === mostAttempts) return found;
    process.stdout.write(`sent again, to see whether this stays so: ${found.join("; ")}\n`);
  }
}

async function differencesNow(
  router: KernelRouter,
  { host, packets, enforcedBy }: KernelCase,
): Promise<readonly string[]> {
  const { state, ipset } = drawnState(host);
  const enforced = { state, ipset };
  const { install, answers, counted } = enforcers[enforcedBy];
  await router.publish(packets);
  await install(router, enforced);
  const judged = await Promise.all(
    packets.map(async (packet, slot) => {
      const verdict = simulate(state, packet);
      const met = await router.send(packet, slot);
      const { wouldDeny } = expected(state, verdict, packet);
      if (met.kind === answers[verdict.action]) return { wouldDeny, wrong: [] };
      const said = `simulate: ${verdict.action} by ${JSON.stringify(verdict.decidedBy)}`;
      const wrong = [`${describePacket(packet)}; ${said}; kernel: ${met.kind}: ${met.evidence}`];
      return { wouldDeny, wrong };
    }),
  );
  const wrong = judged.flatMap((one) => one.wrong);
  if (counted === undefined) return wrong;
  const model = sumsOf(judged.flatMap(({ wouldDeny }) => wouldDeny.map((name) => [name, 1])));
  const kernel = sumsOf(denialsOf(state, await counted(router, enforced)));
  return [
    ...wrong,
    ...[...new Set([...model.keys(), ...kernel.keys()])].flatMap((name) => {
      const [said = 0, count = 0] = [model.get(name), kernel.get(name)];
      return said === count
        ? []
        : [`${name} would deny ${String(said)}; the kernel counted ${String(count)}`];
    }),
  ];
}

/** The denials that are only counted, as the kernel's counters have them. */
export function denialsOf(
  state: ResolvedState,
  counted: readonly CountedOrigin[],
): readonly Counted[] {
  return counted.flatMap(({ origin, packets }): readonly Counted[] => {
    const denial = packets > 0 ? wouldDenyOf(state, origin) : undefined;
    return denial === undefined ? [] : [[denial, packets]];
  });
}

type Counted = readonly [name: string, packets: number];

function sumsOf(counted: readonly Counted[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [name, packets] of counted) sums.set(name, (sums.get(name) ?? 0) + packets);
  return sums;
}
