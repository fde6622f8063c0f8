import type { Family } from "@seawall/policy";
import { holdsNothing, type ObservedFamily } from "../core/parse-save.ts";
import { tables } from "../core/ruleset.ts";
import { otherVariant, type Variant } from "../core/variant.ts";
import type { FailedCall } from "../ports.ts";
import { type Call, usualVariant } from "./iptables-programs.ts";
import { createIptablesTables, type IptablesTables, type ReadTables } from "./iptables-tables.ts";
import { legacyTables } from "./legacy-tables.ts";

/** One family in both variants of iptables. */
export interface IptablesFamily {
  observe(): Promise<ObservedVariants | FailedCall>;
  apply(variant: Variant, text: string): ReturnType<IptablesTables["apply"]>;
}

interface ObservedVariants {
  readonly kind: "observed";
  /** Where Docker keeps its rules; where it would, while it has none. */
  readonly inUse: ObservedFamily;
  /** Of iptables. */
  readonly version: string;
  /** The other variant; `absent`: it has no tables, or cannot be used here. */
  readonly elsewhere: ObservedFamily | "absent";
}

/** While nothing is found elsewhere it is looked at in one of so many readings. */
const elsewhereEvery = 12;

const everyTable = new Set(tables);

export function createIptablesFamily(call: Call, procNet: string, family: Family): IptablesFamily {
  const variants: Readonly<Record<Variant, IptablesTables>> = {
    nft: createIptablesTables(call, family, "nft"),
    legacy: createIptablesTables(call, family, "legacy"),
  };
  let elsewhere: ObservedFamily | "absent" = "absent";
  let readingsLeft = 0;
  let before: Variant | undefined;

  const observe = async (): Promise<ObservedVariants | FailedCall> => {
    const legacy = await legacyTables(procNet, family);
    if (legacy.kind === "failed") return legacy;
    const known = new Map<Variant, ReadTables | FailedCall>();
    const read = async (variant: Variant): Promise<ReadTables | FailedCall> => {
      const there = variant === "nft" ? everyTable : legacy.names;
      const result = known.get(variant) ?? (await variants[variant].read(there));
      known.set(variant, result);
      return result;
    };
    const inUse = await findDocker(read, legacy.names.has("filter"));
    if (inUse.kind === "failed") return inUse;
    const { variant } = inUse.family;
    if (variant !== before || !holdsNothing(elsewhere)) readingsLeft = 0;
    if (readingsLeft === 0) {
      const other = otherVariant(variant);
      const isThere = other === "nft" || legacy.names.size > 0;
      const result = isThere ? await read(other) : undefined;
      if (isPassing(result)) return result;
      elsewhere = result?.kind === "read" ? result.family : "absent";
      readingsLeft = elsewhereEvery;
    }
    readingsLeft -= 1;
    before = variant;
    return { kind: "observed", inUse: inUse.family, version: inUse.version, elsewhere };
  };

  /**
   * Docker runs whatever `iptables` is, so its rules are looked for there first: a host that was switched from one
   * variant to the other has its chains in both. iptables-legacy is not so much as started where it has no tables.
   */
  const findDocker = async (
    read: (variant: Variant) => Promise<ReadTables | FailedCall>,
    mayBeLegacy: boolean,
  ): Promise<ReadTables | FailedCall> => {
    let usual = mayBeLegacy ? await usualVariant(call, family) : undefined;
    const first = usual ?? "nft";
    for (const variant of mayBeLegacy ? [first, otherVariant(first)] : [first]) {
      const result = await read(variant);
      if (isPassing(result)) return result;
      if (result.kind === "read" && result.family.dockerRules) return result;
    }
    usual ??= await usualVariant(call, family);
    if (usual !== undefined) return read(usual);
    const nft = await read("nft");
    if (nft.kind === "read") return nft;
    const legacy = await read("legacy");
    return legacy.kind === "read" ? legacy : nft;
  };

  return { observe, apply: (variant, text) => variants[variant].apply(text) };
}

/** What will be otherwise in a moment decides nothing; that a variant cannot be used here does. */
function isPassing(result: ReadTables | FailedCall | undefined): result is FailedCall {
  return result?.kind === "failed" && result.failure.class === "retry";
}
