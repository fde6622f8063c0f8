import type { ResolvedPlane, Scope } from "@seawall/policy";
import {
  atInterface,
  type Dispatched,
  type LayoutChain,
  type LayoutRule,
  type Match,
  notAtInterface,
} from "./layout.ts";
import { directionChains } from "./render-direction.ts";
import { bridgeChain, interfaceChain } from "./render-names.ts";
import type { RenderContext } from "./render-place.ts";

/** A bridge or an interface of which something is said in a scope, with the chains that say it. */
export interface Asked {
  readonly at: string;
  readonly label: string;
  /** The one of `chains` that asks. */
  readonly chain: string;
  readonly chains: readonly LayoutChain[];
}

export function askBridges(
  { bridges }: ResolvedPlane,
  scope: Scope,
  context: RenderContext,
  asksOn = false,
): readonly Asked[] {
  return bridges.flatMap(({ bridge, network, networkId, [scope]: direction }) => {
    if (direction === undefined) return [];
    const place = { ...context, scope, network, asksOn };
    const chain = bridgeChain(context, scope, networkId);
    const chains = directionChains(direction, place, chain);
    return chains.length === 0
      ? []
      : [{ at: bridge, label: `${scope} of ${network}`, chain, chains }];
  });
}

export function askInterfaces(
  { interfaces }: ResolvedPlane,
  scope: "ingress" | "egress",
  context: RenderContext,
  asksOn = false,
): readonly Asked[] {
  return interfaces.flatMap(({ interface: name, [scope]: direction }) => {
    if (direction === undefined) return [];
    const place = { ...context, scope, network: name, asksOn };
    const chain = interfaceChain(context, scope, name);
    const chains = directionChains(direction, place, chain);
    return chains.length === 0 ? [] : [{ at: name, label: `${scope} of ${name}`, chain, chains }];
  });
}

/** On into what is asked, and never back here. */
function lead({ chain, label }: Asked, ...match: readonly Match[]): LayoutRule {
  return { match, target: { kind: "goto", chain }, label };
}

const dnated: Match = { kind: "dnat", is: true };
const notDnated: Match = { kind: "dnat", is: false };

/**
 * What leaves a bridge. What comes back to it through a published port leaves it too; it comes in again as well,
 * and is not within the bridge: told by its DNAT.
 */
export function outward(egress: readonly Asked[]): readonly Dispatched[] {
  return egress.map((asked) => ({
    at: asked.at,
    rules: [
      lead(asked, notAtInterface("to", asked.at)),
      lead(asked, atInterface("to", asked.at), dnated),
    ],
  }));
}

/** What comes into a bridge or stays within. */
export function inward(
  ingress: readonly Asked[],
  internal: readonly Asked[],
): readonly Dispatched[] {
  const rules = [
    ...ingress.flatMap((asked) => [
      { at: asked.at, rule: lead(asked, notAtInterface("from", asked.at)) },
      { at: asked.at, rule: lead(asked, atInterface("from", asked.at), dnated) },
    ]),
    ...internal.map((asked) => ({
      at: asked.at,
      rule: lead(asked, atInterface("from", asked.at), notDnated),
    })),
  ];
  const bridges = [...new Set(rules.map(({ at }) => at))];
  return bridges.map((bridge) => ({
    at: bridge,
    rules: rules.flatMap(({ at, rule }) => (at === bridge ? [rule] : [])),
  }));
}

/** Whatever comes in by an interface, or goes out by it. */
export function across(asked: readonly Asked[]): readonly Dispatched[] {
  return asked.map((one) => ({ at: one.at, rules: [lead(one)] }));
}
