import type { StateDirectory } from "./identity/state-directory.ts";
import { type User, userRecord } from "./identity/user.ts";
import type { UserStore } from "./store/users.ts";

/** Written by `init`, when there is no store yet that the first user could be put into. */
export const firstUserFile = "first-user.json";

export function firstUser(name: string, keyFingerprint: string, now: Date): User {
  const createdAt = now.toISOString();
  return { name, role: "guardrail-admin", keyFingerprint, createdAt, createdBy: "" };
}

/**
 * Puts the first user into a store that never had him; a revoked one does not come back. What the file says counts as
 * much as the keys beside it. Undefined, or why it cannot be read.
 */
export async function ensureFirstUser(
  directory: StateDirectory,
  users: UserStore,
): Promise<string | undefined> {
  const read = await directory.read(firstUserFile, userRecord);
  if (!read.ok) return read.message;
  await users.createFirst(read.value);
  return undefined;
}
