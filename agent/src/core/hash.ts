import { type Family, remembered } from "@seawall/policy";
import { chainedHash, hashComment, plainLabel } from "./chained-hash.ts";
import type { HashedChain, HashedRule } from "./hashed-chain.ts";
import { checkedLogPrefix, logGroup, loggedBytes } from "./log-entry.ts";
import {
  type Chain,
  type MatchWord,
  type PerTable,
  perTable,
  type Rule,
  type Ruleset,
} from "./ruleset.ts";

export type HashedRuleset = Readonly<Record<Family, PerTable<readonly HashedChain[]>>>;

/** What a set, given by its key, is called in the kernel. */
export type SetName = (family: Family, key: string) => string;

/** A set that changes its name changes the rules that name it, and all behind them. */
export function hashRuleset({ chains }: Ruleset, nameOf: SetName): HashedRuleset {
  const hashed = (family: Family) =>
    perTable((table) => chains[family][table].map((chain) => hashChain(chain, family, nameOf)));
  return { IPv4: hashed("IPv4"), IPv6: hashed("IPv6") };
}

/**
 * iptables prints a rule in other words than it was given in, so rules are never compared as text
 * with what we wanted. Each carries a hash in its comment instead, chained over the chain's name, the rule and
 * the hash before it: a rule that is missing, added or moved changes every hash behind it.
 */
function hashChain(chain: Chain, family: Family, nameOf: SetName): HashedChain {
  const names = setsOf(chain).map((key) => nameOf(family, key));
  return hashNaming(chain, family, ...names);
}

/** Keys of the sets that its rules name. */
const setsOf = remembered((chain: Chain): readonly string[] => {
  const keys = new Set<string>();
  for (const { match } of chain.rules) {
    for (const word of match) if (typeof word === "object" && "set" in word) keys.add(word.set);
  }
  return [...keys];
});

/** With the names of its sets, in the order in which `setsOf` has them. */
const hashNaming = remembered((chain: Chain, family: Family, ...names: string[]): HashedChain => {
  const inOrder = setsOf(chain);
  const nameOf: SetName = (_, key) => names[inOrder.indexOf(key)] ?? "";
  let previous = "";
  const rules = chain.rules.map((rule) => {
    const hashed = hashRule(chain.name, rule, previous, family, nameOf);
    previous = hashed.hash;
    return hashed;
  });
  return { name: chain.name, rules };
});

function hashRule(
  chain: string,
  rule: Rule,
  previous: string,
  family: Family,
  nameOf: SetName,
): HashedRule {
  const text = (part: MatchWord) => {
    if (typeof part === "string") return word(part);
    return "set" in part ? word(nameOf(family, part.set)) : `${word(part.begins)}+`;
  };
  const match = rule.match.map(text).join(" ");
  const jump = targetText(rule, family);
  const label = plainLabel(rule.label, longestComment);
  const hash = chainedHash([chain, match, jump, label], previous);
  const comment = `-m comment --comment "${hashComment(hash, label, longestComment)}"`;
  const line = [...(match === "" ? [] : [match]), comment, jump].join(" ");
  return { hash, text: line, ...(rule.origin === undefined ? {} : { origin: rule.origin }) };
}

function targetText({ target }: Rule, family: Family): string {
  switch (target.kind) {
    case "return":
      return "-j RETURN";
    case "drop":
      return "-j DROP";
    case "reject":
      return `-j REJECT --reject-with ${target.by === "tcp-reset" ? "tcp-reset" : unreachable[family]}`;
    case "log":
      return `-j NFLOG ${logOptions.join(" ")} --nflog-prefix "${checkedLogPrefix(target.prefix)}"`;
    case "mark": {
      const mask = `0x${target.bit.toString(16)}`;
      return `-j MARK --set-xmark ${target.to === 1 ? mask : "0x0"}/${mask}`;
    }
    case "jump":
      return `-j ${word(target.chain)}`;
    case "goto":
      return `-g ${word(target.chain)}`;
  }
}

const unreachable = { IPv4: "icmp-port-unreachable", IPv6: "icmp6-port-unreachable" } as const;

/** How much of a packet is told to whom. */
export const logOptions = [
  ...["--nflog-group", String(logGroup)],
  ...["--nflog-size", String(loggedBytes)],
] as const;

// Everything that can be in a match was checked long before. A word that could end the line or the
// argument would let somebody write rules of their own, so here it is a bug that stops everything.
function word(text: string): string {
  if (!/^[A-Za-z0-9_.,:/@!-]+$/.test(text)) {
    throw new Error(`not a word of an iptables rule: ${JSON.stringify(text)}`);
  }
  return text;
}

/** iptables cuts longer comments without a word, and the hash has to survive. */
const longestComment = 255;

/** Our rule in a chain that is not ours. Alone in its position, so it chains with nothing. */
export function jumpRule(chain: string, from: string): HashedRule {
  const rule: Rule = { match: [], target: { kind: "jump", chain }, label: "jump" };
  return hashRule(from, rule, "", "IPv4", (_, key) => {
    throw new Error(`a jump names no set: ${key}`);
  });
}
