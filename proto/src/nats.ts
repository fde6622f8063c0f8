/**
 * Every NATS name of Seawall. Controllers live in account CTRL, agents in
 * account AGENTS; an agent reaches CTRL only through the two imports below.
 */
export const accounts = { controller: "CTRL", agents: "AGENTS", system: "SYS" } as const;

/** JetStream key-value buckets, all in account CTRL. */
export const buckets = {
  /** Resource documents by sha256 of their bytes. Immutable. */
  blobs: "blobs",
  /** Signed revisions by number. Created once, never changed. */
  revisions: "revisions",
  /** `spec.<host>`: signed host specs. `status.<host>`: last reported state, unsigned. */
  hosts: "hosts",
  /** Which revision is rolled out where. */
  rollouts: "rollouts",
  /** `<host>`: the signed bundle. History 1; every write rings `bell.<host>`. */
  desired: "desired",
  /** Large address lists by sha256. */
  sets: "sets",
  /** Who leads. Lost when not renewed; liveness only, every write is a CAS. */
  leader: "leader",
  /** Store epoch, join tokens. */
  meta: "meta",
} as const;

/** Rung after each write of the host's bundle: headers only, a hint and nothing more. */
export function bellSubject(host: string): string {
  return `bell.${host}`;
}

/** Answers with the host's newest bundle. */
export function desiredGetSubject(host: string): string {
  return `desired.get.${host}`;
}

/** Where an agent receives its answers; its permissions name exactly this prefix. */
export function inboxPrefix(host: string): string {
  return `_INBOX.${host}`;
}

/** What `bell.*` and `desired.get.*` are inside account CTRL. */
export const exported = {
  bell: "bell.*",
  desiredGet: `$JS.API.DIRECT.GET.KV_${buckets.desired}.$KV.${buckets.desired}.*`,
} as const;

/** The same two inside account AGENTS. */
export const imported = { bell: "bell.*", desiredGet: "desired.get.*" } as const;

/**
 * Rung inside CTRL after each write of a bucket, headers only: a hint for the
 * controllers' caches. `*` and `>` may stand in the key. The bundles' bell serves here too.
 */
export function changedSubject(bucket: string, key: string): string {
  return bucket === buckets.desired ? bellSubject(key) : `changed.${bucket}.${key}`;
}
