import { type ResolvedState, simulate } from "@seawall/policy";
import { describePacket } from "./drawn-packets.ts";
import { drawnState } from "./drawn-state.ts";
import { expected, wouldDenyOf } from "./expectations.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { type CountedOrigin, enforcers } from "./kernel-enforcers.ts";
import type { KernelRouter } from "./kernel-router.ts";

/** A case that differs by lateness alone is sent so often before it is believed. */
const mostAttempts = 3;

interface Difference {
  readonly words: string;
  /** Silence where an answer was due, or more counted than were sent. */
  readonly mayBeLate: boolean;
}

/**
 * What the kernel does otherwise than simulate says, in words. On a busy machine an answer may come after the time of
 * silence, and TCP sends a second packet after a second: where nothing else differs the case is sent again. Rules that are
 * wrong are wrong every time.
 */
export async function differences(
  router: KernelRouter,
  one: KernelCase,
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await differencesNow(router, one);
    const words = found.map((difference) => difference.words);
    if (attempt === mostAttempts || !found.every(({ mayBeLate }) => mayBeLate)) return words;
    if (found.length === 0) return [];
    process.stdout.write(`sent again, to see whether this stays so: ${words.join("; ")}\n`);
  }
}

async function differencesNow(
  router: KernelRouter,
  { host, packets, enforcedBy }: KernelCase,
): Promise<readonly Difference[]> {
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
      const words = `${describePacket(packet)}; ${said}; kernel: ${met.kind}: ${met.evidence}`;
      const mayBeLate = met.kind === "timeout" || met.kind === "accepted";
      return { wouldDeny, wrong: [{ words, mayBeLate }] };
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
        : [
            {
              words: `${name} would deny ${String(said)}; the kernel counted ${String(count)}`,
              mayBeLate: count > said,
            },
          ];
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
