import {
  type Family,
  type KnownAddresses,
  type ResolvedBridge,
  type ResolvedPlane,
  remembered,
  type Scope,
} from "@seawall/policy";
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
import type { Place, RenderContext } from "./render-place.ts";

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
  const { known, family, audit, guard } = context;
  const { ask, places } = askerOf(known, family, audit, guard, scope, asksOn);
  if (places.size > bridges.length) {
    const names = new Set(bridges.map(({ network }) => network));
    for (const name of places.keys()) if (!names.has(name)) places.delete(name);
  }
  return bridges.flatMap((bridge) => (bridge[scope] === undefined ? [] : ask(bridge)));
}

/** Of one context: what is the same for all bridges is looked up once. */
const askerOf = remembered(
  (
    known: readonly KnownAddresses[],
    family: Family,
    audit: boolean,
    guard: boolean,
    scope: Scope,
    asksOn: boolean,
  ) => {
    /** By network. The same object for the same place: by it what is remembered of its rules is found again. */
    const places = new Map<string, Place>();
    const ask = remembered(
      ({ bridge, network, networkId, [scope]: direction }: ResolvedBridge): readonly Asked[] => {
        if (direction === undefined) return [];
        const place = places.get(network) ?? {
          known,
          family,
          audit,
          guard,
          scope,
          network,
          asksOn,
        };
        places.set(network, place);
        const chain = bridgeChain(place, scope, networkId);
        const chains = directionChains(direction, place, chain);
        return chains.length === 0
          ? []
          : [{ at: bridge, label: `${scope} of ${network}`, chain, chains }];
      },
    );
    return { ask, places };
  },
);

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
  return egress.map((asked) => outOf(asked));
}

const outOf = remembered((asked: Asked): Dispatched => {
  const { at } = asked;
  const rules = [lead(asked, notAtInterface("to", at)), lead(asked, atInterface("to", at), dnated)];
  return { at, rules };
});

/** What comes into a bridge or stays within. */
export function inward(
  ingress: readonly Asked[],
  internal: readonly Asked[],
): readonly Dispatched[] {
  const bridges = new Map<string, Dispatched>();
  for (const asked of ingress) bridges.set(asked.at, into(asked));
  for (const asked of internal) {
    const { at } = asked;
    const inner = within(asked);
    const outer = bridges.get(at);
    bridges.set(at, outer ? { at, rules: [...outer.rules, ...inner.rules] } : inner);
  }
  return [...bridges.values()];
}

const into = remembered((asked: Asked): Dispatched => {
  const { at } = asked;
  const rules = [
    lead(asked, notAtInterface("from", at)),
    lead(asked, atInterface("from", at), dnated),
  ];
  return { at, rules };
});

const within = remembered((asked: Asked): Dispatched => {
  const { at } = asked;
  return { at, rules: [lead(asked, atInterface("from", at), notDnated)] };
});

/** Whatever comes in by an interface, or goes out by it. */
export function across(asked: readonly Asked[]): readonly Dispatched[] {
  return asked.map((one) => led(one));
}

const led = remembered((asked: Asked): Dispatched => ({ at: asked.at, rules: [lead(asked)] }));
