/** A kernel takes no chains that lead on deeper, by jump or goto (net/netfilter/nf_tables_api.c, NFT_JUMP_STACK_SIZE). */
const deepest = 15;

/** `ledTo` is where a chain leads, by its rules and by the maps that they ask. */
export function checkDepth(
  hooks: readonly string[],
  ledTo: (chain: string) => readonly string[],
): void {
  const depths = new Map<string, number>();
  const depthBelow = (name: string, above: readonly string[]): number => {
    if (above.includes(name)) throw new Error(`chains lead in circles: ${name}`);
    const known = depths.get(name);
    if (known !== undefined) return known;
    const below = ledTo(name).map((next) => 1 + depthBelow(next, [...above, name]));
    const depth = Math.max(0, ...below);
    depths.set(name, depth);
    return depth;
  };
  for (const hook of hooks) {
    const depth = depthBelow(hook, []);
    if (depth > deepest) throw new Error(`${hook} leads ${String(depth)} chains deep`);
  }
}
