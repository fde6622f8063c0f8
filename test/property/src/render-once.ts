import { type RenderOptions, render } from "@seawall/agent/core";
import { type ResolvedState, remembered } from "@seawall/policy";

/** What a drawn state was rendered to, whoever asks again: to tell whether it can be takes as long as to do it. */
export const renderOnce = remembered((state: ResolvedState, ipset: RenderOptions["ipset"]) =>
  render(state, { ipset }),
);
