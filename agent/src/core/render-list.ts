import type { ResolvedList, ResolvedRule, Tier } from "@seawall/policy";
import { auditHolds } from "./render-holds.ts";
import { behindHoldChain } from "./render-names.ts";
import { ends } from "./render-peers.ts";
import type { Place } from "./render-place.ts";
import { originOf, ruleRules } from "./render-rule.ts";
import { verdicts } from "./render-verdicts.ts";
import type { Chain, Rule, Target } from "./ruleset.ts";

/**
 * One chain; behind each tier with a Pass another one for what comes after it, entered by goto from there, and in an
 * audit behind each rule that holds somebody. So a return leaves the whole list, from whichever of them, and the
 * defaults stand once, in the last. None where the list has nothing to say in this family.
 */
export function listChains(list: ResolvedList, place: Place, name: string): readonly Chain[] {
  const parts = splitAtPasses(list.rules).toReversed();
  const { chains } = parts.reduce(
    (behind, { suffix, rules }) => tierChains(rules, behind, place, `${name}${suffix}`),
    defaultsOf(list, place),
  );
  return unlessIdle(chains, place);
}

/** What comes behind some rules of a list. */
interface Behind {
  /** How a chain ends that goes on there. */
  readonly end: readonly Rule[];
  /** Where it is entered; absent while it has no chain of its own. */
  readonly target?: Target;
  readonly chains: readonly Chain[];
}

function defaultsOf(list: ResolvedList, place: Place): Behind {
  const end = defaultRules(list, place);
  return list.defaultAction === "Allow"
    ? { end, target: place.onward, chains: [] }
    : { end, chains: [] };
}

function tierChains(
  rules: readonly ResolvedRule[],
  behind: Behind,
  place: Place,
  name: string,
): Behind {
  const passed = behind.target ?? place.onward;
  let after = behind;
  let own: readonly Rule[] = [];
  for (const rule of rules.toReversed()) {
    for (const end of ends.toReversed()) {
      if (!place.audit || (rule[end]?.unresolved ?? []).length === 0) continue;
      const behindName = behindHoldChain(name, `${rule.policy}/${rule.rule} ${end}`);
      const next = inChain(own, after, behindName, "the rest");
      const holds = auditHolds(rule, end, place, behindName, next.target);
      after = { ...next, chains: [...next.chains, ...holds.chains] };
      own = holds.rules;
    }
    own = [...ruleRules(rule, place, passed), ...own];
  }
  return inChain(own, after, name, "the next tier");
}

/** A chain that would only lead on is left out. */
function inChain(
  rules: readonly Rule[],
  { end, target: next, chains }: Behind,
  name: string,
  label: string,
): Behind & { readonly target: Target } {
  if (rules.length === 0 && next !== undefined) return { end, target: next, chains };
  const target = { kind: "goto", chain: name } as const;
  return {
    end: [{ match: [], target, label }],
    target,
    chains: [{ name, rules: [...rules, ...end] }, ...chains],
  };
}

/** The chains, or none where they change nothing: whoever would be led into them is led onward instead. */
export function unlessIdle(chains: readonly Chain[], { onward }: Place): readonly Chain[] {
  const does = ({ origin, target }: Rule): boolean => {
    if (origin !== undefined) return true;
    // A return is something where what it has nothing against would go elsewhere.
    if (target.kind === "return") return onward.kind !== "return";
    return target.kind !== "goto";
  };
  return chains.some(({ rules }) => rules.some(does)) ? chains : [];
}

/** The end of a chain that has nothing against a packet. It is a return already. */
export function goOn({ onward }: Pick<Place, "onward">): readonly Rule[] {
  return onward.kind === "return"
    ? []
    : [{ match: [], target: onward, label: "nothing against it" }];
}

/** What follows a tier with a Pass: the tiers behind it, or nothing but the defaults. */
const suffixBehind: Readonly<Record<Tier, string>> = {
  Guardrail: "-S",
  Standard: "-B",
  Baseline: "-D",
};

/** The rules up to the end of each tier with a Pass, and those behind the last one. */
function splitAtPasses(
  rules: readonly ResolvedRule[],
): readonly { readonly suffix: string; readonly rules: readonly ResolvedRule[] }[] {
  const passing = new Set(rules.flatMap(({ action, tier }) => (action === "Pass" ? [tier] : [])));
  let part = { suffix: "", rules: [] as ResolvedRule[] };
  const parts = [part];
  for (const [index, rule] of rules.entries()) {
    part.rules.push(rule);
    if (!passing.has(rule.tier) || rules[index + 1]?.tier === rule.tier) continue;
    part = { suffix: suffixBehind[rule.tier], rules: [] };
    parts.push(part);
  }
  return parts;
}

function defaultRules(
  { defaultAction, defaultPolicy, defaultAudited }: ResolvedList,
  place: Place,
): readonly Rule[] {
  if (defaultAction === "Allow") return goOn(place);
  const named = {
    policy: defaultPolicy ?? "",
    rule: "default",
    ...(defaultAudited === undefined ? {} : { audited: defaultAudited }),
  };
  return verdicts(defaultAction, [], place).map((verdict) => ({
    ...verdict,
    label: `${named.policy}/default`,
    ...(defaultPolicy === undefined ? {} : originOf(named, verdict.target, place)),
  }));
}
