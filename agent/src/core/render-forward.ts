import type { ResolvedState } from "@seawall/policy";
import { atInterface, dispatch, ends, type LayoutChain, type LayoutRule, list } from "./layout.ts";
import { across, askBridges, askInterfaces, inward, outward } from "./render-asked.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import type { RenderContext } from "./render-place.ts";
import { topChain } from "./ruleset.ts";

/** What is forwarded, as it is enforced. */
export function forwardHooks(state: ResolvedState, context: RenderContext): Hooked {
  const egress = askBridges(state, "egress", context);
  const ingress = askBridges(state, "ingress", context);
  const internal = askBridges(state, "internal", context);
  // All egress before any ingress: which of two bridges denies a packet must not hang on their names.
  const out = dispatch(`${topChain}-OUT`, "from", outward(egress));
  const into = dispatch(`${topChain}-IN`, "to", inward(ingress, internal));
  const outside = outsideChains(state, context);
  return {
    hooks: [
      ...jumpTo(out, "out of a network"),
      ...jumpTo(into, "into a network"),
      ...jumpTo(outside, "outside Docker"),
    ],
    chains: [
      ...[...out, ...into],
      ...[...egress, ...ingress, ...internal].flatMap(({ chains }) => chains),
      ...outside,
    ],
  };
}

function outsideChains(state: ResolvedState, context: RenderContext): readonly LayoutChain[] {
  const egress = askInterfaces(state, "egress", context);
  const ingress = askInterfaces(state, "ingress", context);
  if (egress.length === 0 && ingress.length === 0) return [];
  const out = dispatch(`${topChain}-XOUT`, "from", across(egress));
  const into = dispatch(`${topChain}-XIN`, "to", across(ingress));
  const chain = list(`${topChain}-OUTSIDE`, [
    ...dockerReturns(state),
    ...jumpTo(out, "in by an interface"),
    ...jumpTo(into, "out by an interface"),
  ]);
  return [chain, ...[...out, ...into], ...[...egress, ...ingress].flatMap(({ chains }) => chains)];
}

/** What comes or goes by a Docker bridge is not outside. */
export function dockerReturns({ dockerBridges }: ResolvedState): readonly LayoutRule[] {
  return dockerBridges.flatMap((bridge) =>
    ends.map((end) => ({
      match: [atInterface(end, bridge)],
      target: { kind: "return" } as const,
      label: "not outside Docker",
    })),
  );
}
