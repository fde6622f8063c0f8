import type { Action, ResolvedRule } from "@seawall/policy";
import { markDenied } from "./denied-mark.ts";
import { type LayoutRule, type ListChain, list, type Match } from "./layout.ts";
import type { Origin } from "./origin.ts";
import { heldPrefix, logPrefix, logRule, logText } from "./render-log.ts";
import { denialChain, deniedChain } from "./render-names.ts";
import type { Place, RenderContext } from "./render-place.ts";
import { verdicts } from "./render-verdicts.ts";
import type { Target } from "./ruleset.ts";

/** A rule that denies, or a default action that does. */
export interface Denial extends Pick<ResolvedRule, "policy" | "rule" | "audited"> {
  readonly action: Exclude<Action, "Allow">;
}

/** One of the matches of a policy rule: both have to fit. */
export interface RuleMatch {
  readonly peer: readonly Match[];
  readonly port: readonly Match[];
}

export interface RenderedRule {
  readonly rules: readonly LayoutRule[];
  /** Where these lead. The same for the same policy rule wherever it stands. */
  readonly chains: readonly ListChain[];
}

/**
 * A denial, ahead of it what tells NFLOG of it. Where it takes many matches these lead to a chain of its own, so
 * that a packet which it lets by is not compared with each of them twice, and a family has half the rules.
 */
export function denialRules(
  denial: Denial,
  matches: readonly RuleMatch[],
  place: Place,
): RenderedRule {
  const label = `${denial.policy}/${denial.rule}`;
  const prefix = logPrefix(denial);
  const isTold = tells(denial, place);
  const decided = ({ match, target }: Pick<LayoutRule, "match" | "target">): LayoutRule => ({
    match,
    target,
    label,
    ...originOf(denial, target, place, isTold ? prefix : undefined),
  });
  const ledTo = (chain: string): readonly LayoutRule[] =>
    matches.map(({ peer, port }) =>
      decided({ match: [...peer, ...port], target: { kind: "goto", chain } }),
    );
  if (matches.length === 0) return { rules: [], chains: [] };
  if (isTold && (place.audit || isMany(matches))) {
    const name = denialChain(logText(denial));
    const end = place.audit
      ? [markDenied]
      : verdicts(denial.action, [], place).map((rule) => ({ ...rule, label }));
    return { rules: ledTo(name), chains: [list(name, [logRule([], label, prefix), ...end])] };
  }
  if (place.audit) return { rules: ledTo(deniedChain), chains: [] };
  const rules = matches.flatMap(({ peer, port }) => [
    ...(isTold ? [logRule([...peer, ...port], label, prefix)] : []),
    ...verdicts(denial.action, port, place).map(({ match, target }) =>
      decided({ match: [...peer, ...match], target }),
    ),
  ]);
  return { rules, chains: [] };
}

/** Whether some backend takes more than one rule for them: iptables does for each of some addresses. */
function isMany(matches: readonly RuleMatch[]): boolean {
  return (
    matches.length > 1 || matches.some(({ peer, port }) => [...peer, ...port].some(isOneOfSome))
  );
}

function isOneOfSome(match: Match): boolean {
  switch (match.kind) {
    case "addresses":
      return match.key === undefined && match.cidrs.length > 1;
    case "ports":
      return match.ranges.length > portsTogether;
    default:
      return false;
  }
}

/** So many ports or ranges of them are one match of iptables, whichever they are. */
const portsTogether = 7;

/** In an audit what is enforced is not told of, it is where it happens; and what the guard drops, filter has let by. */
function tells(
  { audited }: Pick<ResolvedRule, "audited">,
  { audit, guard }: RenderContext,
): boolean {
  return !guard && (!audit || audited === true);
}

/**
 * In an audit only what is in Audit counts: the rest counts where it is enforced. In the guard only what it denies:
 * what it lets through, filter has let through with good reason.
 */
export function originOf(
  { policy, rule, audited }: Pick<ResolvedRule, "policy" | "rule" | "audited">,
  target: Target,
  { audit, guard, scope, network }: Place,
  logged?: string,
): { readonly origin?: Origin } {
  if (audit && audited === undefined) return {};
  if (guard && target.kind !== "drop") return {};
  const origin = {
    policy,
    rule,
    direction: scope,
    network,
    ...(guard ? { guard } : {}),
    ...(logged === undefined ? {} : { logged }),
  };
  return { origin: audited === undefined ? origin : { ...origin, audited } };
}

/** What is nobody's that is known is dropped; in an audit it is nobody's business any more. */
export function heldRules(
  { audit, guard }: Pick<RenderContext, "audit" | "guard">,
  label: string,
  match: readonly Match[] = [],
): readonly LayoutRule[] {
  if (audit) return [{ match, target: { kind: "goto", chain: deniedChain }, label }];
  const drop: LayoutRule = { match, target: { kind: "drop" }, label };
  return guard ? [drop] : [logRule(match, label, heldPrefix), drop];
}
