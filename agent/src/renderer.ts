import { type Enforcement, type ResolvedState, remembered, shared } from "@seawall/policy";
import type { Rendered, RenderOptions, Share } from "./core/render.ts";
import { renderIn } from "./core/render-in.ts";

/** As `renderIn`, and what says the same as the time before is the same object. */
export type Renderer = (
  enforcement: Enforcement,
  state: ResolvedState,
  options: RenderOptions,
) => Rendered;

export function createRenderer(): Renderer {
  let before: Rendered | undefined;
  let layoutBefore: unknown;
  const share: Share = (layout) => {
    const now = shared(layoutBefore, layout);
    layoutBefore = now;
    return now;
  };
  const render = remembered(
    (
      state: ResolvedState,
      enforcement: Enforcement,
      ipset: RenderOptions["ipset"],
      nflog: NonNullable<RenderOptions["nflog"]> | "known",
    ) => {
      const options = { ipset, ...(nflog === "missing" && { nflog }) };
      before = shared(before, renderIn(enforcement, state, options, share));
      return before;
    },
  );
  return (enforcement, state, { ipset, nflog }) =>
    render(state, enforcement, ipset, nflog ?? "known");
}
