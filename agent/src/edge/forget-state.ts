import { rmdir } from "node:fs/promises";
import { createCutRecords } from "./cut-records.ts";
import { createHostSnapshots } from "./host-snapshot-file.ts";
import { IdentityStore } from "./identity-store.ts";
import type { createLastGood } from "./last-good.ts";
import { createOpenings } from "./openings.ts";
import { createRulesRecords } from "./rules-records.ts";

/**
 * Removes what an agent has written into its state directory, and the directory if nothing else is in
 * it: it may have been set to one that others use too, or be mounted.
 */
export async function forgetState(
  stateDirectory: string,
  lastGood: Pick<ReturnType<typeof createLastGood>, "remove">,
): Promise<void> {
  await lastGood.remove();
  await createOpenings(stateDirectory).remove();
  await createHostSnapshots(stateDirectory).remove();
  await createCutRecords(stateDirectory).remove();
  await createRulesRecords(stateDirectory).remove();
  await new IdentityStore(stateDirectory).remove();
  try {
    await rmdir(stateDirectory);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EBUSY") throw error;
  }
}
