import type { AppliedCuts__Output, HostReport__Output } from "@seawall/proto";
import { possibleConnections } from "./possible-connections.ts";
import type { RolloutHealth } from "./rollout-host.ts";

/** What the gate asks of a report. */
export type ReportedDrops = Pick<HostReport__Output, "observedEpoch" | "revision" | "appliedCuts">;

/**
 * How a host is by the gate NewDrops, which asks of one that is well: has the revision cut live connections that
 * nobody had been told of? Of one that does not say so nothing is known, and what is not known does not pass.
 * @param report its newest. Which bundle it is about is proven where the host is well; whose revision that is of may be an
 * older one than the host is on, where both say the same.
 */
export function withNewDrops(
  health: RolloutHealth,
  report: ReportedDrops | undefined,
): RolloutHealth {
  if (health.kind !== "well") return health;
  const cuts = report?.appliedCuts;
  const isOfThis = cuts?.epoch === report?.observedEpoch && cuts?.revision === report?.revision;
  if (cuts == null || !isOfThis) {
    return { kind: "failed", reason: "DropsNotTold", message: notTold };
  }
  if (cuts.unannounced === 0) return health;
  return { kind: "failed", reason: "UnannouncedDrops", message: inWords(cuts) };
}

const notTold =
  "it does not say which live connections the revision has cut: its agent is older than the gate NewDrops, or was started again in the middle. Upgrade it if it is older; then seawall rollout resume";

const next =
  "If they may be cut: seawall rollout undo, then seawall diff -f, which announces it, and apply again";

function inWords({ cut, unannounced, announced, first }: AppliedCuts__Output): string {
  const what = announced
    ? `of ${connections(cut)} that it has cut, ${String(unannounced)} are outside of what seawall diff had announced`
    : `it has cut ${connections(unannounced)}, and seawall diff had not announced exactly this change for it`;
  const named = first.slice(0, MOST_NAMED).flatMap(connectionInWords);
  return [`${what}${named.length === 0 ? "" : `: ${named.join("; ")}`}`, next].join(". ");
}

const MOST_NAMED = 2;
/** Names of policies and rules are not longer. */
const LONGEST_NAME = 63;

function connections(count: number): string {
  return count === 1 ? "1 live connection" : `${String(count)} live connections`;
}

/** Of what a host names, as much as can be a connection. */
function connectionInWords({
  connection,
  policy,
  rule,
}: AppliedCuts__Output["first"][number]): readonly string[] {
  const why =
    policy === ""
      ? "held"
      : `policy ${policy.slice(0, LONGEST_NAME)}, rule ${rule.slice(0, LONGEST_NAME)}`;
  return possibleConnections(connection === null ? [] : [connection]).map(
    ({ protocol, source, destination, port }) =>
      `${protocol} ${source} to ${destination}${port === 0 ? "" : ` port ${String(port)}`} (${why})`,
  );
}
