import type { ResolvedCase, ResolvedDirection } from "@seawall/policy";
import { type End, type LayoutRule, type ListChain, list as listOf } from "./layout.ts";
import { heldRules } from "./render-denial.ts";
import { listChains, unlessIdle } from "./render-list.ts";
import { caseChain } from "./render-names.ts";
import { atAddresses } from "./render-peers.ts";
import { goBack, type Place } from "./render-place.ts";

/**
 * The chains of a direction, the first of which is asked. It leads by address and by goto into a chain per case;
 * the list that is for everybody stands in it. None where nothing is said in this family.
 */
export function directionChains(
  { cases, holds, holdsPublished }: ResolvedDirection,
  place: Place,
  name: string,
): readonly ListChain[] {
  const everybody = cases.findIndex(isForEverybody);
  const list = cases[everybody]?.list;
  const [first, ...behind] = list === undefined ? [] : listChains(list, place, name);
  const end = first?.rules ?? (list === undefined && holds ? heldRules(place, heldLabel) : []);
  const told = everybody === -1 ? cases : cases.slice(0, everybody);
  const of = (ones: readonly ResolvedCase[]) => ones.map((one) => dispatch(one, place, name));
  const published = of(told.filter((one) => one.published === true));
  const direct = of(told.filter((one) => one.published === undefined));
  const dispatcher = listOf(name, [
    ...published.flatMap(({ rules }) => rules),
    ...(holdsPublished === true ? heldRules(place, heldLabel, [{ kind: "published" }]) : []),
    ...direct.flatMap(({ rules }) => rules),
    ...end,
  ]);
  const chains = [...published, ...direct].flatMap((one) => one.chains);
  return unlessIdle([dispatcher, ...behind, ...chains], place);
}

function isForEverybody({ addresses, published }: ResolvedCase): boolean {
  return addresses === undefined && published === undefined;
}

function dispatch(
  { key, addresses, published, list }: ResolvedCase,
  place: Place,
  direction: string,
): { readonly rules: readonly LayoutRule[]; readonly chains: readonly ListChain[] } {
  const end: End = place.scope === "egress" || place.scope === "host" ? "from" : "to";
  const fits = addresses === undefined ? [[]] : atAddresses(end, addresses, place.family);
  if (fits.length === 0) return { rules: [], chains: [] };
  const came = published === undefined ? [] : [{ kind: "published" } as const];
  const chains = listChains(list, place, caseChain(direction, key));
  const [first] = chains;
  const target = first === undefined ? goBack : ({ kind: "goto", chain: first.name } as const);
  return {
    rules: fits.map((match) => ({ match: [...came, ...match], target, label: key.trim() })),
    chains,
  };
}

const heldLabel = "held: no known container";
