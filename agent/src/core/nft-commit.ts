import type { NftDifference, NftPart } from "./nft-diff.ts";
import { cidrWord, ip, quotedName } from "./nft-match.ts";
import {
  basePriority,
  isEmptyTable,
  type NftChain,
  type NftMap,
  type NftSet,
  type NftTable,
  tableName,
} from "./nft-table.ts";
import type { ObservedNftTable } from "./parse-nft.ts";

/** What `nft -f` is to do: all of it at once, for both families, or nothing. */
export interface NftCommit {
  readonly text: string;
  /** Chains that it empties, fills or deletes; the counters of all others live on. */
  readonly rewritten: readonly string[];
}

/**
 * The commit that ends these differences; undefined when there is nothing to do. Only what differs is named in it.
 * The kernel takes over all of it at once: new rules never meet old sets.
 */
export function nftCommit(
  desired: NftTable,
  observed: ObservedNftTable | "absent",
  differences: readonly NftDifference[],
): NftCommit | undefined {
  if (differences.length === 0) return undefined;
  const isWhole = differences.some(({ kind }) => kind.startsWith("nftTable"));
  const change = isWhole ? wholeTable(desired) : changeOf(desired, differences);
  const { before = [], fill, remove } = change;
  const gone = isWhole && observed !== "absent" ? [...observed.chains.keys()] : remove.chain;
  return {
    text: [...before, ...changeLines(change), ""].join("\n"),
    rewritten: [...new Set([...fill.chains.map(({ name }) => name), ...gone])],
  };
}

interface Change {
  /** What is done ahead of everything else. */
  readonly before?: readonly string[];
  /** What is to hold what it does not hold. */
  readonly fill: NftTable;
  /** Of these, what is there already. */
  readonly isThere: (what: NftPart, name: string) => boolean;
  /** What is there, and not to be. */
  readonly remove: Readonly<Record<NftPart, readonly string[]>>;
}

const table = `inet ${tableName}`;

/** All of it anew, whatever is there and whether anything is. */
function wholeTable(desired: NftTable): Change {
  const gone = [`add table ${table}`, `delete table ${table}`];
  return {
    before: isEmptyTable(desired) ? gone : [...gone, `add table ${table}`],
    fill: desired,
    isThere: () => false,
    remove: { chain: [], set: [], map: [] },
  };
}

function changeOf(desired: NftTable, differences: readonly NftDifference[]): Change {
  const named = (what: NftPart, ...kinds: readonly NftDifference["kind"][]) =>
    differences.flatMap((it) =>
      "what" in it && it.what === what && kinds.includes(it.kind) ? [it.name] : [],
    );
  const fill = (what: NftPart) => new Set(named(what, "nftMissing", "nftChanged"));
  const [chains, sets, maps] = [fill("chain"), fill("set"), fill("map")];
  return {
    fill: {
      chains: desired.chains.filter(({ name }) => chains.has(name)),
      sets: desired.sets.filter(({ name }) => sets.has(name)),
      maps: desired.maps.filter(({ name }) => maps.has(name)),
    },
    isThere: (what, name) => !named(what, "nftMissing").includes(name),
    remove: {
      chain: named("chain", "nftUnknown"),
      set: named("set", "nftUnknown"),
      map: named("map", "nftUnknown"),
    },
  };
}

/**
 * The kernel looks at each line as it reads it: what is led to is there before what leads there, and nothing leads to
 * what goes any more.
 */
function changeLines({ fill, isThere, remove }: Change): readonly string[] {
  const { chains, sets, maps } = fill;
  const emptied = (what: NftPart, parts: readonly { readonly name: string }[]) =>
    [...parts.map(({ name }) => name).filter((name) => isThere(what, name)), ...remove[what]].map(
      (name) => `flush ${what} ${table} ${name}`,
    );
  const removed = (what: NftPart) => remove[what].map((name) => `delete ${what} ${table} ${name}`);
  return [
    ...chains.filter(({ name }) => !isThere("chain", name)).map(chainLine),
    ...sets.filter(({ name }) => !isThere("set", name)).map(setLine),
    ...maps.filter(({ name }) => !isThere("map", name)).map(mapLine),
    ...[...emptied("map", maps), ...emptied("chain", chains), ...emptied("set", sets)],
    ...sets.map(membersLine),
    ...maps.map(entriesLine),
    ...chains.flatMap(({ name, rules }) =>
      rules.map(({ text }) => `add rule ${table} ${name} ${text}`),
    ),
    ...[...removed("map"), ...removed("chain"), ...removed("set")],
  ];
}

function chainLine({ name, hook }: NftChain): string {
  const line = `add chain ${table} ${name}`;
  if (hook === undefined) return line;
  return `${line} { type filter hook ${hook} priority ${String(basePriority)}; policy accept; }`;
}

// `typeof`, not `type`: nft 1.0.6 (Debian 12) dies of what newer ones write with the latter.
function setLine({ name, family }: NftSet): string {
  return `add set ${table} ${name} { typeof ${ip[family]} saddr; flags interval; }`;
}

function mapLine({ name, by }: NftMap): string {
  return `add map ${table} ${name} { typeof ${by} : verdict; }`;
}

function membersLine({ name, cidrs }: NftSet): string {
  return `add element ${table} ${name} { ${cidrs.map(cidrWord).join(", ")} }`;
}

function entriesLine({ name, entries }: NftMap): string {
  const led = entries.map(({ at, verdict }) => `${quotedName(at)} : ${verdict}`);
  return `add element ${table} ${name} { ${led.join(", ")} }`;
}
