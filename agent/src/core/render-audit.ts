import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { askBridges, askInterfaces, crossing, dnated, hook, notDnated } from "./render-asked.ts";
import { dockerReturns, type Hooked } from "./render-forward.ts";
import { goOn } from "./render-list.ts";
import { goBack, type RenderContext } from "./render-place.ts";
import { type Chain, type Rule, type Target, topChain } from "./ruleset.ts";

const nothing: Hooked = { hooks: [], chains: [] };

/**
 * What is forwarded, as the audit sees it. Behind a denial no other list is asked, so a list that has nothing
 * against a packet leads it on by goto, and a return is the end: the audit is over.
 */
export function forwardAudit(
  plane: ResolvedPlane,
  state: ResolvedState,
  context: RenderContext,
): Hooked {
  const inward = inwardAudit(plane, state, context);
  const onward = entry(inward);
  const egress = askBridges(plane, "egress", context, onward);
  if (egress.length === 0 && inward.length === 0) return nothing;
  const chain = {
    name: `${topChain}-AUDIT`,
    rules: [
      ...egress.flatMap((asked) => [
        hook(asked, crossing.out(asked), "goto"),
        hook(asked, [...crossing.within(asked), ...dnated], "goto"),
      ]),
      ...goOn({ onward }),
    ],
  };
  return {
    hooks: [auditHook(chain)],
    chains: [chain, ...egress.flatMap(({ chains }) => chains), ...inward],
  };
}

/** What containers send to the host itself. */
export function hostAudit(plane: ResolvedPlane, context: RenderContext): Hooked {
  const host = askBridges(plane, "host", context);
  if (host.length === 0) return nothing;
  const chain = {
    name: `${topChain}-AUDIT-INPUT`,
    rules: host.map((asked) => hook(asked, ["-i", asked.at], "goto")),
  };
  return { hooks: [auditHook(chain)], chains: [chain, ...host.flatMap(({ chains }) => chains)] };
}

function auditHook({ name }: Chain): Rule {
  return { match: [], target: { kind: "jump", chain: name }, label: "audit" };
}

/** What is asked when egress has nothing against it; the first chain is the entry. */
function inwardAudit(
  plane: ResolvedPlane,
  state: ResolvedState,
  context: RenderContext,
): readonly Chain[] {
  const ingress = askBridges(plane, "ingress", context);
  const internal = askBridges(plane, "internal", context);
  const outside = outsideAudit(plane, state, context);
  if (ingress.length === 0 && internal.length === 0 && outside.length === 0) return [];
  const chain = {
    name: `${topChain}-AUDIT-IN`,
    rules: [
      ...ingress.flatMap((asked) => [
        hook(asked, crossing.in(asked), "goto"),
        hook(asked, [...crossing.within(asked), ...dnated], "goto"),
      ]),
      ...internal.map((asked) => hook(asked, [...crossing.within(asked), ...notDnated], "goto")),
      ...goOn({ onward: entry(outside) }),
    ],
  };
  return [chain, ...[...ingress, ...internal].flatMap(({ chains }) => chains), ...outside];
}

function outsideAudit(
  plane: ResolvedPlane,
  state: ResolvedState,
  context: RenderContext,
): readonly Chain[] {
  const ingress = askInterfaces(plane, "ingress", context);
  const inward =
    ingress.length === 0
      ? []
      : [
          {
            name: `${topChain}-AUDIT-OUTSIDE-IN`,
            rules: ingress.map((asked) => hook(asked, ["-o", asked.at], "goto")),
          },
          ...ingress.flatMap(({ chains }) => chains),
        ];
  const onward = entry(inward);
  const egress = askInterfaces(plane, "egress", context, onward);
  if (egress.length === 0 && inward.length === 0) return [];
  const chain = {
    name: `${topChain}-AUDIT-OUTSIDE`,
    rules: [
      ...dockerReturns(state),
      ...egress.map((asked) => hook(asked, ["-i", asked.at], "goto")),
      ...goOn({ onward }),
    ],
  };
  return [chain, ...egress.flatMap(({ chains }) => chains), ...inward];
}

/** On into the first of these; none: nobody else is asked. */
function entry([first]: readonly Chain[]): Target {
  return first === undefined ? goBack : { kind: "goto", chain: first.name };
}
