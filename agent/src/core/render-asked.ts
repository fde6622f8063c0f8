import type { ResolvedPlane, Scope } from "@seawall/policy";
import { directionChains } from "./render-direction.ts";
import { bridgeChain, interfaceChain } from "./render-names.ts";
import { goBack, type RenderContext } from "./render-place.ts";
import type { Chain, Rule, Target } from "./ruleset.ts";

/** A bridge or an interface of which something is said in a scope, with the chains that say it. */
export interface Asked {
  readonly at: string;
  readonly label: string;
  /** The one of `chains` that asks. */
  readonly chain: string;
  readonly chains: readonly Chain[];
}

export function askBridges(
  { bridges }: ResolvedPlane,
  scope: Scope,
  context: RenderContext,
  onward: Target = goBack,
): readonly Asked[] {
  return bridges.flatMap(({ bridge, network, networkId, [scope]: direction }) => {
    if (direction === undefined) return [];
    const place = { ...context, scope, network, onward };
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
  onward: Target = goBack,
): readonly Asked[] {
  return interfaces.flatMap(({ interface: name, [scope]: direction }) => {
    if (direction === undefined) return [];
    const place = { ...context, scope, network: name, onward };
    const chain = interfaceChain(context, scope, name);
    const chains = directionChains(direction, place, chain);
    return chains.length === 0 ? [] : [{ at: name, label: `${scope} of ${name}`, chain, chains }];
  });
}

export function hook(
  { chain, label }: Asked,
  match: readonly string[],
  kind: "jump" | "goto" = "jump",
): Rule {
  return { match, target: { kind, chain }, label };
}

/** Matches by interface, of what is asked. Same bridge means DNATed or not, by whether it came by a published port. */
export const crossing = {
  out: ({ at }: Asked) => ["-i", at, "!", "-o", at],
  in: ({ at }: Asked) => ["!", "-i", at, "-o", at],
  within: ({ at }: Asked) => ["-i", at, "-o", at],
} as const;

export const dnated = ["-m", "conntrack", "--ctstate", "DNAT"] as const;
export const notDnated = ["-m", "conntrack", "!", "--ctstate", "DNAT"] as const;
