import type { Difference } from "./diff.ts";
import { type FamilyFootprint, undoLines } from "./footprint.ts";
import type { HashedChain } from "./hashed-chain.ts";
import { type Hook, hooksOf } from "./hooks.ts";
import type { ObservedFamily, ObservedTable } from "./parse-save.ts";
import { type PerTable, perTable, type Table, tables, topChain } from "./ruleset.ts";

/**
 * What `iptables-restore --noflush` is to do in one family. Each table is changed at once or not at all, one after the
 * other: while filter is ahead of security, what either denies is denied.
 */
export interface Commit {
  readonly text: string;
  /** Chains of ours that it empties, fills or deletes; the counters of all others live on. */
  readonly rewritten: PerTable<readonly string[]>;
}

/**
 * The commit that ends these differences; undefined when there is nothing to do. Only chains that
 * differ are named in it. A line that does not fit the table any more, because somebody
 * changed it since it was observed, fails the whole commit, never somebody else's rule.
 */
export function commit(
  desired: PerTable<readonly HashedChain[]>,
  observed: ObservedFamily,
  differences: readonly Difference[],
  footprint: FamilyFootprint | undefined,
): Commit | undefined {
  const docker = {
    before: dockerLines(observed, differences),
    after: has(desired.filter, topChain) ? [] : undoLines(footprint, observed),
  };
  const parts = perTable((table) =>
    tableCommit(table, desired[table], observed.tables[table], differences),
  );
  const text = tables.map((table) => {
    const { lines } = parts[table];
    const all = table === "filter" ? [...docker.before, ...lines, ...docker.after] : lines;
    return all.length === 0 ? "" : [`*${table}`, ...all, "COMMIT", ""].join("\n");
  });
  if (text.every((part) => part === "")) return undefined;
  return { text: text.join(""), rewritten: perTable((table) => parts[table].rewritten) };
}

function tableCommit(
  table: Table,
  desired: readonly HashedChain[],
  observed: ObservedTable,
  differences: readonly Difference[],
) {
  const own = differences.filter((it) => "table" in it && it.table === table);
  const of = (...kinds: readonly string[]) =>
    own.flatMap((it) => ("chain" in it && kinds.includes(it.kind) ? [it.chain] : []));
  const remove = of("chainUnknown");
  const refill = of("chainMissing", "chainChanged");
  const refilled = new Set(refill);
  const lines = [
    ...[...refill, ...remove].map((chain) => `:${chain} - [0:0]`),
    ...hooksOf(table).flatMap((hook) => jumpLines(hook, desired, observed, differences)),
    ...desired
      .filter(({ name }) => refilled.has(name))
      .flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
    ...remove
      .filter((chain) => observed.chains.get(chain)?.heldByOthers !== true)
      .map((chain) => `-X ${chain}`),
  ];
  return { lines, rewritten: [...refill, ...remove] };
}

function has(desired: readonly HashedChain[], chain: string): boolean {
  return desired.some(({ name }) => name === chain);
}

function jumpLines(
  hook: Hook,
  desired: readonly HashedChain[],
  { jumps }: ObservedTable,
  differences: readonly Difference[],
): readonly string[] {
  const { parent, chain, jump } = hook;
  if (!differences.some((it) => "hook" in it && it.hook === hook)) return [];
  const remove = (jumps.get(parent) ?? []).map(({ text }) => `-D ${parent} ${text}`);
  return [...remove, ...(has(desired, chain) ? [`-I ${parent} 1 ${jump.text}`] : [])];
}

function dockerLines(
  { forward }: ObservedFamily,
  differences: readonly Difference[],
): readonly string[] {
  const found = (kind: string) => differences.some((it) => it.kind.startsWith(kind));
  return [
    // Not `:DOCKER-USER`: that would empty one which Docker has made in the meantime.
    ...(found("dockerUserMissing") ? ["-N DOCKER-USER"] : []),
    ...(found("dockerJump")
      ? [...forward.jumps.map(() => "-D FORWARD -j DOCKER-USER"), "-I FORWARD 1 -j DOCKER-USER"]
      : []),
  ];
}
