import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { dispatch, type LayoutRule, notAtInterface } from "./layout.ts";
import { across, askBridges } from "./render-asked.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { frameName, type RenderContext } from "./render-place.ts";
import { portChains } from "./render-ports.ts";

/**
 * What comes to the host itself, to a published port without having been redirected, or from a container; judged by
 * a plane of the state.
 */
export function toHostHooks(
  plane: ResolvedPlane,
  state: Pick<ResolvedState, "bindings" | "heldPorts">,
  context: RenderContext,
): Hooked {
  const frame = frameName(context);
  const host = askBridges(plane, "host", context);
  const toHost = dispatch(`${frame}-HOST`, "from", across(host));
  const end = toHost.map(({ name }): LayoutRule => {
    return { match: [], target: { kind: "goto", chain: name }, label: "to the host itself" };
  });
  const ports = portChains(`${frame}-PORT`, state, plane, context, end);
  return {
    hooks:
      ports.length === 0
        ? jumpTo(toHost, "to the host itself")
        : jumpTo(ports, "to a published port", [notAtInterface("from", "lo")]),
    chains: [...ports, ...toHost, ...host.flatMap(({ chains }) => chains)],
  };
}
