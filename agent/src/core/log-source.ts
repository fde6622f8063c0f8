import type { RuleAction } from "@seawall/policy";
import type { RuleCount } from "./counters.ts";
import { heldPrefix, type LoggedRule } from "./render-log.ts";

/** What an entry's prefix names. */
export type LogSource =
  | ({ readonly kind: "rule" } & LoggedRule)
  /** An address, a bridge or a published port that is not known, which no rule decides. */
  | { readonly kind: "held" };

/** Which entries are asked for; neither: all. */
export interface LogFilter {
  /** Of what is denied. */
  readonly denied: boolean;
  /** Of what would be, were it not in Audit. */
  readonly audited: boolean;
}

const actions: ReadonlyMap<string, RuleAction> = new Map([
  ["allow", "Allow"],
  ["deny", "Deny"],
  ["reject", "Reject"],
  ["pass", "Pass"],
]);

/** undefined: it is none of ours; anybody may use the group. Names that were cut are as they were cut. */
export function logSource(prefix: string): LogSource | undefined {
  if (prefix === heldPrefix) return { kind: "held" };
  const { audit, verb = "", policy = "", rule = "" } = pattern.exec(prefix)?.groups ?? {};
  const action = actions.get(verb);
  if (action === undefined) return undefined;
  return { kind: "rule", action, policy, rule, ...(audit === undefined ? {} : { audited: true }) };
}

const pattern = /^(?<audit>audit )?(?<verb>[a-z]+) (?<policy>[^/]*)\/(?<rule>.*)$/;

export function isAskedFor(source: LogSource, { denied, audited }: LogFilter): boolean {
  if (!denied && !audited) return true;
  if (source.kind === "held") return denied;
  if (source.action !== "Deny" && source.action !== "Reject") return false;
  return source.audited === true ? audited : denied;
}

/** How many packets the rules that are asked for have matched between two readings of their counters. */
export function matchedBetween(
  before: readonly RuleCount[],
  after: readonly RuleCount[],
  filter: LogFilter,
): number {
  const known = new Map(before.map((count) => [keyOf(count), count.packets]));
  return after.reduce((sum, count) => {
    const source = count.logged === undefined ? undefined : logSource(count.logged);
    if (source === undefined || !isAskedFor(source, filter)) return sum;
    // A rule that was taken out and put back counts from zero.
    const grown = count.packets - (known.get(keyOf(count)) ?? 0);
    return sum + (grown < 0 ? count.packets : grown);
  }, 0);
}

function keyOf({ family, logged, direction, network }: RuleCount): string {
  return JSON.stringify([family, logged, direction, network]);
}
