import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { across, askBridges, askInterfaces, inward, outward } from "./render-asked.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { frameName, type RenderContext, unlessDenied } from "./render-place.ts";
import type { Chain, Rule } from "./ruleset.ts";

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
  const out = dispatchChains(`${frame}-OUT`, "-i", outward(egress));
  const into = dispatchChains(`${frame}-IN`, "-o", inward(ingress, internal));
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
): readonly Chain[] {
  const frame = frameName(context);
  const ingress = askInterfaces(plane, "ingress", context);
  const egress = askInterfaces(plane, "egress", context, ingress.length > 0);
  if (egress.length === 0 && ingress.length === 0) return [];
  const out = dispatchChains(`${frame}-XOUT`, "-i", across(egress, "-i"));
  const into = dispatchChains(`${frame}-XIN`, "-o", across(ingress, "-o"));
  const chain = {
    name: `${frame}-OUTSIDE`,
    rules: [
      ...dockerReturns(dockerBridges),
      ...jumpTo(out, "in by an interface"),
      ...jumpTo(into, "out by an interface", unlessDenied(context)),
    ],
  };
  return [chain, ...[...out, ...into], ...[...egress, ...ingress].flatMap(({ chains }) => chains)];
}

/** What comes or goes by a Docker bridge is not outside. */
function dockerReturns(dockerBridges: readonly string[]): readonly Rule[] {
  return dockerBridges.flatMap((bridge) =>
    ["-i", "-o"].map((via) => ({
      match: [via, bridge],
      target: { kind: "return" } as const,
      label: "not outside Docker",
    })),
  );
}
