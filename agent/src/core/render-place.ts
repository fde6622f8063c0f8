import type { Family, KnownAddresses, Scope } from "@seawall/policy";
import type { Target } from "./ruleset.ts";

/** What holds for all rules of one plane in one family. */
export interface RenderContext {
  readonly family: Family;
  /** Nothing is denied, only counted: what would deny leads back to whoever jumped here. */
  readonly audit: boolean;
  /** Behind the filter table: what gets here and is denied was let through there. */
  readonly guard: boolean;
  readonly known: readonly KnownAddresses[];
}

/** Where a list of rules stands. */
export interface Place extends RenderContext {
  readonly scope: Scope;
  /** The network's name, or that of an interface outside Docker. */
  readonly network: string;
  /** Where what the list has nothing against goes: back, or on in another chain. */
  readonly onward: Target;
}

/** Back to whoever jumped here. */
export const goBack: Target = { kind: "return" };
