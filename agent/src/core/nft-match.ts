import type { Family, PortRange } from "@seawall/policy";
import { isPlainInterfaceName } from "@seawall/policy";
import { cutMark } from "./cut-mark.ts";
import { deniedMark } from "./denied-mark.ts";
import type { Match } from "./layout.ts";
import { nftSetName } from "./nft-names.ts";

/** The words of nft for a match, which stands in a chain for one family; "" for every packet. */
export function nftMatch(match: readonly Match[], family: Family): string {
  return match.map((one) => wordsOf(one, family)).join(" ");
}

function wordsOf(match: Match, family: Family): string {
  switch (match.kind) {
    case "interface":
      return `${interfaceWord[match.end]} ${match.not === true ? "!= " : ""}${quotedName(match.name)}`;
    case "interfaces":
      return `${interfaceWord[match.end]} "${nameBegin(match.begin)}*"`;
    case "addresses": {
      const { key, cidrs } = match;
      const address = `${ip[family]} ${match.end === "from" ? "saddr" : "daddr"}`;
      return `${address} ${key === undefined ? anyOf(cidrs.map(cidrWord)) : `@${nftSetName(family, key)}`}`;
    }
    case "protocol":
      return `meta l4proto ${protocolWord(match.protocol, family)}`;
    case "ports":
      return `${match.protocol.toLowerCase()} dport ${anyOf(match.ranges.map(portText))}`;
    case "publishedPort": {
      const protocol = `meta l4proto ${protocolWord(match.protocol, family)}`;
      const { address } = match;
      const called =
        address === undefined ? "" : ` ct original ${ip[family]} daddr ${addressWord(address)}`;
      return `${protocol} ${cameByPort}${called} ct original proto-dst ${portText(match.ports)}`;
    }
    case "published":
      return cameByPort;
    case "dnat":
      return match.is ? "ct status dnat" : "ct status & dnat == 0";
    case "established":
      return "ct state established,related";
    case "icmp": {
      const { type, code } = match;
      const protocol = family === "IPv4" ? "icmp" : "icmpv6";
      const typed = `${protocol} type ${String(type)}`;
      return code === undefined ? typed : `${typed} ${protocol} code ${String(code)}`;
    }
    case "cut":
      return `ct mark & ${bitWord(cutMark)} == ${bitWord(cutMark)}`;
    case "denied":
      return `meta mark & ${bitWord(deniedMark)} == ${match.is ? bitWord(deniedMark) : "0"}`;
    case "rate":
      return `limit rate ${String(match.perSecond)}/second burst ${String(match.burst)} packets`;
  }
}

/** By interface, in a match and in the declaration of a map. */
export const interfaceWord = { from: "iifname", to: "oifname" } as const;

/** The header of a family's packets, in a match and in the declaration of a set. */
export const ip = { IPv4: "ip", IPv6: "ip6" } as const;

// The original direction: the replies of a DNATed connection did not come by the port.
const cameByPort = "ct status dnat ct direction original";

function protocolWord(protocol: "TCP" | "UDP" | "ICMP", family: Family): string {
  return protocol === "ICMP" && family === "IPv6" ? "ipv6-icmp" : protocol.toLowerCase();
}

function bitWord(bit: number): string {
  return `0x${bit.toString(16)}`;
}

function anyOf(words: readonly string[]): string {
  const [only = "", ...others] = words;
  return others.length === 0 ? only : `{ ${words.join(", ")} }`;
}

function portText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}

// Names and addresses were checked long before. One that could end the word would let somebody write rules of
// their own, so here it is a bug that stops everything.
export function quotedName(name: string): string {
  return `"${nameBegin(name)}"`;
}

function nameBegin(name: string): string {
  if (!isPlainInterfaceName(name)) {
    throw new Error(`not the name of an interface: ${JSON.stringify(name)}`);
  }
  return name;
}

function addressWord(address: string): string {
  if (!/^[0-9a-f.:]+$/.test(address)) {
    throw new Error(`not an address: ${JSON.stringify(address)}`);
  }
  return address;
}

export function cidrWord(cidr: string): string {
  if (!/^[0-9a-f.:]+\/[0-9]{1,3}$/.test(cidr)) {
    throw new Error(`not addresses: ${JSON.stringify(cidr)}`);
  }
  return cidr;
}
