import { eventually } from "@seawall/lab";
import type { Status } from "../core/status.ts";
import type { Reconciler } from "../reconciler.ts";

/** Looks until what was asked for is in force and confirmed, or has failed to be. */
export async function settled(reconciler: Pick<Reconciler, "observeNow">): Promise<Status> {
  return await eventually(
    async () => {
      const status = await reconciler.observeNow();
      return status.state === "Applying" ? undefined : status;
    },
    { what: "a bundle to be confirmed", timeoutMs: 60_000, intervalMs: 50 },
  );
}
