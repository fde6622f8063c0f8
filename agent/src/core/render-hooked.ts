import type { LayoutChain, LayoutRule, Match } from "./layout.ts";

/** Rules of the frame, and the chains that they lead to. */
export interface Hooked {
  readonly hooks: readonly LayoutRule[];
  readonly chains: readonly LayoutChain[];
}

/** Into the first of these, and back. */
export function jumpTo(
  [first]: readonly LayoutChain[],
  label: string,
  match: readonly Match[] = [],
): readonly LayoutRule[] {
  return first === undefined ? [] : [{ match, target: { kind: "jump", chain: first.name }, label }];
}
