import { createHash, type KeyObject } from "node:crypto";
import { type Revision, revisionSchema, sealedPayload } from "@seawall/policy";
import { buckets, keyIdOf, open } from "@seawall/proto";

/** What a controller has handed over of its history. Of the key alone it is known that it is the controller's: TLS has said so. */
export interface HandedHistory {
  readonly signingKey: KeyObject;
  readonly epoch: number;
  /** That is there or was, as far as the controller knows; 0 = none yet. */
  readonly newest: number;
  /** So many of the newest have to be there; older ones are swept away. */
  readonly kept: number;
  readonly revisions: ReadonlyMap<number, HandedRevision>;
  /** By digest, what was stored under it; absent when they were not asked for. */
  readonly objects?: ReadonlyMap<string, "intact" | "changed" | "gone"> | undefined;
}

export interface HandedRevision {
  /** Empty: it is gone. */
  readonly sealed: Uint8Array;
  /** Why the controller does not believe it, which it may by what it has seen before; empty = it does. */
  readonly finding: string;
}

/** A revision that somebody has noted down. */
export interface KnownRevision {
  readonly number: number;
  /** sha256 of its signed bytes. */
  readonly digest: string;
}

export interface Finding {
  readonly revision: number;
  readonly message: string;
}

export interface VerifiedHistory {
  /** Both 0: there is no revision. */
  readonly from: number;
  readonly to: number;
  readonly revisions: number;
  /** Older than what is kept, and gone. */
  readonly swept: number;
  readonly objects: number;
  readonly keyId: string;
  /** The newest; absent when it is not to be believed. */
  readonly head: KnownRevision | undefined;
  /** Sorted by revision. Empty: all of it is as it was made. */
  readonly findings: readonly Finding[];
}

type Opened =
  | { readonly ok: true; readonly revision: Revision; readonly digest: string }
  | { readonly ok: false; readonly message: string };

/**
 * Judges what is stored by its bytes alone: each revision is signed with the key, stands in its place, and
 * names the digest of its parent, so none can be changed, moved, left out or put in the place
 * of another; each object that one of them names is there. That the last ones were not
 * cut off cannot be told from them: that is what `known` is for, and what the
 * controller remembers.
 */
export function verifyHistory(handed: HandedHistory, known?: KnownRevision): VerifiedHistory {
  const { newest, kept } = handed;
  const from = Math.min(Math.max(1, newest - kept + 1), ...handed.revisions.keys(), newest);
  const opened = openAll(handed);
  const findings: Finding[] = [];
  const broken = new Set<string>();
  let swept = 0;
  let revisions = 0;
  for (let number = Math.max(from, 1); number <= newest; number++) {
    if (!handed.revisions.has(number) && number <= newest - kept) {
      swept += 1;
      continue;
    }
    revisions += 1;
    const own = ownFindings(number, handed, opened);
    const messages =
      own.length > 0 ? own : objectFindings(opened.get(number), handed.objects, broken);
    findings.push(...messages.map((message) => ({ revision: number, message })));
  }
  if (known !== undefined) findings.push(...knownFindings(known, handed, opened));
  const head = opened.get(newest);
  const isHeadGood = !findings.some(({ revision }) => revision === newest);
  return {
    ...{ from, to: newest, revisions, swept, objects: handed.objects?.size ?? 0 },
    keyId: keyIdOf(handed.signingKey),
    head: head?.ok === true && isHeadGood ? { number: newest, digest: head.digest } : undefined,
    findings: findings.toSorted((a, b) => a.revision - b.revision),
  };
}

/** What the bytes say of one revision. */
export interface RevisionProof {
  readonly keyId: string;
  /** Absent when it is not to be believed. */
  readonly digest: string | undefined;
  /** Of its parent, as it says itself; empty for the first. */
  readonly parentDigest: string | undefined;
  /** Empty: it is verified. */
  readonly findings: readonly string[];
}

/** The same for one of them, with its neighbours where they were handed over. */
export function proveRevision(handed: HandedHistory, number: number): RevisionProof {
  const opened = openAll(handed);
  const own = opened.get(number);
  const parent = opened.get(number - 1);
  const isAnothers =
    own?.ok === true && parent?.ok === true && parent.digest !== own.revision.parentDigest;
  return {
    keyId: keyIdOf(handed.signingKey),
    digest: own?.ok === true ? own.digest : undefined,
    parentDigest: own?.ok === true ? own.revision.parentDigest : undefined,
    findings: [
      ...ownFindings(number, handed, opened),
      ...(isAnothers ? [`revision ${number - 1} is not the one that it was made from`] : []),
    ],
  };
}

function openAll(handed: HandedHistory): ReadonlyMap<number, Opened> {
  return new Map(
    [...handed.revisions].map(([number, { sealed }]) => [
      number,
      openRevision(number, sealed, handed),
    ]),
  );
}

/** What is wrong with one of them, and whether the next one was made from it. */
function ownFindings(
  number: number,
  handed: HandedHistory,
  opened: ReadonlyMap<number, Opened>,
): readonly string[] {
  const own = opened.get(number);
  if (own === undefined) return ["it is missing"];
  if (!own.ok) return [own.message];
  const next = opened.get(number + 1);
  if (next?.ok === true && next.revision.parentDigest !== own.digest) {
    return [
      `it is not the one that revision ${number + 1} was made from, which had the digest ${next.revision.parentDigest}`,
    ];
  }
  const finding = handed.revisions.get(number)?.finding ?? "";
  return finding === "" ? [] : [finding];
}

function openRevision(number: number, sealed: Uint8Array, handed: HandedHistory): Opened {
  if (sealed.length === 0) return { ok: false, message: "it is missing" };
  const trusted = new Map([[keyIdOf(handed.signingKey), handed.signingKey]]);
  const envelope = open("revision", sealed, trusted);
  if (!envelope.ok) return { ok: false, message: envelope.message };
  const payload = sealedPayload.safeParse(parseJson(envelope.payload));
  const body = revisionSchema.safeParse(payload.data?.body);
  if (!payload.success || !body.success) {
    return { ok: false, message: "it was written by another version of Seawall" };
  }
  const { bucket, key, epoch, deletedAtMs } = payload.data;
  const { data: revision } = body;
  if (bucket !== buckets.revisions || key !== String(number)) {
    return { ok: false, message: `the record of ${bucket}/${key} is in its place` };
  }
  if (epoch !== handed.epoch) {
    return {
      ok: false,
      message: `it is of epoch ${epoch}, and the store is of epoch ${handed.epoch}`,
    };
  }
  if (revision.number !== number || revision.parent !== number - 1 || deletedAtMs !== undefined) {
    return { ok: false, message: "it does not say what the revision of this number has to" };
  }
  return { ok: true, revision, digest: sha256(envelope.payload) };
}

/** Each object once, with the oldest revision that names it. */
function objectFindings(
  opened: Opened | undefined,
  objects: HandedHistory["objects"],
  told: Set<string>,
): readonly string[] {
  if (opened?.ok !== true || objects === undefined) return [];
  return Object.entries(opened.revision.tree).flatMap(([name, digest]) => {
    const state = objects.get(digest) ?? "gone";
    if (state === "intact" || told.has(digest)) return [];
    told.add(digest);
    return [`${name} ${state === "gone" ? "is gone from" : "was changed in"} the store`];
  });
}

function knownFindings(
  known: KnownRevision,
  handed: HandedHistory,
  opened: ReadonlyMap<number, Opened>,
): readonly Finding[] {
  const { number } = known;
  const found = opened.get(number);
  const finding = (message: string) => [{ revision: number, message }];
  if (number > handed.newest) {
    return finding(`it was here, and now the newest is ${handed.newest}`);
  }
  if (found === undefined)
    return finding("it is not kept any more, and cannot be compared with what is known");
  if (!found.ok || found.digest === known.digest) return [];
  return finding(`it is another one than the one that is known: its digest is ${found.digest}`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    // Signed bytes that are no JSON: the schema refuses undefined.
    return undefined;
  }
}
