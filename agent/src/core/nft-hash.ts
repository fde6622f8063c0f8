import type { Family } from "@seawall/policy";
import { chainedHash, hashComment, plainLabel } from "./chained-hash.ts";
import type { HashedRule } from "./hashed-chain.ts";
import { checkedLogPrefix, logGroup, loggedBytes } from "./log-entry.ts";
import { nftChainName } from "./nft-names.ts";
import type { Origin } from "./origin.ts";
import type { Target } from "./ruleset.ts";

/** A rule without its comment. */
export interface NftRule {
  /** Empty: every packet. */
  readonly match: string;
  /** Empty: what it matches says it. */
  readonly does: string;
  readonly label: string;
  readonly origin?: Origin;
}

/** nft refuses longer ones. */
const longestComment = 128;

/** As they are written, each with the hash by which it is found again, chained over the chain's name and what is before. */
export function hashNftRules(chain: string, rules: readonly NftRule[]): readonly HashedRule[] {
  let previous = "";
  return rules.map(({ match, does, label, origin }) => {
    const plain = plainLabel(label, longestComment);
    const hash = chainedHash([chain, match, does, plain], previous);
    previous = hash;
    const comment = `comment "${hashComment(hash, plain, longestComment)}"`;
    const text = [match, does, comment].filter((part) => part !== "").join(" ");
    return { hash, text, ...(origin === undefined ? {} : { origin }) };
  });
}

/** What a rule does with what it matches, counted where a policy has a say or a packet ends. */
export function nftTarget(target: Target, isCounted: boolean, family: Family): string {
  const ends = target.kind === "drop" || target.kind === "reject";
  return `${isCounted || ends ? "counter " : ""}${targetWords(target, family)}`;
}

function targetWords(target: Target, family: Family): string {
  switch (target.kind) {
    case "return":
    case "drop":
      return target.kind;
    case "reject":
      return `reject with ${target.by === "tcp-reset" ? "tcp reset" : "icmpx port-unreachable"}`;
    case "log":
      return `log prefix "${checkedLogPrefix(target.prefix)}" group ${String(logGroup)} snaplen ${String(loggedBytes)}`;
    case "mark":
      return `meta mark set meta mark ${markChange(target)}`;
    case "jump":
    case "goto":
      return `${target.kind} ${nftChainName(family, target.chain)}`;
  }
}

/** A mark has 32 bits, and all but one stay. */
function markChange({ bit, to }: Target & { readonly kind: "mark" }): string {
  return to === 1 ? `| 0x${bit.toString(16)}` : `& 0x${(~bit >>> 0).toString(16)}`;
}
