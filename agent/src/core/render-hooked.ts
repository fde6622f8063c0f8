import type { Chain, Rule } from "./ruleset.ts";

/** Rules of the frame, and the chains that they lead to. */
export interface Hooked {
  readonly hooks: readonly Rule[];
  readonly chains: readonly Chain[];
}

/** Into the first of these, and back. */
export function jumpTo(
  [first]: readonly Chain[],
  label: string,
  match: Rule["match"] = [],
): readonly Rule[] {
  return first === undefined ? [] : [{ match, target: { kind: "jump", chain: first.name }, label }];
}
