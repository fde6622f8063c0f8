import type { HostReport__Output } from "@seawall/proto";
import { z } from "zod";
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
  const tell = (kind: FleetEvent["kind"], message: string) =>
    event(kind, { by: `host/${host}`, about: `host/${host}`, host, message });
  const now = factsOf(report);
  const reverted =
    now.reverted !== undefined && now.reverted !== before.reverted
      ? [tell("Reverted", conditionOf(report, "Reverted")?.message ?? "")]
      : [];
  const isRefusalNews = now.refused !== undefined && now.refused !== before.refused;
  return [
    ...driftEvents(before, report).map(([kind, message]) => tell(kind, message)),
    ...(isRefusalNews ? [tell("BundleRefused", now.refused ?? "")] : []),
    ...reverted,
    ...openEvents(before, now).map(([kind, message]) => tell(kind, message)),
  ];
}

type Told = readonly [kind: FleetEvent["kind"], message: string];

function driftEvents(before: HostFacts, { drifts }: HostReport__Output): readonly Told[] {
  return drifts.toReversed().flatMap((drift) => {
    const known = before.drifts.find(
      ({ detectedMs, family }) => detectedMs === drift.detectedMs && family === drift.family,
    );
    const suspects = drift.suspects.map(({ command, pid }) => `${command} (pid ${String(pid)})`);
    const heard = suspects.length === 0 ? "" : `; heard to change rules: ${suspects.join(", ")}`;
    const message = `${drift.family}: ${drift.what}${heard}`;
    const found: readonly Told[] = known === undefined ? [["DriftFound", message]] : [];
    const isNews = drift.repairedMs !== 0 && known?.repaired !== true;
    return isNews ? [...found, ["DriftRepaired", message] as const] : found;
  });
}

function openEvents(before: HostFacts, now: HostFacts): readonly Told[] {
  if (now.open !== undefined) return now.open === before.open ? [] : [["Opened", now.open]];
  const over = now.openedLately ?? "";
  if (before.open !== undefined) return [["Closed", over]];
  if (over === "" || over === before.openedLately) return [];
  // Nobody heard of it while it was open.
  return [
    ["Opened", over],
    ["Closed", over],
  ];
}

function conditionOf({ conditions }: HostReport__Output, type: string) {
  return conditions.find((condition) => condition.status && condition.type === type);
}
