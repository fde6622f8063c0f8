import type { Family, PortRange } from "@seawall/policy";
import { cutMark } from "./cut-mark.ts";
import { deniedMark } from "./denied-mark.ts";
import type { End, Match } from "./layout.ts";
import { markText } from "./mark-text.ts";
import type { MatchWord } from "./ruleset.ts";

/** Whether rules may name sets: ipset is not on every host. */
export type Ipset = "available" | "missing";

/**
 * The words of iptables for a match: one list per rule needed, as few as possible. Ports, and addresses
 * that are no set, are multiplied with each other.
 */
export function iptablesMatch(
  match: readonly Match[],
  family: Family,
  ipset: Ipset,
): readonly (readonly MatchWord[])[] {
  return match.reduce<readonly (readonly MatchWord[])[]>(
    (lists, one) => {
      const alternatives = wordsOf(one, family, ipset);
      return lists.flatMap((words) => alternatives.map((more) => [...words, ...more]));
    },
    [[]],
  );
}

const endWords = {
  from: { via: "-i", at: "-s", in: "src" },
  to: { via: "-o", at: "-d", in: "dst" },
} as const;

export function interfaceWords(end: End, name: MatchWord): readonly MatchWord[] {
  return [endWords[end].via, name];
}

function wordsOf(match: Match, family: Family, ipset: Ipset): readonly (readonly MatchWord[])[] {
  switch (match.kind) {
    case "interface": {
      const words = interfaceWords(match.end, match.name);
      return [match.not === true ? ["!", ...words] : words];
    }
    case "interfaces":
      return [interfaceWords(match.end, { begins: match.begin })];
    case "addresses": {
      const { key, cidrs } = match;
      const words = endWords[match.end];
      return key !== undefined && ipset === "available"
        ? [["-m", "set", "--match-set", { set: key }, words.in]]
        : cidrs.map((cidr) => [words.at, cidr]);
    }
    case "protocol":
      return [["-p", match.protocol === "ICMP" ? icmp[family] : match.protocol.toLowerCase()]];
    case "ports":
      return portWords(match.protocol.toLowerCase(), match.ranges);
    case "publishedPort":
      return [
        [
          ...["-p", match.protocol.toLowerCase(), "-m", "conntrack", "--ctstate", "DNAT"],
          ...(match.address === undefined ? [] : ["--ctorigdst", match.address]),
          ...["--ctorigdstport", portText(match.ports), "--ctdir", "ORIGINAL"],
        ],
      ];
    case "published":
      return [["-m", "conntrack", "--ctstate", "DNAT", "--ctdir", "ORIGINAL"]];
    case "dnat":
      return [["-m", "conntrack", ...(match.is ? [] : ["!"]), "--ctstate", "DNAT"]];
    case "established":
      return [["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"]];
    case "icmp":
      return [icmpWords(match, family)];
    case "cut":
      return [["-m", "connmark", "--mark", markText(cutMark)]];
    case "denied":
      return [["-m", "mark", ...(match.is ? [] : ["!"]), "--mark", markText(deniedMark)]];
    case "rate": {
      const rate = `${String(match.perSecond)}/second`;
      return [["-m", "limit", "--limit", rate, "--limit-burst", String(match.burst)]];
    }
  }
}

const icmp = { IPv4: "icmp", IPv6: "ipv6-icmp" } as const;

function icmpWords({ type, code }: Match & { kind: "icmp" }, family: Family): readonly string[] {
  const text = code === undefined ? String(type) : `${String(type)}/${String(code)}`;
  return family === "IPv4"
    ? ["-p", "icmp", "-m", "icmp", "--icmp-type", text]
    : ["-p", "ipv6-icmp", "-m", "icmp6", "--icmpv6-type", text];
}

/** What `-m multiport` takes; a range counts twice. */
const multiportSlots = 15;

function portWords(protocol: string, ranges: readonly PortRange[]): readonly (readonly string[])[] {
  return multiportGroups(ranges).map((group) =>
    group.length === 1
      ? ["-p", protocol, "--dport", ...group.map(portText)]
      : ["-p", protocol, "-m", "multiport", "--dports", group.map(portText).join(",")],
  );
}

function multiportGroups(ranges: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const groups: PortRange[][] = [];
  let free = 0;
  for (const range of ranges) {
    const slots = range.first === range.last ? 1 : 2;
    const group = groups.at(-1);
    if (group === undefined || slots > free) {
      groups.push([range]);
      free = multiportSlots - slots;
    } else {
      group.push(range);
      free -= slots;
    }
  }
  return groups;
}

function portText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${String(first)}:${String(last)}`;
}
