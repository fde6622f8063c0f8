import type { ResolvedCase, ResolvedDirection } from "@seawall/policy";
import { heldRules } from "./render-denial.ts";
import { listChains, unlessIdle } from "./render-list.ts";
import { caseChain } from "./render-names.ts";
import { atCidr, type End, ofFamily } from "./render-peers.ts";
import { goBack, type Place } from "./render-place.ts";
import type { Chain, Rule } from "./ruleset.ts";

/**
 * The chains of a direction, the first of which is asked. It leads by address and by goto into a chain per case;
 * the list that is for everybody stands in it. None where nothing is said in this family.
 */
export function directionChains(
  { cases, holds, holdsPublished }: ResolvedDirection,
  place: Place,
  name: string,
): readonly Chain[] {
  const everybody = cases.findIndex(isForEverybody);
  const list = cases[everybody]?.list;
  const [first, ...behind] = list === undefined ? [] : listChains(list, place, name);
  const end = first?.rules ?? (list === undefined && holds ? heldRules(place, heldLabel) : []);
  const told = everybody === -1 ? cases : cases.slice(0, everybody);
  const of = (ones: readonly ResolvedCase[]) => ones.map((one) => dispatch(one, place, name));
  const published = of(told.filter((one) => one.published === true));
  const direct = of(told.filter((one) => one.published === undefined));
  const dispatcher: Chain = {
    name,
    rules: [
      ...published.flatMap(({ rules }) => rules),
      ...(holdsPublished === true ? heldRules(place, heldLabel, cameByPublishedPort) : []),
      ...direct.flatMap(({ rules }) => rules),
      ...end,
    ],
  };
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
): { readonly rules: readonly Rule[]; readonly chains: readonly Chain[] } {
  const end: End = place.scope === "egress" || place.scope === "host" ? "from" : "to";
  const fits =
    addresses === undefined
      ? [[]]
      : ofFamily(addresses, place.family).map((cidr) => atCidr(end, cidr));
  if (fits.length === 0) return { rules: [], chains: [] };
  const came = published === undefined ? [] : cameByPublishedPort;
  const chains = listChains(list, place, caseChain(direction, key));
  const [first] = chains;
  const target = first === undefined ? goBack : ({ kind: "goto", chain: first.name } as const);
  return {
    rules: fits.map((match) => ({ match: [...came, ...match], target, label: key.trim() })),
    chains,
  };
}

// The original direction: the replies of a DNATed connection did not come by the port.
const cameByPublishedPort = [
  ...["-m", "conntrack", "--ctstate", "DNAT"],
  ...["--ctdir", "ORIGINAL"],
] as const;

const heldLabel = "held: no known container";
