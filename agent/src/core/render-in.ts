import type { Enforcement, ResolvedState } from "@seawall/policy";
import { renderNft } from "./nft-render.ts";
import { asIs, type Rendered, type RenderOptions, render } from "./render.ts";

/** The ruleset that enforces a resolved state in this backend, and has nothing in the other. */
export function renderIn(
  enforcement: Enforcement,
  state: ResolvedState,
  options: RenderOptions,
  share = asIs,
): Rendered {
  switch (enforcement) {
    case "iptables":
      return render(state, options, share);
    case "nftables":
      return renderNft(state, options, share);
  }
}
