import { jumpRule } from "./hash.ts";
import type { HashedRule } from "./hashed-chain.ts";
import { inputChain, outputChain, type Table, topChain } from "./ruleset.ts";

/** A place where traffic is led into our rules: always the first rule of a chain that is not ours. */
export interface Hook {
  readonly table: Table;
  /** The chain that is not ours. */
  readonly parent: "DOCKER-USER" | "FORWARD" | "INPUT" | "OUTPUT";
  /** Ours; the jump is wanted exactly where this chain is in the table. */
  readonly chain: string;
  readonly jump: HashedRule;
}

const hooks: readonly Hook[] = [
  hook("filter", "DOCKER-USER", topChain),
  hook("filter", "INPUT", inputChain),
  hook("filter", "OUTPUT", outputChain),
  hook("security", "FORWARD", topChain),
  hook("security", "INPUT", inputChain),
];

function hook(table: Table, parent: Hook["parent"], chain: string): Hook {
  return { table, parent, chain, jump: jumpRule(chain, parent) };
}

export function hooksOf(table: Table): readonly Hook[] {
  return hooks.filter((one) => one.table === table);
}
