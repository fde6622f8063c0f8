import { rm, stat } from "node:fs/promises";
import { removeCgroups } from "./cgroups.ts";
import { labDir, listLabIds, readLabRecord } from "./lab-folder.ts";
import type { Progress } from "./private-apt.ts";
import { isAlive } from "./process-identity.ts";

/** Without a record a folder may belong to a lab that is just starting; after this long it cannot. */
const startingMs = 10 * 60_000;

/**
 * Removes what is left of labs whose warden was killed: their processes ended with it, their
 * cgroups and folders stayed.
 */
export async function sweepLabs(progress: Progress): Promise<void> {
  for (const id of await listLabIds()) {
    const record = await readLabRecord(id);
    if (record === undefined) {
      const changed = await stat(labDir(id)).then(
        (stats) => stats.mtimeMs,
        () => Date.now(),
      );
      if (Date.now() - changed < startingMs) continue;
    } else if (await isAlive(record.warden)) {
      continue;
    }
    progress(`removing what is left of lab ${id}`);
    try {
      await removeCgroups(id);
      await rm(labDir(id), { recursive: true, force: true });
    } catch (error) {
      // It may run in another pid namespace; not our concern, and no reason not to start.
      progress(`lab ${id} cannot be removed: ${error instanceof Error ? error.message : ""}`);
    }
  }
}
