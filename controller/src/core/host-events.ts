import type { HostReport__Output } from "@seawall/proto";
import { z } from "zod";
import { type FieldChange, fieldChanges } from "./field-changes.ts";
import { event, type FleetEvent } from "./fleet-event.ts";
import { acceptedBundle } from "./host-status.ts";

/**
 * What of a report events are made of, as it is kept until the next one. The agent says all
 * of it: it is status, and decides about nothing.
 */
export const hostFacts = z.object({
  /** By the host's clock; at one moment one is found in each family. */
  drifts: z.array(z.object({ detectedMs: z.number(), family: z.string(), repaired: z.boolean() })),
  /** Why it does not take the bundle that it has been sent, in words; absent: it does. */
  refused: z.string().optional(),
  /** The bundle that was taken back; absent: none. */
  reverted: z.string().optional(),
  /** Who opened the host, and why, in words; absent: it is closed. */
  open: z.string().optional(),
  /** The same of one that is over. */
  openedLately: z.string().optional(),
});
export type HostFacts = Readonly<z.infer<typeof hostFacts>>;

export const noFacts: HostFacts = { drifts: [] };

export function factsOf(report: HostReport__Output): HostFacts {
  const said = (type: string) => conditionOf(report, type)?.message;
  const { epoch, generation } = acceptedBundle(report);
  const refused = conditionOf(report, "BundleRefused");
  const isReverted = conditionOf(report, "Reverted") !== undefined;
  return {
    drifts: report.drifts.map(({ detectedMs, family, repairedMs }) => ({
      ...{ detectedMs, family, repaired: repairedMs !== 0 },
    })),
    refused: refused && `${refused.reason}: ${refused.message}`,
    reverted: isReverted ? `${String(epoch)}/${String(generation)}` : undefined,
    open: said("Open"),
    openedLately: said("OpenedLately"),
  };
}

/** What a report tells that the one before did not, oldest first. What came and went in between is only in its drifts. */
export function hostEvents(
  host: string,
  before: HostFacts,
  report: HostReport__Output,
): readonly FleetEvent[] {
  const now = factsOf(report);
  return [
    ...driftEvents(before, report),
    ...refusalEvents(before, now),
    ...revertedEvents(before, now, report),
    ...openEvents(before, now),
  ].map(([kind, message, changes]) =>
    event(kind, { by: `host/${host}`, about: `host/${host}`, host, message, changes }),
  );
}

type Told = readonly [kind: FleetEvent["kind"], message: string, changes: readonly FieldChange[]];

function driftEvents(before: HostFacts, { drifts }: HostReport__Output): readonly Told[] {
  return drifts.toReversed().flatMap((drift) => {
    const known = before.drifts.find(
      ({ detectedMs, family }) => detectedMs === drift.detectedMs && family === drift.family,
    );
    const suspects = drift.suspects.map(({ command, pid }) => `${command} (pid ${String(pid)})`);
    const heard = suspects.length === 0 ? "" : `; heard to change rules: ${suspects.join(", ")}`;
    const message = `${drift.family}: ${drift.what}${heard}`;
    const path = `rules.${drift.family}`;
    const [asWritten, found] = [JSON.stringify("as written"), JSON.stringify(drift.what)];
    const isFound = known === undefined;
    const isRepaired = drift.repairedMs !== 0 && known?.repaired !== true;
    return [
      ...told(isFound, "DriftFound", message, [{ path, before: asWritten, after: found }]),
      ...told(isRepaired, "DriftRepaired", message, [{ path, before: found, after: asWritten }]),
    ];
  });
}

function refusalEvents(before: HostFacts, { refused }: HostFacts): readonly Told[] {
  if (refused === undefined || refused === before.refused) return [];
  return [["BundleRefused", refused, fieldChanges({ refused: before.refused }, { refused })]];
}

function revertedEvents(
  before: HostFacts,
  now: HostFacts,
  report: HostReport__Output,
): readonly Told[] {
  if (now.reverted === undefined || now.reverted === before.reverted) return [];
  const message = conditionOf(report, "Reverted")?.message ?? "";
  return [["Reverted", message, takenBack(report)]];
}

/** From the bundle that was taken back to the one that is in force instead, once that was read back. */
function takenBack(report: HostReport__Output): readonly FieldChange[] {
  const { observedEpoch, observedGeneration, state } = report;
  const { epoch, generation } = acceptedBundle(report);
  // As before the first bundle: no rule is in force.
  if (observedGeneration === 0 && state === "HOST_STATE_REVERTED") {
    return fieldChanges({ generation }, {});
  }
  const isThere = observedEpoch === epoch && observedGeneration === generation;
  return observedGeneration === 0 || isThere
    ? fieldChanges({ generation }, { generation: "not read back yet" })
    : fieldChanges({ epoch, generation }, { epoch: observedEpoch, generation: observedGeneration });
}

function openEvents(before: HostFacts, now: HostFacts): readonly Told[] {
  const opened = (words: string): Told => ["Opened", words, openChange(before.open, words)];
  const closed = (was: string, words: string): Told => [
    ...(["Closed", words] as const),
    openChange(was, undefined),
  ];
  if (now.open !== undefined) return now.open === before.open ? [] : [opened(now.open)];
  const over = now.openedLately ?? "";
  if (before.open !== undefined) return [closed(before.open, over)];
  if (over === "" || over === before.openedLately) return [];
  // Nobody heard of it while it was open.
  return [opened(over), closed(over, over)];
}

function openChange(was: string | undefined, is: string | undefined): readonly FieldChange[] {
  return fieldChanges({ open: howOpen(was) }, { open: howOpen(is) });
}

/** By the words of the host, as far as they say until when. */
function howOpen(words: string | undefined): string {
  if (words === undefined) return "no";
  const until = / (until \d{4}-[\d-]{5}T[\d:]{8}Z)/.exec(words)?.[1];
  return until ?? "yes";
}

function told(isSo: boolean, ...what: Told): readonly Told[] {
  return isSo ? [what] : [];
}

function conditionOf({ conditions }: HostReport__Output, type: string) {
  return conditions.find((condition) => condition.status && condition.type === type);
}
