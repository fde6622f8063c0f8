import { type HostView, resolve } from "@seawall/policy";
import type { KeptBundle } from "./bundle-keeper.ts";
import type { RenderedFrom } from "./core/connection-judge-of.ts";
import { isFilled } from "./core/found-rules.ts";
import { renderOptionsOf } from "./core/render.ts";
import { renderIn } from "./core/render-in.ts";
import type { Ruleset } from "./core/ruleset.ts";
import type { Look, Reading } from "./ports.ts";
import { hasRules } from "./restore.ts";

interface Known {
  readonly kept: KeptBundle;
  readonly look: Look;
  readonly observed: Reading;
}

interface Target {
  readonly target: Ruleset;
  readonly renderedFrom: RenderedFrom;
}

/**
 * What an agent that has not read back any rules does in place of a bundle that cannot be rendered. Where it finds rules and none
 * is missing, as far as it shows, they stay, and what leads to them is put back. Where some are gone, or there is none, as after an
 * opening in which it started, the last confirmed ones go in; where there are no such, what is left is better than nothing.
 */
export function insteadOfRefused(
  view: HostView,
  known: Known,
): Partial<Target> | { readonly keepsFound: true } {
  const { observed } = known;
  const confirmed = lastConfirmed(view, known);
  const areFound = hasRules(observed);
  const areWhole = areFound && (confirmed === undefined || isFilled(confirmed.target, observed));
  if (areWhole) return { keepsFound: true };
  return confirmed ?? {};
}

function lastConfirmed(view: HostView, { kept, look, observed }: Known): Target | undefined {
  if (kept.confirmed === undefined) return undefined;
  const state = resolve(kept.confirmed.desired, view);
  const rendered = renderIn(look.enforcement, state, renderOptionsOf(observed));
  if (rendered.kind === "refused") return undefined;
  return {
    target: rendered.ruleset,
    renderedFrom: { state, bridgeNf: view.engine.bridgeNf },
  };
}
