import type { Resource } from "@seawall/policy";
import { z } from "zod";
import type { Change, ChangeSet } from "./change-set.ts";
import { type DuplicateIdentity, duplicateInWords } from "./duplicate-identity.ts";
import { type FieldChange, fieldChanges } from "./field-changes.ts";

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
const refusalKinds = [
  ...(["JoinRefused", "CallRefused", "HostRefused"] as const),
  /** By somebody who may make it. */
  "ChangeRefused",
] as const;
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
  /** Before and after, as JSON; empty = absent. Some of them where they are many. */
  changes: z.array(change),
  /** So many more there were; absent: none. */
  changesLeftOut: z.int().min(1).optional(),
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

interface ApprovedHost extends NamedHost {
  readonly mode: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
}

interface StandingOfHost {
  readonly options: Readonly<Record<string, unknown>>;
  readonly quarantine?: DuplicateIdentity | undefined;
}

interface NamedUser {
  readonly name: string;
  readonly role: string;
}

interface RevokedToken extends Pick<NamedToken, "id" | "host" | "expiresAt"> {
  readonly usesLeft: number;
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

type EventParts = Partial<Omit<FleetEvent, "kind" | "changes" | "changesLeftOut">> & {
  readonly changes?: readonly FieldChange[];
};

/** Any event, small enough to be kept: of words that others chose, the beginning. */
export function event(kind: FleetEvent["kind"], parts: EventParts): FleetEvent {
  return eventOfObjects(kind, { ...parts, changes: [parts.changes ?? []] });
}

/** One that changes several objects: where not all changes have room, some of each object have. */
function eventOfObjects(
  kind: FleetEvent["kind"],
  {
    message = "",
    changes,
    ...rest
  }: Omit<EventParts, "changes"> & { readonly changes: readonly (readonly FieldChange[])[] },
): FleetEvent {
  const told = evenly(changes, MOST_CHANGES);
  const leftOut = changes.flat().length - told.length;
  return {
    ...{ kind, by: "", about: "", host: "", ...rest, message: shortened(message, LONGEST_WORDS) },
    changes: told.map(({ path, before, after }) => ({
      path: shortened(path, LONGEST_VALUE),
      before: shortened(before, LONGEST_VALUE),
      after: shortened(after, LONGEST_VALUE),
    })),
    ...(leftOut > 0 && { changesLeftOut: leftOut }),
  };
}

/** The first of each list, as many of one as of another while they last. */
function evenly<T>(lists: readonly (readonly T[])[], most: number): readonly T[] {
  const rounds = lists.flatMap((list, of) => list.map((_item, round) => ({ of, round })));
  const first = rounds.toSorted((a, b) => a.round - b.round).slice(0, most);
  return lists.flatMap((list, of) => list.slice(0, first.filter((one) => one.of === of).length));
}

export function revisionCommitted(
  { author, message, number }: { author: string; message: string; number: number },
  { changes }: ChangeSet,
): FleetEvent {
  return eventOfObjects("RevisionCommitted", {
    ...{ by: `user/${author}`, about: `revision/${String(number)}`, message },
    changes: [...changes].map(([key, change]) =>
      objectChanges(change).map((field) => ({ ...field, path: `${key} ${field.path}` })),
    ),
  });
}

function objectChanges({ action, before, after }: Change): readonly FieldChange[] {
  return action === "configured"
    ? fieldChanges(before, after)
    : fieldChanges(before && chosen(before), after && chosen(after));
}

/** What its author has chosen of an object, beside its name. */
function chosen({ metadata: { labels }, spec }: Resource) {
  return { ...(labels && { metadata: { labels } }), spec };
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

/** What was approved of it, by its token. */
export function hostJoined(
  { name, tokenId, mode, labels, addresses }: ApprovedHost & { readonly tokenId: string },
  from: string,
): FleetEvent {
  return event("HostJoined", {
    ...{ by: `token/${tokenId}`, about: `host/${name}`, host: name, message: `from ${from}` },
    changes: fieldChanges({}, { mode, labels, addresses }),
  });
}

export function hostDeleted(
  user: string,
  { name, mode, options, labels, addresses, quarantine }: ApprovedHost & StandingOfHost,
): FleetEvent {
  return event("HostDeleted", {
    ...{ by: `user/${user}`, about: `host/${name}`, host: name },
    changes: fieldChanges({ mode, options, labels, addresses, quarantine }, {}),
  });
}

export function userCreated(by: string, { name, role }: NamedUser): FleetEvent {
  const changes = fieldChanges({}, { role });
  return event("UserCreated", { by: `user/${by}`, about: `user/${name}`, changes });
}

export function userRevoked(by: string, { name, role }: NamedUser): FleetEvent {
  const changes = fieldChanges({ role }, {});
  return event("UserRevoked", { by: `user/${by}`, about: `user/${name}`, changes });
}

export function tokenRevoked(
  user: string,
  { id, host = "", expiresAt, usesLeft }: RevokedToken,
  now: Date,
): FleetEvent {
  const isOver = now.getTime() >= Date.parse(expiresAt);
  const state = isOver ? "Expired" : usesLeft === 0 ? "UsedUp" : "Valid";
  return event("TokenRevoked", {
    ...{ by: `user/${user}`, about: `token/${id}`, host },
    changes: fieldChanges({ state, usesLeft, expiresAt }, { state: "Revoked" }),
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

/**
 * A call that its caller may not make, or whose change is not made.
 * @param path of gRPC: `/package.Service/Method`
 * @param who by his certificate, which is not more than that
 */
export function callRefused(
  kind: "CallRefused" | "ChangeRefused",
  path: string,
  who: { readonly kind: "host" | "user"; readonly name: string } | undefined,
  message: string,
): FleetEvent {
  const by = who === undefined ? "" : `${who.kind}/${who.name}`;
  const host = who?.kind === "host" ? who.name : "";
  return event(kind, { by, about: `call/${path.split("/").at(-1) ?? ""}`, host, message });
}

/** A host whose certificate or keys are not taken, or that is quarantined. */
export function hostRefused(host: string, message: string): FleetEvent {
  return event("HostRefused", { by: `host/${host}`, about: `host/${host}`, host, message });
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
