import { type Family, remembered } from "@seawall/policy";
import { type Dispatched, dispatchChains } from "./iptables-dispatch.ts";
import { type Ipset, iptablesMatch } from "./iptables-match.ts";
import {
  atInterface,
  type DispatchChain,
  type End,
  type LayoutChain,
  type Dispatched as LayoutDispatched,
  type LayoutRule,
  type ListChain,
  type Match,
} from "./layout.ts";
import type { Chain, Rule } from "./ruleset.ts";

/** The chains of iptables that do what these do. */
export const iptablesChains = remembered(
  (layout: readonly LayoutChain[], family: Family, ipset: Ipset): readonly Chain[] =>
    layout.flatMap((chain) =>
      chain.kind === "list" ? [listing(chain, family, ipset)] : dispatching(chain, family, ipset),
    ),
);

const listing = remembered(
  ({ name, rules }: ListChain, family: Family, ipset: Ipset): Chain => ({
    name,
    rules: rules.flatMap((rule) => sameRulesOf(family, ipset, rule)),
  }),
);

/** Of the rules of a list mostly one changes. */
const sameRulesOf = remembered((family: Family, ipset: Ipset, rule: LayoutRule) =>
  rulesOf(rule, family, ipset),
);

function rulesOf({ match, ...rule }: LayoutRule, family: Family, ipset: Ipset): readonly Rule[] {
  return iptablesMatch(match, family, ipset).map((words) => ({ match: words, ...rule }));
}

const dispatching = remembered(
  ({ name, end, entries, rest }: DispatchChain, family: Family, ipset: Ipset): readonly Chain[] => {
    const dispatched = entries.map((entry) => dispatchedRules(entry, end, family, ipset));
    const others = rest.flatMap((rule) => rulesOf(rule, family, ipset));
    return dispatchChains(name, end, dispatched, others);
  },
);

function dispatchedRules(
  { at, rules }: LayoutDispatched,
  end: End,
  family: Family,
  ipset: Ipset,
): Dispatched {
  const dispatched = rules.flatMap((rule) =>
    rulesOf({ ...rule, match: inOrder([atInterface(end, at), ...rule.match]) }, family, ipset),
  );
  return { at, rules: dispatched };
}

/** Where a packet comes in before where it goes out, as people write it. */
function inOrder(match: readonly Match[]): readonly Match[] {
  const comesIn = (one: Match) => one.kind === "interface" && one.end === "from";
  return [...match.filter(comesIn), ...match.filter((one) => !comesIn(one))];
}
