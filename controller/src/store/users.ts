import type { User } from "../identity/user.ts";
import type { SealedBucket } from "./sealed-bucket.ts";

export const USER_PREFIX = "user.";

/** Users, sealed: who can write to the store can neither make one nor give one a role. */
export class UserStore {
  readonly #users: SealedBucket<User>;

  constructor(users: SealedBucket<User>) {
    this.#users = users;
  }

  /** Undefined: there is none, or it was revoked. @throws TamperedError */
  async find(name: string): Promise<User | undefined> {
    return (await this.#users.find(name))?.body;
  }

  /** Sorted by name; those whose record is not believed may not call, and are left out. */
  async list(): Promise<readonly User[]> {
    const reads = [...(await this.#users.list()).values()];
    return reads
      .flatMap((read) => (read.kind === "found" ? [read.record.body] : []))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** False when there is a user of this name. One that was revoked makes way. */
  async create(user: User): Promise<boolean> {
    return (await this.#users.create(user.name, user)).kind === "written";
  }

  /** The first user, unless there is or ever was one of this name: a revoked one must not come back. */
  async createFirst(user: User): Promise<void> {
    if ((await this.#users.read(user.name)).kind === "absent") await this.create(user);
  }

  /** False when there is no such user, or it was changed at the same time. */
  async delete(name: string, nowMs: number): Promise<boolean> {
    const record = await this.#users.find(name);
    if (record === undefined) return false;
    return (await this.#users.delete(record, nowMs)).kind === "written";
  }
}
