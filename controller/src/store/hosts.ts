import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { enrolledHost } from "../identity/enrolled-host.ts";
import type { Revocation, Revocations } from "../nats/operator.ts";
import { isRemembered, rememberedRevocations } from "../nats/remembered-revocations.ts";
import type { Bucket } from "./bucket.ts";
import type { SealedBucket, SealedRead, SealedRecord, SealedWrite } from "./sealed-bucket.ts";

const revokedKey = z.strictObject({
  natsPublicKey: z.string(),
  /** Unix seconds. */
  until: z.number().int(),
});

/** What the operator and the join token say about a host. What it says about itself is status. */
export const hostSpecSchema = z.strictObject({
  ...enrolledHost.shape,
  /** Random, made at the join: another host of the same name later is another host. */
  uid: z.string(),
  /** Keys that hosts of this name had before and that may still have valid credentials. Kept by the store. */
  revoked: z.array(revokedKey),
});

export type HostSpec = Readonly<z.infer<typeof hostSpecSchema>>;
export type HostRecord = SealedRecord<HostSpec>;

/** In front of a host's name: the sealed spec, and the status, which carries no authority. */
export const SPEC_PREFIX = "spec.";
const STATUS_PREFIX = "status.";

/** Credentials that were being minted when the host was deleted are void as well. */
const MARGIN_SECONDS = 2;

export class HostStore {
  readonly #specs: SealedBucket<HostSpec>;
  readonly #bucket: Bucket;
  readonly #statuses = new Map<string, Buffer>();

  constructor(specs: SealedBucket<HostSpec>) {
    this.#specs = specs;
    this.#bucket = specs.bucket;
  }

  /** For informers. */
  get specs(): SealedBucket<HostSpec> {
    return this.#specs;
  }

  async read(name: string): Promise<SealedRead<HostSpec>> {
    return this.#specs.read(name);
  }

  /** The host, or undefined where there is none. @throws TamperedError */
  async find(name: string): Promise<HostRecord | undefined> {
    return this.#specs.find(name);
  }

  async list(): Promise<ReadonlyMap<string, SealedRead<HostSpec>>> {
    return this.#specs.list();
  }

  /**
   * Adds a host if the name is free. Where one of this name was deleted, the
   * revocation of its key stays; for the same key the call waits until credentials
   * minted after it are told apart from the void ones (two seconds at most).
   * @throws TamperedError
   */
  async create(spec: Omit<HostSpec, "revoked">): Promise<SealedWrite<HostSpec>> {
    const before = await this.#specs.read(spec.name);
    const revoked = before.kind === "deleted" ? revokedBy(before.record.body, before) : [];
    const own = revoked.find(({ natsPublicKey }) => natsPublicKey === spec.natsPublicKey);
    if (own !== undefined) await delay((own.until + 1) * 1000 - Date.now());
    const remembered = revoked.filter(({ until }) => isRemembered(until, Date.now()));
    return this.#specs.create(spec.name, { ...spec, revoked: remembered });
  }

  async update(read: HostRecord, spec: HostSpec): Promise<SealedWrite<HostSpec>> {
    return this.#specs.update(read, spec);
  }

  /** From here on its key is among {@link revocations}; pushing them is the caller's part. */
  async delete(read: HostRecord, nowMs: number): Promise<SealedWrite<HostSpec>> {
    return this.#specs.delete(read, nowMs);
  }

  /**
   * The NATS users that must not get in any more, derived from the deleted hosts: so
   * deleting and revoking are one write, and a revocation is never lost in between.
   */
  async revocations(nowMs: number): Promise<Revocations> {
    const reads = [...(await this.list()).values()];
    return rememberedRevocations(
      reads.flatMap((read) => revocationsOf(read)),
      nowMs,
    );
  }

  /** Writes the host's last status, JSON, if it is another one than before. Returns whether it was. */
  async putStatus(name: string, status: Buffer): Promise<boolean> {
    const before = this.#statuses.get(name) ?? (await this.readStatus(name));
    if (before?.equals(status) === true) return false;
    await this.#bucket.put(STATUS_PREFIX + name, status);
    this.#statuses.set(name, status);
    return true;
  }

  /** Unsigned: a hint from before this controller's start, never a reason to call a host compliant. */
  async readStatus(name: string): Promise<Buffer | undefined> {
    const entry = await this.#bucket.read(STATUS_PREFIX + name);
    return entry === undefined || entry.removed ? undefined : entry.value;
  }

  async removeStatus(name: string): Promise<void> {
    this.#statuses.delete(name);
    await this.#bucket.purge(STATUS_PREFIX + name);
  }
}

type RevokedKey = HostSpec["revoked"][number];

/** The NATS users that this record keeps out. One that is not believed says nothing. */
export function revocationsOf(read: SealedRead<HostSpec>): readonly Revocation[] {
  const keys =
    read.kind === "deleted"
      ? revokedBy(read.record.body, read)
      : read.kind === "found"
        ? read.record.body.revoked
        : [];
  return keys.map(({ natsPublicKey, until }) => [natsPublicKey, until]);
}

function revokedBy(
  spec: HostSpec,
  { deletedAtMs }: { readonly deletedAtMs: number },
): readonly RevokedKey[] {
  const until = Math.floor(deletedAtMs / 1000) + MARGIN_SECONDS;
  return [...spec.revoked, { natsPublicKey: spec.natsPublicKey, until }];
}
