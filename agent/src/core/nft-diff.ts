import {
  basePriority,
  isEmptyTable,
  type NftChain,
  type NftTable,
  tableName,
} from "./nft-table.ts";
import type { ObservedNftChain, ObservedNftTable } from "./parse-nft.ts";
import { sha256 } from "./sha256.ts";

/** One way in which our table of nftables is not as wanted. */
export type NftDifference = { readonly family: "inet" } & (
  | { readonly kind: "nftTableMissing" | "nftTableChanged" | "nftTableLeft" }
  | {
      readonly kind: "nftMissing" | "nftChanged" | "nftUnknown";
      readonly what: NftPart;
      readonly name: string;
    }
);

export type NftPart = "chain" | "set" | "map";

/**
 * What our table read as right behind our own write: by `chain NAME` a digest of its rules, by `set NAME` and
 * `map NAME` what it was declared as. Hashes alone cannot show that somebody changed a rule and kept its comment.
 */
export type NftReadBack = ReadonlyMap<string, string>;

/** With `readBack`, what is not in it or reads otherwise counts as changed. */
export function nftDiff(
  desired: NftTable,
  observed: ObservedNftTable | "absent",
  readBack?: NftReadBack,
): readonly NftDifference[] {
  if (isEmptyTable(desired)) {
    return observed === "absent" ? [] : [{ family: "inet", kind: "nftTableLeft" }];
  }
  if (observed === "absent") return [{ family: "inet", kind: "nftTableMissing" }];
  if (isOtherwise(desired, observed, readBack))
    return [{ family: "inet", kind: "nftTableChanged" }];
  return [
    ...partDifferences("chain", desired.chains, observed.chains, (chain, found) =>
      isSameChain(chain, found, readBack),
    ),
    ...partDifferences(
      "map",
      desired.maps,
      observed.maps,
      (map, { digest }) => map.digest === digest,
    ),
    ...partDifferences(
      "set",
      desired.sets,
      observed.sets,
      (set, { digest }) => set.digest === digest,
    ),
  ];
}

/** What no change of rules and elements would mend. */
function isOtherwise(
  { chains, sets, maps }: NftTable,
  observed: ObservedNftTable,
  readBack: NftReadBack | undefined,
): boolean {
  const declaredOtherwise = (what: "set" | "map") => {
    const wanted = new Set((what === "set" ? sets : maps).map(({ name }) => name));
    const found = what === "set" ? observed.sets : observed.maps;
    return [...found].some(
      ([name, { declaration }]) =>
        readBack !== undefined &&
        wanted.has(name) &&
        readBack.get(`${what} ${name}`) !== declaration,
    );
  };
  return (
    !observed.isPlain ||
    chains.some((chain) => {
      const found = observed.chains.get(chain.name);
      return found !== undefined && found.base !== baseOf(chain);
    }) ||
    declaredOtherwise("set") ||
    declaredOtherwise("map")
  );
}

function baseOf({ hook }: NftChain): string | undefined {
  return hook === undefined ? undefined : `filter ${hook} ${String(basePriority)} accept`;
}

function partDifferences<Wanted extends { readonly name: string }, Found>(
  what: NftPart,
  desired: readonly Wanted[],
  observed: ReadonlyMap<string, Found>,
  isSame: (wanted: Wanted, found: Found) => boolean,
): readonly NftDifference[] {
  const difference = (kind: "nftMissing" | "nftChanged" | "nftUnknown", name: string) =>
    ({ family: "inet", kind, what, name }) as const;
  const wanted = new Set(desired.map(({ name }) => name));
  return [
    ...desired.flatMap((one) => {
      const found = observed.get(one.name);
      if (found === undefined) return [difference("nftMissing", one.name)];
      return isSame(one, found) ? [] : [difference("nftChanged", one.name)];
    }),
    ...[...observed.keys()]
      .filter((name) => !wanted.has(name))
      .map((name) => difference("nftUnknown", name)),
  ];
}

function isSameChain(
  chain: NftChain,
  observed: ObservedNftChain,
  readBack: NftReadBack | undefined,
): boolean {
  const sameHashes =
    observed.rules.length === chain.rules.length &&
    observed.rules.every(({ hash }, index) => hash === chain.rules[index]?.hash);
  const before = readBack?.get(`chain ${chain.name}`);
  return sameHashes && (readBack === undefined || before === chainText(observed));
}

export function nftReadBackOf(observed: ObservedNftTable | "absent"): NftReadBack {
  if (observed === "absent") return new Map();
  return new Map([
    ...[...observed.chains.values()].map(
      (chain) => [`chain ${chain.name}`, chainText(chain)] as const,
    ),
    ...[...observed.sets].map(([name, { declaration }]) => [`set ${name}`, declaration] as const),
    ...[...observed.maps].map(([name, { declaration }]) => [`map ${name}`, declaration] as const),
  ]);
}

/** What a chain says, without counters. */
function chainText({ base = "", rules }: ObservedNftChain): string {
  return sha256([base, ...rules.map(({ text }) => text)].join("\n"));
}

/** What differs, in words for people. */
export function describeNft(difference: NftDifference): string {
  switch (difference.kind) {
    case "nftTableMissing":
      return `table inet ${tableName} is missing`;
    case "nftTableChanged":
      return `table inet ${tableName} is not as it was written`;
    case "nftTableLeft":
      return `table inet ${tableName} should not be there`;
    case "nftMissing":
      return `${partWords(difference)} is missing`;
    case "nftChanged":
      return `${partWords(difference)} is not as it was written`;
    case "nftUnknown":
      return `${partWords(difference)} should not be there`;
  }
}

function partWords({ what, name }: { readonly what: NftPart; readonly name: string }): string {
  return `${what} ${name} of table inet ${tableName}`;
}
