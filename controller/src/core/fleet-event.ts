import { diffFields } from "@seawall/policy";
import { z } from "zod";
import type { ChangeSet } from "./change-set.ts";
import { type DuplicateIdentity, duplicateInWords } from "./duplicate-identity.ts";

/** What somebody with a role did; the records that it changed are sealed. */
const changeKinds = [
  ...([
    "RevisionCommitted",
    "HostJoined",
    "HostChanged",
    "HostDeleted",
    "HostQuarantined",
  ] as const),
  ...(["UserCreated", "UserRevoked", "TokenCreated", "TokenRevoked"] as const),
] as const;
/** A step that a rollout took, by itself or because somebody said so. */
const rolloutKinds = [
  ...(["RolloutStarted", "RolloutSuperseded", "RolloutCompleted", "RolloutRolledBack"] as const),
  ...(["RolloutPaused", "RolloutResumed", "RolloutPromoted", "RolloutConfirmed"] as const),
  ...(["WaveBegun", "WaveDone", "ApprovalAwaited", "HostsPutBack"] as const),
] as const;
const refusalKinds = ["JoinRefused", "CallRefused", "HostRefused"] as const;
/** What a host says of itself: as true as its agent. */
const reportKinds = [
  ...(["DriftFound", "DriftRepaired", "BundleRefused", "Reverted", "Opened", "Closed"] as const),
] as const;

const change = z.strictObject({ path: z.string(), before: z.string(), after: z.string() });

/** Something that happened: who, what and why. */
export const fleetEvent = z.strictObject({
  kind: z.enum([...changeKinds, ...rolloutKinds, ...refusalKinds, ...reportKinds]),
  /** `user/NAME`, `token/ID`, `host/NAME` or `controller`; empty: somebody who is not known. */
  by: z.string(),
  /** `revision/7`, `host/web-1`, …: what it is about; empty: nothing that has a name. */
  about: z.string(),
  /** The host that it concerns; empty: none, or no single one. */
  host: z.string(),
  /** Why, or what it was, in words. */
  message: z.string(),
  /** Before and after, as JSON; empty = absent. The first ones where they are many. */
  changes: z.array(change),
});
export type FleetEvent = Readonly<z.infer<typeof fleetEvent>>;

/** Whose number others decide about: who is refused, and hosts. */
export type Bounded = "refused" | "host";

/** Undefined: only who has a role makes such events. */
export function boundOf({ kind }: FleetEvent): Bounded | undefined {
  if (refusalKinds.some((refusal) => refusal === kind)) return "refused";
  return reportKinds.some((report) => report === kind) ? "host" : undefined;
}

/** A host's record; whatever of it differs is said. */
interface NamedHost {
  readonly name: string;
}

interface NamedToken {
  readonly id: string;
  readonly createdBy: string;
  readonly host?: string | undefined;
  readonly uses: number;
  readonly expiresAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: string;
  readonly addressRanges: readonly string[];
}

const MOST_CHANGES = 20;
const LONGEST_VALUE = 200;
const LONGEST_WORDS = 500;

/** Any event, small enough to be kept: of words that others chose, the beginning. */
export function event(
  kind: FleetEvent["kind"],
  { message = "", changes = [], ...rest }: Partial<Omit<FleetEvent, "kind">>,
): FleetEvent {
  return {
    ...{ kind, by: "", about: "", host: "", ...rest, message: shortened(message, LONGEST_WORDS) },
    changes: changes.slice(0, MOST_CHANGES).map(({ path, before, after }) => ({
      path: shortened(path, LONGEST_VALUE),
      before: shortened(before, LONGEST_VALUE),
      after: shortened(after, LONGEST_VALUE),
    })),
  };
}

export function revisionCommitted(
  { author, message, number }: { author: string; message: string; number: number },
  { changes }: ChangeSet,
): FleetEvent {
  const fields = [...changes].flatMap(([key, { action, before, after }]) =>
    action === "configured"
      ? fieldChanges(before, after).map((field) => ({ ...field, path: `${key} ${field.path}` }))
      : [{ path: key, before: shown(before), after: shown(after) }],
  );
  return event("RevisionCommitted", {
    ...{ by: `user/${author}`, about: `revision/${String(number)}`, message, changes: fields },
  });
}

export function hostChanged(user: string, before: NamedHost, after: NamedHost): FleetEvent {
  return event("HostChanged", {
    ...{ by: `user/${user}`, about: `host/${after.name}`, host: after.name },
    changes: fieldChanges(before, after),
  });
}

export function hostQuarantined(host: string, duplicate: DuplicateIdentity): FleetEvent {
  return event("HostQuarantined", {
    ...{ by: "controller", about: `host/${host}`, host, message: duplicateInWords(duplicate) },
    changes: fieldChanges({}, { quarantine: duplicate }),
  });
}

/** Without what its secret is known by. */
export function tokenCreated({ id, createdBy, host, ...token }: NamedToken): FleetEvent {
  const { uses, expiresAt, labels, mode, addressRanges } = token;
  const given = { uses, expiresAt, host, labels, mode, addressRanges };
  return event("TokenCreated", {
    ...{ by: `user/${createdBy}`, about: `token/${id}`, host: host ?? "" },
    changes: fieldChanges({}, given),
  });
}

/** As an event tells them. */
export function fieldChanges(before: unknown, after: unknown): FleetEvent["changes"] {
  const fields = diffFields(before, after);
  return fields.map(({ path, before: was = "", after: is = "" }) => ({
    path,
    before: was,
    after: is,
  }));
}

/** Whole objects are long; their revision has them. */
function shown(resource: unknown): string {
  return resource === undefined ? "" : "{…}";
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
