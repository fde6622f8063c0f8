import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { atInterface, dispatch, ends, type LayoutChain, type LayoutRule, list } from "./layout.ts";
import { across, askBridges, askInterfaces, inward, outward } from "./render-asked.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { frameName, type RenderContext, unlessDenied } from "./render-place.ts";

/** What is forwarded, judged by a plane of the state. */
export function forwardHooks(
  plane: ResolvedPlane,
  { dockerBridges }: ResolvedState,
  context: RenderContext,
): Hooked {
  const frame = frameName(context);
  const ingress = askBridges(plane, "ingress", context);
  const internal = askBridges(plane, "internal", context);
  const egress = askBridges(plane, "egress", context, ingress.length + internal.length > 0);
  // All egress before any ingress: which of two bridges denies a packet must not hang on their names.
  const out = dispatch(`${frame}-OUT`, "from", outward(egress));
  const into = dispatch(`${frame}-IN`, "to", inward(ingress, internal));
  const outside = outsideChains(plane, dockerBridges, context);
  return {
    hooks: [
      ...jumpTo(out, "out of a network"),
      ...jumpTo(into, "into a network", unlessDenied(context)),
      ...jumpTo(outside, "outside Docker"),
    ],
    chains: [
      ...[...out, ...into],
      ...[...egress, ...ingress, ...internal].flatMap(({ chains }) => chains),
      ...outside,
    ],
  };
}

function outsideChains(
  plane: ResolvedPlane,
  dockerBridges: readonly string[],
  context: RenderContext,
): readonly LayoutChain[] {
  const frame = frameName(context);
  const ingress = askInterfaces(plane, "ingress", context);
  const egress = askInterfaces(plane, "egress", context, ingress.length > 0);
  if (egress.length === 0 && ingress.length === 0) return [];
  const out = dispatch(`${frame}-XOUT`, "from", across(egress));
  const into = dispatch(`${frame}-XIN`, "to", across(ingress));
  const chain = list(`${frame}-OUTSIDE`, [
    ...dockerReturns(dockerBridges),
    ...jumpTo(out, "in by an interface"),
    ...jumpTo(into, "out by an interface", unlessDenied(context)),
  ]);
  return [chain, ...[...out, ...into], ...[...egress, ...ingress].flatMap(({ chains }) => chains)];
}

/** What comes or goes by a Docker bridge is not outside. */
function dockerReturns(dockerBridges: readonly string[]): readonly LayoutRule[] {
  return dockerBridges.flatMap((bridge) =>
    ends.map((end) => ({
      match: [atInterface(end, bridge)],
      target: { kind: "return" } as const,
      label: "not outside Docker",
    })),
  );
}
