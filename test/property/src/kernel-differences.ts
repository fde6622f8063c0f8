import { type Plan, parseSave } from "@seawall/agent/core";
import { type ResolvedState, simulate, type Verdict } from "@seawall/policy";
import { describePacket } from "./drawn-packets.ts";
import { drawnState } from "./drawn-state.ts";
import { expected, wouldDenyOf } from "./expectations.ts";
import type { KernelCase } from "./kernel-cases.ts";
import type { KernelRouter } from "./kernel-router.ts";
import { rendered } from "./rendered.ts";

/** What the kernel does otherwise than simulate says, in words. */
export async function differences(
  router: KernelRouter,
  { host, packets, guardAlone }: KernelCase,
): Promise<readonly string[]> {
  const { state, ipset } = drawnState(host);
  const { plan } = rendered(state, ipset);
  await router.publish(packets);
  await router.install(plan);
  if (guardAlone) await router.bypassFilter();
  const judged = await Promise.all(
    packets.map(async (packet, slot) => {
      const verdict = simulate(state, packet);
      const met = await router.send(packet, slot);
      const wouldDeny = guardAlone ? [] : expected(state, verdict, packet).wouldDeny;
      const answer = (guardAlone ? answersOfGuard : answers)[verdict.action];
      if (met.kind === answer) return { wouldDeny, wrong: [] };
      const said = `simulate: ${verdict.action} by ${JSON.stringify(verdict.decidedBy)}`;
      const wrong = [`${describePacket(packet)}; ${said}; kernel: ${met.kind}: ${met.evidence}`];
      return { wouldDeny, wrong };
    }),
  );
  const model = countsOf(judged.flatMap(({ wouldDeny }) => wouldDeny.map((name) => [name, 1])));
  const kernel = countsOf(await countedDenials(router, state, plan));
  return [
    ...judged.flatMap(({ wrong }) => wrong),
    ...[...new Set([...model.keys(), ...kernel.keys()])].flatMap((name) => {
      const [said = 0, counted = 0] = [model.get(name), kernel.get(name)];
      return said === counted
        ? []
        : [`${name} would deny ${String(said)}; the kernel counted ${String(counted)}`];
    }),
  ];
}

/** What a client meets. */
const answers: Readonly<Record<Verdict["action"], string>> = {
  Allow: "open",
  Deny: "timeout",
  Reject: "refused",
};

/** It cannot refuse. */
const answersOfGuard: typeof answers = { ...answers, Reject: "timeout" };

type Counted = readonly [name: string, packets: number];

/** The denials that are only counted, as the kernel's counters have them. */
export async function countedDenials(
  router: Pick<KernelRouter, "save">,
  state: ResolvedState,
  { target }: Plan,
): Promise<readonly Counted[]> {
  const counted: Counted[] = [];
  for (const family of ["IPv4", "IPv6"] as const) {
    const { chains } = parseSave(await router.save(family)).tables.filter;
    for (const { name, rules } of target[family].chains.filter) {
      const read = new Map(chains.get(name)?.rules.map(({ hash, packets }) => [hash, packets]));
      for (const { hash, origin } of rules) {
        const denial = origin && wouldDenyOf(state, origin);
        const packets = read.get(hash) ?? 0;
        if (denial !== undefined && packets > 0) counted.push([denial, packets]);
      }
    }
  }
  return counted;
}

function countsOf(counted: readonly Counted[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [name, packets] of counted) counts.set(name, (counts.get(name) ?? 0) + packets);
  return counts;
}
