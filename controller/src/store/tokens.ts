import type { JoinTokens } from "../identity/enrol.ts";
import type { JoinTokenRecord } from "../identity/join-token.ts";
import type { SealedBucket } from "./sealed-bucket.ts";

export const TOKEN_PREFIX = "token.";

/** Join tokens, sealed: who can write to the store can neither make one nor give one its uses back. */
export class TokenStore implements JoinTokens {
  readonly #tokens: SealedBucket<JoinTokenRecord>;

  constructor(tokens: SealedBucket<JoinTokenRecord>) {
    this.#tokens = tokens;
  }

  /** @throws TamperedError */
  async get(
    id: string,
  ): Promise<{ readonly token: JoinTokenRecord; readonly version: number } | undefined> {
    const record = await this.#tokens.find(id);
    return record === undefined ? undefined : { token: record.body, version: record.version };
  }

  /** False when the id is taken, now or ever. */
  async create(token: JoinTokenRecord): Promise<boolean> {
    const before = await this.#tokens.read(token.id);
    if (before.kind === "deleted") return false;
    return (await this.#tokens.create(token.id, token)).kind === "written";
  }

  async replace(token: JoinTokenRecord, version: number): Promise<boolean> {
    const record = await this.#tokens.find(token.id);
    if (record?.version !== version) return false;
    return (await this.#tokens.update(record, token)).kind === "written";
  }

  /** However many are joining with it: each of those that win ends. Undefined when there is none. @throws TamperedError */
  async delete(id: string, nowMs: number): Promise<JoinTokenRecord | undefined> {
    for (;;) {
      const record = await this.#tokens.find(id);
      if (record === undefined) return undefined;
      if ((await this.#tokens.delete(record, nowMs)).kind === "written") return record.body;
    }
  }

  /** Those whose record is not believed let nobody in, and are left out. */
  async list(): Promise<readonly JoinTokenRecord[]> {
    const reads = [...(await this.#tokens.list()).values()];
    return reads.flatMap((read) => (read.kind === "found" ? [read.record.body] : []));
  }
}
