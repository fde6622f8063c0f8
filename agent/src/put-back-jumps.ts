import { type Difference, describe } from "./core/diff.ts";
import { jumpCommits, missingJumps } from "./core/found-rules.ts";
import type { FailedCall, Firewall, Look, Reading } from "./ports.ts";

export type PutBack =
  | { readonly kind: "nothing" }
  /** Read back: this was missing, and is there. */
  | { readonly kind: "done"; readonly what: readonly Difference[]; readonly observed: Reading }
  | FailedCall;

/** Has the rules that are in the kernel asked again, ahead of all else, and leaves them as they are. */
export async function putBackJumps(
  observed: Reading,
  { firewall, look }: { readonly firewall: Firewall; readonly look: Look },
): Promise<PutBack> {
  const what = missingJumps(observed);
  if (what.length === 0) return { kind: "nothing" };
  for (const commit of jumpCommits(observed)) {
    const result = await firewall.apply(commit);
    if (result.kind === "failed") return result;
  }
  const after = await firewall.observe(look);
  if (after.kind === "failed") return after;
  const left = missingJumps(after);
  if (left.length === 0) return { kind: "done", what, observed: after };
  const message = `what leads to the rules is not back: ${left
    .map((it) => `${it.family}: ${describe(it)}`)
    .join("; ")}`;
  return { kind: "failed", failure: { class: "retry", reason: "ReadBackDiffers", message } };
}
