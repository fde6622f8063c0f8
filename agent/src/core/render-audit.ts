import { notDenied, unmark } from "./denied-mark.ts";
import { list } from "./layout.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";

/**
 * What is judged in an audit, as one chain of that name. Nobody is denied in there, so a mark on the packet tells
 * those who are asked later that it would not have come to them. Each of them is left again before the next is
 * entered: led from one into the other, they would be deeper than a kernel takes (16, NFT_JUMP_STACK_SIZE).
 */
export function auditHooks(name: string, { hooks, chains }: Hooked): Hooked {
  if (hooks.length === 0) return { hooks, chains };
  const audit = list(name, [...hooks, unmark]);
  return { hooks: jumpTo([audit], "audit", [notDenied]), chains: [audit, ...chains] };
}
