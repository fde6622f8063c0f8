import { type HashedRule, inputJumpRule, jumpRule } from "./hash.ts";
import { inputChain, topChain } from "./ruleset.ts";

/** A place where traffic is led into our rules: always the first rule of a chain that is not ours. */
export interface Hook {
  /** The chain that is not ours. */
  readonly parent: "DOCKER-USER" | "INPUT";
  /** Ours; the jump is wanted exactly where this chain is. */
  readonly chain: string;
  readonly jump: HashedRule;
}

export const hooks: readonly Hook[] = [
  { parent: "DOCKER-USER", chain: topChain, jump: jumpRule },
  { parent: "INPUT", chain: inputChain, jump: inputJumpRule },
];
