import { createHash } from "node:crypto";
import type { Family } from "@seawall/policy";
import { type Chain, type Origin, type Rule, type Ruleset, topChain } from "./ruleset.ts";

/** What our comments begin with. */
export const commentMark = "sw:";

/** A rule as it is written, with the hash by which it is found again. */
export interface HashedRule {
  readonly hash: string;
  /** What follows `-A CHAIN ` in iptables-restore's language. */
  readonly text: string;
  readonly origin?: Origin;
}

export interface HashedChain {
  readonly name: string;
  readonly rules: readonly HashedRule[];
}

export type HashedRuleset = Readonly<Record<Family, readonly HashedChain[]>>;

export function hashRuleset(ruleset: Ruleset): HashedRuleset {
  return {
    IPv4: ruleset.IPv4.map((chain) => hashChain(chain, "IPv4")),
    IPv6: ruleset.IPv6.map((chain) => hashChain(chain, "IPv6")),
  };
}

/**
 * iptables prints a rule in other words than it was given in, so rules are never compared as text
 * with what we wanted. Each carries a hash in its comment instead, chained over the chain's name, the rule and
 * the hash before it: a rule that is missing, added or moved changes every hash behind it.
 */
function hashChain(chain: Chain, family: Family): HashedChain {
  let previous = "";
  const rules = chain.rules.map((rule) => {
    const hashed = hashRule(chain.name, rule, previous, family);
    previous = hashed.hash;
    return hashed;
  });
  return { name: chain.name, rules };
}

function hashRule(chain: string, rule: Rule, previous: string, family: Family): HashedRule {
  const match = rule.match.map(word).join(" ");
  const jump = targetText(rule, family);
  const label = plainLabel(rule.label);
  const hash = createHash("sha256")
    .update([chain, match, jump, label, previous].join("\n"))
    .digest("base64url")
    .slice(0, 16);
  const comment = `-m comment --comment "${commentMark}${hash} ${label}"`;
  const text = [...(match === "" ? [] : [match]), comment, jump].join(" ");
  return rule.origin === undefined ? { hash, text } : { hash, text, origin: rule.origin };
}

function targetText({ target }: Rule, family: Family): string {
  switch (target.kind) {
    case "return":
      return "-j RETURN";
    case "drop":
      return "-j DROP";
    case "reject":
      return `-j REJECT --reject-with ${target.by === "tcp-reset" ? "tcp-reset" : unreachable[family]}`;
    case "jump":
      return `-j ${word(target.chain)}`;
    case "goto":
      return `-g ${word(target.chain)}`;
  }
}

const unreachable = { IPv4: "icmp-port-unreachable", IPv6: "icmp6-port-unreachable" } as const;

// Everything that can be in a match was checked long before. A word that could end the line or the
// argument would let somebody write rules of their own, so here it is a bug that stops everything.
function word(text: string): string {
  if (!/^[A-Za-z0-9_.,:/!-]+$/.test(text)) {
    throw new Error(`not a word of an iptables rule: ${JSON.stringify(text)}`);
  }
  return text;
}

/** iptables cuts longer comments without a word, and the hash has to survive. */
const longestComment = 255;

function plainLabel(label: string): string {
  const room = longestComment - commentMark.length - 16 - 1;
  return label.replace(/[^A-Za-z0-9 _.,:/[\]()@+=-]/g, "_").slice(0, room);
}

/** Our rule in DOCKER-USER. Alone in its position, so it chains with nothing. */
export const jumpRule = hashRule(
  "DOCKER-USER",
  { match: [], target: { kind: "jump", chain: topChain }, label: "jump" },
  "",
  "IPv4",
);
