import type { ResolvedState } from "@seawall/policy";
import {
  type Asked,
  askBridges,
  askInterfaces,
  crossing,
  dnated,
  hook,
  notDnated,
} from "./render-asked.ts";
import type { RenderContext } from "./render-place.ts";
import { type Chain, type Rule, topChain } from "./ruleset.ts";

/** Rules of the frame, and the chains that they lead to. */
export interface Hooked {
  readonly hooks: readonly Rule[];
  readonly chains: readonly Chain[];
}

/** What is forwarded, as it is enforced. */
export function forwardHooks(state: ResolvedState, context: RenderContext): Hooked {
  const egress = askBridges(state, "egress", context);
  const ingress = askBridges(state, "ingress", context);
  const internal = askBridges(state, "internal", context);
  const hairpin = hairpinChain(egress, ingress);
  const outside = outsideHooks(state, context);
  return {
    hooks: [
      // All egress before any ingress: which of two bridges denies a packet must not hang on their names.
      ...egress.map((asked) => hook(asked, crossing.out(asked))),
      ...ingress.map((asked) => hook(asked, crossing.in(asked))),
      ...internal.map((asked) => hook(asked, [...crossing.within(asked), ...notDnated])),
      ...hairpin.map(({ name }) => ({
        match: dnated,
        target: { kind: "jump", chain: name } as const,
        label: "back through a published port",
      })),
      ...outside.hooks,
    ],
    chains: [
      ...[...egress, ...ingress, ...internal].flatMap(({ chains }) => chains),
      ...hairpin,
      ...outside.chains,
    ],
  };
}

/** Through a published port back to the bridge it comes from: it leaves the bridge and comes into it. */
function hairpinChain(egress: readonly Asked[], ingress: readonly Asked[]): readonly Chain[] {
  const asked = [...egress, ...ingress];
  if (asked.length === 0) return [];
  return [
    {
      name: `${topChain}-HAIRPIN`,
      rules: asked.map((one) => hook(one, crossing.within(one))),
    },
  ];
}

function outsideHooks(state: ResolvedState, context: RenderContext): Hooked {
  const egress = askInterfaces(state, "egress", context);
  const ingress = askInterfaces(state, "ingress", context);
  if (egress.length === 0 && ingress.length === 0) return { hooks: [], chains: [] };
  const chain = {
    name: `${topChain}-OUTSIDE`,
    rules: [
      ...dockerReturns(state),
      ...egress.map((asked) => hook(asked, ["-i", asked.at])),
      ...ingress.map((asked) => hook(asked, ["-o", asked.at])),
    ],
  };
  return {
    hooks: [{ match: [], target: { kind: "jump", chain: chain.name }, label: "outside Docker" }],
    chains: [chain, ...[...egress, ...ingress].flatMap(({ chains }) => chains)],
  };
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
