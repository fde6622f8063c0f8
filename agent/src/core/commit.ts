import type { Difference } from "./diff.ts";
import { type FamilyFootprint, undoLines } from "./footprint.ts";
import type { HashedChain } from "./hashed-chain.ts";
import { type Hook, hooksOf } from "./hooks.ts";
import type { ObservedFamily, ObservedTable } from "./parse-save.ts";
import { type PerTable, perTable, type Table, topChain } from "./ruleset.ts";

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
  const twice = standingTwice(desired.filter, observed, differences);
  const parts = perTable((table) =>
    tableCommit(
      table,
      desired[table],
      observed.tables[table],
      differences,
      table === "filter" ? twice : [],
    ),
  );
  const { filter, security } = parts;
  const text = [
    inTable("filter", [...docker.before, ...filter.lines, ...docker.after]),
    inTable("security", security.lines),
    inTable("filter", twice.flatMap(oldLines)),
  ].join("");
  if (text === "") return undefined;
  return { text, rewritten: perTable((table) => parts[table].rewritten) };
}

function inTable(table: Table, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`*${table}`, ...lines, "COMMIT", ""].join("\n");
}

/** A chain whose new rules stand ahead of those that it has, until security has its own. */
interface StandsTwice {
  readonly chain: HashedChain;
  /** How many rules it has now. */
  readonly old: number;
}

/** Rules, old and new, that are worth it. */
const mostTwice = 1_000;

/** Where there is nothing but these, rules change, and what leads to them does not. */
const kindsOfRules: ReadonlySet<Difference["kind"]> = new Set([
  ...(["chainChanged", "chainMissing", "setChanged", "setMissing"] as const),
]);

/**
 * What a table of nftables loses, the kernel disposes of some 10 ms behind the commit, and whoever comes with a rule of
 * iptables has to wait for that (nft_compat.c, nft_compat_wait_for_destructors): security, where filter has just lost
 * something. So filter loses nothing until both have what they are to have, where rules are all that changes there.
 */
function standingTwice(
  desired: readonly HashedChain[],
  { variant, tables: observed }: ObservedFamily,
  differences: readonly Difference[],
): readonly StandsTwice[] {
  const inSecurity = differences.some((it) => "table" in it && it.table === "security");
  const onlyRules = differences.every(({ kind }) => kindsOfRules.has(kind));
  if (variant !== "nft" || !inSecurity || !onlyRules) return [];
  const changed = new Set(
    differences.flatMap((it) =>
      it.kind === "chainChanged" && it.table === "filter" ? [it.chain] : [],
    ),
  );
  const all = desired
    .filter(({ name }) => changed.has(name))
    .map((chain) => ({ chain, old: observed.filter.chains.get(chain.name)?.rules.length ?? 0 }));
  const count = all.reduce((sum, { chain, old }) => sum + chain.rules.length + old, 0);
  return count > mostTwice ? [] : all.filter(({ old }) => old > 0);
}

/** Nothing gets past the new rules to the old: a return is what the end of a chain is. */
function newLines({ chain: { name, rules } }: StandsTwice): readonly string[] {
  return [...rules.map(({ text }) => text), "-j RETURN"].map(
    (rule, index) => `-I ${name} ${String(index + 1)} ${rule}`,
  );
}

function oldLines({ chain: { name, rules }, old }: StandsTwice): readonly string[] {
  return new Array<string>(old + 1).fill(`-D ${name} ${String(rules.length + 1)}`);
}

function tableCommit(
  table: Table,
  desired: readonly HashedChain[],
  observed: ObservedTable,
  differences: readonly Difference[],
  twice: readonly StandsTwice[],
) {
  const own = differences.filter((it) => "table" in it && it.table === table);
  const of = (...kinds: readonly string[]) =>
    own.flatMap((it) => ("chain" in it && kinds.includes(it.kind) ? [it.chain] : []));
  const remove = of("chainUnknown");
  const refill = of("chainMissing", "chainChanged");
  const kept = new Set(twice.map(({ chain }) => chain.name));
  const emptied = refill.filter((chain) => !kept.has(chain));
  const refilled = new Set(emptied);
  const lines = [
    ...[...emptied, ...remove].map((chain) => `:${chain} - [0:0]`),
    ...hooksOf(table).flatMap((hook) => jumpLines(hook, desired, observed, differences)),
    ...desired
      .filter(({ name }) => refilled.has(name))
      .flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
    ...twice.flatMap(newLines),
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
