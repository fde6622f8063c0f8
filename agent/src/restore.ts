import { emptyTally } from "./core/counters.ts";
import { differenceId } from "./core/diff.ts";
import type { Failure } from "./core/failure.ts";
import { isFilled } from "./core/found-rules.ts";
import { bootState, type HostSnapshot, heldState } from "./core/host-snapshot.ts";
import { renderFailure } from "./core/observations.ts";
import type { ObservedTables } from "./core/observed-kernel.ts";
import { openState } from "./core/opening.ts";
import { renderOptionsOf } from "./core/render.ts";
import { renderIn } from "./core/render-in.ts";
import { families, tables } from "./core/ruleset.ts";
import { standingAtStart, wantedBundle } from "./core/standing.ts";
import { enforce } from "./enforce.ts";
import { lookOf } from "./look.ts";
import type {
  BundleVerdict,
  Clock,
  Firewall,
  HostSnapshots,
  LastGood,
  OpenBundle,
  Openings,
  Reading,
  RulesRecords,
} from "./ports.ts";
import { putBackJumps } from "./put-back-jumps.ts";

export type Restored =
  /** No bundle has ever come, or the last one has no policies, or it was taken back and is the only one. */
  | { readonly kind: "nothing" }
  /** Somebody has opened the host, in this boot. */
  | { readonly kind: "open" }
  /** They are in force since an agent of this boot has written them. */
  | { readonly kind: "inForce" }
  /** They were there since then, and nothing led to them. Read back: something does. */
  | { readonly kind: "ledTo"; readonly what: string }
  /** Read back: the rules stand. */
  | { readonly kind: "restored"; readonly generation: number }
  /** Read back: nothing passes from, to or between Docker's networks, because of this. */
  | { readonly kind: "held"; readonly reason: string }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface RestorePorts {
  readonly firewall: Firewall;
  readonly lastGood: LastGood;
  readonly snapshots: HostSnapshots;
  readonly rulesRecords: RulesRecords;
  readonly openBundle: OpenBundle;
  readonly openings: Pick<Openings, "read">;
  readonly clock: Pick<Clock, "now" | "moment">;
}

/**
 * Puts the last good rules into the kernel before Docker runs, without Docker and without the controller. What cannot
 * be told yet is held until the agent has seen the host.
 */
export async function restore(ports: RestorePorts): Promise<Restored> {
  const { firewall, lastGood, snapshots, clock } = ports;
  const now = { moment: clock.moment(), wallMs: clock.now() };
  const openings = await ports.openings.read();
  if (openings !== "damaged" && openState(openings, now).now !== undefined) return { kind: "open" };
  const stored = await lastGood.read();
  if (stored.kind === "none") return { kind: "nothing" };
  const what = bundleOf(stored, now, ports.openBundle);
  if (what === undefined) return { kind: "nothing" };
  const snapshot = await snapshots.read();
  const found = await lastGood.readFootprint();
  const footprint = found === "damaged" ? {} : found;
  const bundle = what.kind === "bundle" ? what.bundle : undefined;
  const look = lookOf({ bundle, docker: {}, footprint: found, snapshot });
  const observed = await firewall.observe(look);
  if (observed.kind === "failed") return observed;
  const isOfEarlier = isOfEarlierBoot(snapshot, now.moment.boot, observed);
  if (what.kind === "bundle" && what.bundle.desired.policies.length === 0) {
    return { kind: isOfEarlier ? "nothing" : "inForce" };
  }
  const state =
    what.kind === "bundle" && snapshot !== undefined
      ? bootState(what.bundle.desired, snapshot)
      : heldState(snapshot);
  const rendered = renderIn(look.enforcement, state, renderOptionsOf(observed));
  // What an agent of this boot has written stays where nothing can be put in its place.
  if (!isOfEarlier && (rendered.kind === "refused" || isFilled(rendered.ruleset, observed))) {
    return await keep(observed, { firewall, look });
  }
  if (rendered.kind === "refused") {
    return { kind: "failed", failure: renderFailure(rendered.problems) };
  }
  await forgetLeft(ports.rulesRecords);
  const { failure } = await enforce(
    rendered.ruleset,
    { footprint, tally: emptyTally, fresh: true },
    observed,
    { firewall, lastGood, look },
    () => undefined,
  );
  if (failure !== undefined) return { kind: "failed", failure };
  if (what.kind === "refused") return { kind: "held", reason: what.refusal.message };
  return snapshot === undefined
    ? { kind: "held", reason: "what this host was like before is not known" }
    : { kind: "restored", generation: what.bundle.generation };
}

/**
 * What is read from now on was not written by the agent of before. A full disk must not keep rules out of the kernel: then
 * the next agent takes for somebody's change what it finds other than that one had left it, and repairs it.
 */
async function forgetLeft(records: RulesRecords): Promise<void> {
  try {
    const record = await records.read();
    if (record?.left === undefined) return;
    const { bootId, tally } = record;
    await records.store({ bootId, tally: { ...tally, seen: new Map() } });
  } catch {
    return;
  }
}

/** What an agent of this boot has written knows more of the host than what is kept for the next one. */
async function keep(
  observed: Reading,
  edges: Parameters<typeof putBackJumps>[1],
): Promise<Restored> {
  const back = await putBackJumps(observed, edges);
  switch (back.kind) {
    case "nothing":
      return { kind: "inForce" };
    case "done":
      return { kind: "ledTo", what: back.what.map(differenceId).join("; ") };
    case "failed":
      return back;
  }
}

type Stored = Exclude<Awaited<ReturnType<LastGood["read"]>>, { kind: "none" }>;

/** undefined: the only one there was is not to come back. */
function bundleOf(
  stored: Stored,
  now: Parameters<typeof standingAtStart>[1],
  openBundle: OpenBundle,
): BundleVerdict | undefined {
  if (stored.kind === "stored") {
    const standing = standingAtStart(stored.record.standing, now);
    const sealed = wantedBundle({ ...stored.record, standing });
    return sealed && openBundle(sealed.envelope);
  }
  const refusal = { reason: "LastGoodDamaged", message: stored.message, unsupported: false };
  return { kind: "refused", refusal };
}

/** Something of ours, of whatever agent. */
export function hasRules(observed: ObservedTables): boolean {
  const { nft = "absent" } = observed;
  if (nft !== "absent") return true;
  return families.some((family) => {
    const found = observed[family];
    return found !== "absent" && tables.some((table) => found.tables[table].chains.size > 0);
  });
}

/** Whether what the kernel holds is of an earlier boot, or of nobody: then it judges the wrong containers, if any. */
export function isOfEarlierBoot(
  snapshot: HostSnapshot | undefined,
  bootId: string,
  observed: ObservedTables,
): boolean {
  return snapshot?.bootId !== bootId || !hasRules(observed);
}
