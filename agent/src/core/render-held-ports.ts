import type { HostPorts, PortRange, ResolvedBinding } from "@seawall/policy";
import type { LayoutRule, Match } from "./layout.ts";
import { heldRules } from "./render-denial.ts";
import { goBack, type RenderContext } from "./render-place.ts";

/** Where a rule is asked about some ports only. */
export interface PortsWithin {
  readonly protocol: ResolvedBinding["protocol"];
  readonly range: PortRange;
}

/**
 * Holds what comes to ports that are foreseen to be published, and that nobody is known to publish yet. In an audit it
 * goes back, so that nobody behind is asked.
 */
export function heldAtPorts(
  held: readonly HostPorts[],
  within: PortsWithin | undefined,
  context: RenderContext,
): readonly LayoutRule[] {
  const asked = within === undefined ? held : held.flatMap((ports) => partOf(ports, within));
  return asked.flatMap(({ protocol, ranges }): readonly LayoutRule[] => {
    const match: readonly Match[] = [{ kind: "ports", protocol, ranges }];
    const label = "held: published by nobody known";
    return context.audit ? [{ match, target: goBack, label }] : heldRules(context, label, match);
  });
}

function partOf(
  { protocol, ranges }: HostPorts,
  { protocol: asked, range }: PortsWithin,
): readonly HostPorts[] {
  if (protocol !== asked) return [];
  const parts = ranges
    .map(({ first, last }) => ({
      first: Math.max(first, range.first),
      last: Math.min(last, range.last),
    }))
    .filter(({ first, last }) => first <= last);
  return parts.length === 0 ? [] : [{ protocol, ranges: parts }];
}
