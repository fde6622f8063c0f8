import type { Family, KnownAddresses, Scope } from "@seawall/policy";
import { notDenied } from "./denied-mark.ts";
import type { Match } from "./layout.ts";
import { type Target, topChain } from "./ruleset.ts";

/** What holds for all rules of one plane in one family. */
export interface RenderContext {
  readonly family: Family;
  /** Nothing is denied, only counted: what would deny marks the packet. */
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
  /** In an audit: others are asked behind it, unless it denies. */
  readonly asksOn: boolean;
}

/** What is asked behind others is asked only of what they have not denied; what is enforced is not there any more. */
export function unlessDenied({ audit }: Pick<RenderContext, "audit">): readonly Match[] {
  return audit ? [notDenied] : [];
}

/** What the chains of the frame begin with. */
export function frameName({ audit }: Pick<RenderContext, "audit">): string {
  return audit ? `${topChain}-AUDIT` : topChain;
}

/** Back to whoever jumped here. */
export const goBack: Target = { kind: "return" };
