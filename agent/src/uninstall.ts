import { emptyTally } from "./core/counters.ts";
import type { Failure } from "./core/failure.ts";
import type { HashedRuleset } from "./core/hash.ts";
import { enforce } from "./enforce.ts";
import type { Firewall, LastGood } from "./ports.ts";

export type Uninstalled =
  /** Read back: no chain and no jump of ours is left. */
  | { readonly kind: "removed"; readonly hadRules: boolean }
  | { readonly kind: "failed"; readonly failure: Failure };

const nothing: HashedRuleset = { IPv4: [], IPv6: [] };

/**
 * Takes our rules out of the kernel, one commit per family, and undoes what we did to DOCKER-USER and
 * FORWARD. Only while no agent runs, or it would put everything back. The last good bundle
 * stays on disk for the caller to delete.
 */
export async function uninstall(firewall: Firewall, lastGood: LastGood): Promise<Uninstalled> {
  const footprint = await lastGood.readFootprint();
  const observed = await firewall.observe();
  if (observed.kind === "failed") return observed;
  let hadRules = false;
  const result = await enforce(
    nothing,
    { footprint: footprint === "damaged" ? {} : footprint, tally: emptyTally, fresh: true },
    observed,
    { firewall, lastGood },
    () => {
      hadRules = true;
    },
  );
  return result.failure === undefined
    ? { kind: "removed", hadRules }
    : { kind: "failed", failure: result.failure };
}
