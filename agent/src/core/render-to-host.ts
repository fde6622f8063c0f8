import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { across, askBridges } from "./render-asked.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { frameName, type RenderContext } from "./render-place.ts";
import { portChains } from "./render-ports.ts";
import type { Rule } from "./ruleset.ts";

/**
 * What comes to the host itself, to a published port without having been redirected, or from a container; judged by
 * a plane of the state.
 */
export function toHostHooks(
  plane: ResolvedPlane,
  { bindings }: ResolvedState,
  context: RenderContext,
): Hooked {
  const frame = frameName(context);
  const host = askBridges(plane, "host", context);
  const toHost = dispatchChains(`${frame}-HOST`, "-i", across(host, "-i"));
  const end = toHost.slice(0, 1).map(
    ({ name }): Rule => ({
      match: [],
      target: { kind: "goto", chain: name },
      label: "to the host itself",
    }),
  );
  const ports = portChains(`${frame}-PORT`, bindings, plane, context, end);
  return {
    hooks:
      ports.length === 0
        ? jumpTo(toHost, "to the host itself")
        : jumpTo(ports, "to a published port", ["!", "-i", "lo"]),
    chains: [...ports, ...toHost, ...host.flatMap(({ chains }) => chains)],
  };
}
