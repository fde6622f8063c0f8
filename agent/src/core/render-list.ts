import { type ResolvedList, type ResolvedRule, remembered, type Tier } from "@seawall/policy";
import { list as chainOf, type LayoutRule, type ListChain } from "./layout.ts";
import { denialRules, type RenderedRule } from "./render-denial.ts";
import { deniedChain } from "./render-names.ts";
import { goBack, type Place } from "./render-place.ts";
import { ruleRules } from "./render-rule.ts";
import type { Target } from "./ruleset.ts";

/**
 * One chain; behind each tier with a Pass another one for what comes after it, entered by goto from there.
 * So a return leaves the whole list, from whichever of them, and the defaults stand once, in the last.
 * Behind them the chains of its denials. None where the list has nothing to say in this family.
 */
export function listChains(list: ResolvedList, place: Place, name: string): readonly ListChain[] {
  const defaults = defaultRules(list, place);
  const saysNothing = list.defaultAction === "Allow";
  let chains: readonly ListChain[] = [];
  const denials: ListChain[] = [...defaults.chains];
  for (const { suffix, rules } of splitAtPasses(list.rules).toReversed()) {
    const [next] = chains;
    const passed = passedTo(next?.name);
    const render = rulesAt(place, passed);
    const rendered = rules.map((rule) => render(rule));
    const own = rendered.flatMap((rule) => rule.rules);
    denials.unshift(...rendered.flatMap((rule) => rule.chains));
    // A chain that would only lead on is left out.
    if (own.length === 0 && (next !== undefined || saysNothing)) continue;
    const end =
      next === undefined ? defaults.rules : [{ match: [], target: passed, label: "the next tier" }];
    chains = [chainOf(`${name}${suffix}`, [...own, ...end]), ...chains];
  }
  return unlessIdle([...chains, ...denials], place);
}

const passedTo = (next: string | undefined): Target =>
  next === undefined ? goBack : { kind: "goto", chain: next };

/** At one place: of the rules of a list mostly one changes, and the others are rendered once. */
const rulesAt = remembered((place: Place, passed: Target) =>
  remembered((rule: ResolvedRule) => ruleRules(rule, place, passed)),
);

/** The chains, or none where they change nothing. */
export function unlessIdle(chains: readonly ListChain[], { asksOn }: Place): readonly ListChain[] {
  const does = ({ origin, target }: LayoutRule): boolean => {
    if (origin !== undefined) return true;
    if (target.kind !== "goto") return target.kind !== "return";
    // It keeps whoever is asked behind from counting what is denied here.
    return target.chain === deniedChain && asksOn;
  };
  return chains.some(({ rules }) => rules.some(does)) ? chains : [];
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
): RenderedRule {
  if (defaultAction === "Allow") return { rules: [], chains: [] };
  if (defaultPolicy === undefined) throw new Error("a default denies, and no policy says so");
  const denial = {
    action: defaultAction,
    policy: defaultPolicy,
    rule: "default",
    ...(defaultAudited === undefined ? {} : { audited: defaultAudited }),
  };
  return denialRules(denial, [{ peer: [], port: [] }], place);
}
