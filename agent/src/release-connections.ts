import { elapsedMs } from "./core/moment.ts";
import { families } from "./core/ruleset.ts";
import type { Clock, Conntrack } from "./ports.ts";

/** Nobody who uninstalls waits for longer. */
const mostMs = 60_000;

/** Takes our bit out of all live connections; where that fails or takes too long, of as many as can be. */
export async function releaseConnections(
  conntrack: Pick<Conntrack, "mark">,
  clock: Pick<Clock, "moment">,
): Promise<void> {
  const since = clock.moment();
  const isTime = () => (elapsedMs(since, clock.moment()) ?? Infinity) < mostMs;
  for (const family of families) {
    let { kind } = await conntrack.mark({ family }, false);
    while (kind === "more" && isTime()) ({ kind } = await conntrack.mark({ family }, false));
  }
}
