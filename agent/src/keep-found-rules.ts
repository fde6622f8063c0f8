import { differenceId } from "./core/diff.ts";
import type { ReadAt } from "./earlier-reading.ts";
import type { Outcome } from "./enforcement.ts";
import type { Clock, Firewall, Log, Look, Reading } from "./ports.ts";
import { putBackJumps } from "./put-back-jumps.ts";
import { readingOf } from "./reading-findings.ts";

interface Ports {
  readonly firewall: Firewall;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** Where nobody can tell yet what is to be in the kernel: what is there stays, and is asked. */
export async function keepFoundRules(
  { firewall, clock, log }: Ports,
  {
    look,
    observed,
    readAt,
  }: { readonly look: Look; readonly observed: Reading; readonly readAt: ReadAt },
): Promise<Outcome> {
  const nothingElse = { phase: "done", isRead: false, drift: [], failures: [] } as const;
  const back = await putBackJumps(observed, { firewall, look });
  const news = readingOf(observed, readAt.wallMs);
  switch (back.kind) {
    case "nothing":
      return { ...nothingElse, news };
    case "failed":
      return { ...nothingElse, failure: back.failure, news };
    case "done":
      log.warn(
        { what: back.what.map(differenceId) },
        "what leads to the rules was missing and is back",
      );
      return {
        ...nothingElse,
        news: readingOf(back.observed, clock.now()),
        observed: back.observed,
      };
  }
}
