import { setTimeout as sleep } from "node:timers/promises";
import { emptyTally } from "./core/counters.ts";
import type { Failure } from "./core/failure.ts";
import { emptyRuleset } from "./core/ruleset.ts";
import { type NotEmpty, unreadText } from "./core/unread-variants.ts";
import { type EnforceEdges, enforce } from "./enforce.ts";
import { findOurs } from "./find-ours.ts";
import type { Firewall, LastGood, Reading } from "./ports.ts";
import { sweep } from "./sweep.ts";

export type Uninstalled =
  /** Read back: no chain, no jump, no set and no table of ours is left. */
  | { readonly kind: "removed"; readonly hadRules: boolean }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Takes our rules and sets out of the kernel, out of both variants of iptables and of nftables, and undoes what we did to DOCKER-USER and
 * FORWARD. Only while no agent runs, or it would put everything back. The last good bundle
 * stays on disk for the caller to delete.
 */
export async function uninstall(firewall: Firewall, lastGood: LastGood): Promise<Uninstalled> {
  const footprint = await lastGood.readFootprint();
  const found = {
    footprint: footprint === "damaged" ? {} : footprint,
    tally: emptyTally,
    fresh: true,
  };
  const ours = await findOurs(firewall, found.footprint);
  if (ours.kind === "failed") return ours;
  const { look, observed, unread } = ours;
  if (unread.length > 0) return { kind: "failed", failure: notRead(unread) };
  const unreadable = setsOutOfReach(observed);
  if (unreadable !== undefined) return { kind: "failed", failure: unreadable };
  const edges = { firewall, lastGood, look };
  // First what was left behind elsewhere: it may name sets that go with the rest.
  const swept = await sweep(observed.elsewhere, found, edges);
  if (swept.failure !== undefined) return { kind: "failed", failure: swept.failure };
  let { hadRules } = swept;
  const result = await enforce(emptyRuleset, swept.state, observed, edges, () => {
    hadRules = true;
  });
  const failure = result.failure ?? (await untilSetsAreGone(edges));
  return failure === undefined ? { kind: "removed", hadRules } : { kind: "failed", failure };
}

function notRead(unread: readonly NotEmpty[]): Failure {
  const message = `nothing was removed: ${unreadText(unread)}; then run this again`;
  return { class: "wait", reason: "VariantUnread", message };
}

// Once the rules are gone, nothing would tell that there are sets.
function setsOutOfReach({ elsewhere, ...inUse }: Reading): Failure | undefined {
  if (inUse.ipset !== "missing") return undefined;
  const all = [inUse, elsewhere].flatMap(({ IPv4, IPv6 }) => [IPv4, IPv6]);
  const sets = all.flatMap((it) => (it === "absent" ? [] : [...it.setsInUse]));
  if (sets.length === 0) return undefined;
  return {
    class: "wait",
    reason: "IpsetMissing",
    message: `nothing was removed: the rules name address sets (${sets.join(", ")}), and ipset is not here to remove them; install the package ipset and run this again`,
  };
}

const tries = 20;
const tryAgainMs = 100;

/** The kernel lets go of a set only a moment after the last rule that named it. */
async function untilSetsAreGone({ firewall, look }: EnforceEdges): Promise<Failure | undefined> {
  for (let left = tries; ; left -= 1) {
    const observed = await firewall.observe(look);
    if (observed.kind === "failed") return observed.failure;
    const sets = observed.ipset === "missing" ? [] : [...observed.ipset.keys()];
    if (sets.length === 0) return undefined;
    if (left === 0) return heldSets(sets);
    await sleep(tryAgainMs);
    await firewall.destroySets(sets);
  }
}

function heldSets(sets: readonly string[]): Failure {
  return {
    class: "wait",
    reason: "SetsInUse",
    message: `the rules are removed, but the sets ${sets.join(", ")} are still named by rules of somebody else; remove these and run this again`,
  };
}
