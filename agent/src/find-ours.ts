import type { Footprint } from "./core/footprint.ts";
import type { ObservedTables } from "./core/observed-kernel.ts";
import { isDone, planChange } from "./core/plan.ts";
import { emptyRuleset } from "./core/ruleset.ts";
import { type NotEmpty, notEmpty } from "./core/unread-variants.ts";
import type { FailedCall, Firewall, Look, Reading } from "./ports.ts";

export interface FoundOurs {
  readonly kind: "found";
  /** By which it was found. */
  readonly look: Look;
  readonly observed: Reading;
  /** Something of ours is in the kernel, in whatever backend. */
  readonly hasRules: boolean;
  /** Variants of iptables that cannot be read and may hold more of it. */
  readonly unread: readonly NotEmpty[];
}

/**
 * Looks for whatever is ours, whether or not there is a record of it, in both variants of iptables and in nftables. What
 * cannot be read is a failure, but for programs that are not installed: a table that was recorded is to be seen, and of
 * iptables and nft one has to be there.
 */
export async function findOurs(
  firewall: Firewall,
  footprint: Footprint,
): Promise<FoundOurs | FailedCall> {
  if (footprint.table !== undefined) return await findBy(firewall, byNft, footprint);
  const found = await findBy(firewall, byIptables, footprint);
  const isWithoutIptables = found.kind === "failed" && found.failure.reason === "IptablesMissing";
  return isWithoutIptables ? await findBy(firewall, byNft, footprint) : found;
}

const byIptables: Look = { enforcement: "iptables", lastUsed: {}, nft: "ifInstalled" };
const byNft: Look = { enforcement: "nftables", lastUsed: {}, nft: "yes" };

async function findBy(
  firewall: Firewall,
  look: Look,
  footprint: Footprint,
): Promise<FoundOurs | FailedCall> {
  const observed = await firewall.observe(look);
  if (observed.kind === "failed") return observed;
  const [failure] = observed.failures;
  if (failure !== undefined) return { kind: "failed", failure };
  const elsewhere = { ...observed.elsewhere, ipset: "missing" } as const;
  const unread = notEmpty(observed.unread, footprint);
  return { kind: "found", look, observed, hasRules: [observed, elsewhere].some(hasOurs), unread };
}

function hasOurs(observed: ObservedTables): boolean {
  return !isDone(planChange(emptyRuleset, observed, {}));
}
