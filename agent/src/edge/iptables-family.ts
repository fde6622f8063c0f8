import type { Family } from "@seawall/policy";
import { holdsNothing, type ObservedFamily } from "../core/parse-save.ts";
import { tables } from "../core/ruleset.ts";
import type { UnreadVariant } from "../core/unread-variants.ts";
import { otherVariant, type Variant } from "../core/variant.ts";
import type { FailedCall } from "../ports.ts";
import { type Call, usualVariant } from "./iptables-programs.ts";
import { createIptablesTables, type IptablesTables, type ReadTables } from "./iptables-tables.ts";
import { legacyTables } from "./legacy-tables.ts";

/** One family in both variants of iptables. */
export interface IptablesFamily {
  /** @param lastUsed decides where Docker has no rules, at first. */
  observe(lastUsed?: Variant): Promise<ObservedVariants | FailedCall>;
  /** Whether rules of this variant can tell NFLOG of packets. */
  knowsNflog(variant: Variant): Promise<boolean>;
  apply(variant: Variant, text: string): ReturnType<IptablesTables["apply"]>;
}

interface ObservedVariants {
  readonly kind: "observed";
  /** Where Docker keeps its rules; where it would, while it has none. */
  readonly inUse: ObservedFamily;
  /** Of iptables. */
  readonly version: string;
  /** The other variant; `absent`: it has no tables, or could not be read. */
  readonly elsewhere: ObservedFamily | "absent";
  /** The other one, where it could not be read and is not known to be empty. */
  readonly unread: readonly UnreadVariant[];
}

/** While nothing is found elsewhere it is looked at in one of so many readings. */
const elsewhereEvery = 12;

const everyTable = new Set(tables);

export function createIptablesFamily(call: Call, procNet: string, family: Family): IptablesFamily {
  const variants: Readonly<Record<Variant, IptablesTables>> = {
    nft: createIptablesTables(call, family, "nft"),
    legacy: createIptablesTables(call, family, "legacy"),
  };
  let before: Variant | undefined;
  let elsewhere: ObservedFamily | "absent" = "absent";
  let unread: readonly UnreadVariant[] = [];
  let readingsLeft = 0;

  const observe: IptablesFamily["observe"] = async (lastUsed) => {
    const legacy = await legacyTables(procNet, family);
    if (legacy.kind === "failed") return legacy;
    const known = new Map<Variant, ReadTables | FailedCall>();
    const read: Read = async (variant) => {
      const there = variant === "nft" ? everyTable : legacy.names;
      const result = known.get(variant) ?? (await variants[variant].read(there));
      known.set(variant, result);
      return result;
    };
    const found = await findDocker(read, legacy.names.has("filter"), lastUsed);
    if (found.kind === "failed") return found;
    const { version, family: inUse } = found;
    if (inUse.variant !== before || !holdsNothing(elsewhere)) readingsLeft = 0;
    if (readingsLeft === 0) {
      const other = otherVariant(inUse.variant);
      const hasTables = other === "nft" || legacy.names.size > 0;
      const result = hasTables ? await read(other) : undefined;
      if (result?.kind === "failed" && isPassing(result)) return result;
      elsewhere = result?.kind === "read" ? result.family : "absent";
      unread = result?.kind === "failed" ? unreadBy(result, family, other) : [];
      readingsLeft = elsewhereEvery;
    }
    readingsLeft -= 1;
    before = inUse.variant;
    return { kind: "observed", inUse, version, elsewhere, unread };
  };

  /**
   * Docker runs whatever `iptables` is, so its chains are looked for there first: a host that was switched from one
   * variant to the other has them in both. iptables-legacy is not so much as started where it has no tables.
   */
  const findDocker = async (
    read: Read,
    mayBeLegacy: boolean,
    lastUsed: Variant | undefined,
  ): ReturnType<Read> => {
    let usual = mayBeLegacy ? await usualVariant(call, family) : undefined;
    const first = usual ?? "nft";
    for (const variant of mayBeLegacy ? [first, otherVariant(first)] : [first]) {
      const result = await read(variant);
      if (result.kind === "failed" ? isPassing(result) : result.family.dockerRules) return result;
    }
    // Nowhere: it is starting, or away, or lost them. Nothing is moved because of that.
    if (before === undefined && lastUsed !== undefined) {
      const result = await read(lastUsed);
      if (result.kind === "read" || isPassing(result)) return result;
    }
    usual = before ?? usual ?? (await usualVariant(call, family));
    if (usual !== undefined) return read(usual);
    const nft = await read("nft");
    if (nft.kind === "read") return nft;
    const legacy = await read("legacy");
    return legacy.kind === "read" ? legacy : nft;
  };

  return {
    observe,
    knowsNflog: (variant) => variants[variant].knowsNflog(),
    apply: (variant, text) => variants[variant].apply(text),
  };
}

/** Without nf_tables the kernel has none of its rules; tables of iptables-legacy are looked for only where it has some. */
function unreadBy(
  { failure }: FailedCall,
  family: Family,
  variant: Variant,
): readonly UnreadVariant[] {
  if (failure.reason === "NftablesMissing") return [];
  return [{ family, variant, hasTables: variant === "legacy", failure }];
}

type Read = (variant: Variant) => Promise<ReadTables | FailedCall>;

/** What will be otherwise in a moment decides nothing; that a variant cannot be used here does. */
function isPassing({ failure }: FailedCall): boolean {
  return failure.class === "retry";
}
