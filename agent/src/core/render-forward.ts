import type { ResolvedState } from "@seawall/policy";
import { across, askBridges, askInterfaces, inward, outward } from "./render-asked.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import type { RenderContext } from "./render-place.ts";
import { type Chain, type Rule, topChain } from "./ruleset.ts";

/** What is forwarded, as it is enforced. */
export function forwardHooks(state: ResolvedState, context: RenderContext): Hooked {
  const egress = askBridges(state, "egress", context);
  const ingress = askBridges(state, "ingress", context);
  const internal = askBridges(state, "internal", context);
  // All egress before any ingress: which of two bridges denies a packet must not hang on their names.
  const out = dispatchChains(`${topChain}-OUT`, "-i", outward(egress));
  const into = dispatchChains(`${topChain}-IN`, "-o", inward(ingress, internal));
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

function outsideChains(state: ResolvedState, context: RenderContext): readonly Chain[] {
  const egress = askInterfaces(state, "egress", context);
  const ingress = askInterfaces(state, "ingress", context);
  if (egress.length === 0 && ingress.length === 0) return [];
  const out = dispatchChains(`${topChain}-XOUT`, "-i", across(egress, "-i"));
  const into = dispatchChains(`${topChain}-XIN`, "-o", across(ingress, "-o"));
  const chain = {
    name: `${topChain}-OUTSIDE`,
    rules: [
      ...dockerReturns(state),
      ...jumpTo(out, "in by an interface"),
      ...jumpTo(into, "out by an interface"),
    ],
  };
  return [chain, ...[...out, ...into], ...[...egress, ...ingress].flatMap(({ chains }) => chains)];
}

/** What comes or goes by a Docker bridge is not outside. */
export function dockerReturns({ dockerBridges }: ResolvedState): readonly Rule[] {
  return dockerBridges.flatMap((bridge) =>
    ["-i", "-o"].map((via) => ({
      match: [via, bridge],
      target: { kind: "return" } as const,
      label: "not outside Docker",
    })),
  );
}
