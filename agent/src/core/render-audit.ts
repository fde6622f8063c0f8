import type { ResolvedPlane, ResolvedState } from "@seawall/policy";
import { across, askBridges, askInterfaces, inward, outward } from "./render-asked.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { dockerReturns } from "./render-forward.ts";
import type { Hooked } from "./render-hooked.ts";
import { goOn } from "./render-list.ts";
import { goBack, type RenderContext } from "./render-place.ts";
import { portChains } from "./render-ports.ts";
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
  const next = inwardAudit(plane, state, context);
  const onward = entry(next);
  const egress = askBridges(plane, "egress", context, onward);
  const out = dispatchChains(`${topChain}-AUDIT`, "-i", outward(egress), goOn({ onward }));
  const chains = [...out, ...egress.flatMap((asked) => asked.chains), ...next];
  const [first] = chains;
  return first === undefined ? nothing : { hooks: [auditHook(first)], chains };
}

/** What comes to the host itself. */
export function hostAudit(
  plane: ResolvedPlane,
  { bindings }: ResolvedState,
  context: RenderContext,
): Hooked {
  const host = askBridges(plane, "host", context);
  const toHost = [
    ...dispatchChains(`${topChain}-AUDIT-HOST`, "-i", across(host, "-i")),
    ...host.flatMap((asked) => asked.chains),
  ];
  const end = goOn({ onward: entry(toHost) });
  const chains = [
    ...portChains(`${topChain}-AUDIT-PORT`, bindings, plane, context, end),
    ...toHost,
  ];
  const [first] = chains;
  return first === undefined ? nothing : { hooks: [auditHook(first)], chains };
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
  const end = goOn({ onward: entry(outside) });
  const into = dispatchChains(`${topChain}-AUDIT-IN`, "-o", inward(ingress, internal), end);
  return [...into, ...[...ingress, ...internal].flatMap(({ chains }) => chains), ...outside];
}

function outsideAudit(
  plane: ResolvedPlane,
  state: ResolvedState,
  context: RenderContext,
): readonly Chain[] {
  const ingress = askInterfaces(plane, "ingress", context);
  const into = [
    ...dispatchChains(`${topChain}-AUDIT-XIN`, "-o", across(ingress, "-o")),
    ...ingress.flatMap(({ chains }) => chains),
  ];
  const onward = entry(into);
  const egress = askInterfaces(plane, "egress", context, onward);
  const out = dispatchChains(
    `${topChain}-AUDIT-XOUT`,
    "-i",
    across(egress, "-i"),
    goOn({ onward }),
  );
  const behind = [...out, ...egress.flatMap(({ chains }) => chains), ...into];
  const [first] = behind;
  if (first === undefined) return [];
  const chain = {
    name: `${topChain}-AUDIT-OUTSIDE`,
    rules: [...dockerReturns(state), ...goOn({ onward: entry(behind) })],
  };
  return [chain, ...behind];
}

/** On into the first of these; none: nobody else is asked. */
function entry([first]: readonly Chain[]): Target {
  return first === undefined ? goBack : { kind: "goto", chain: first.name };
}
