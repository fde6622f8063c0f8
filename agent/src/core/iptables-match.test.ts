import type { Family, PortMatch } from "@seawall/policy";
import { expect, test } from "vitest";
import { iptablesMatch } from "./iptables-match.ts";
import { portMatches } from "./port-matches.ts";
import type { MatchWord } from "./ruleset.ts";

function words(ports: readonly PortMatch[] | undefined, family: Family = "IPv4") {
  return portMatches(ports)
    .flatMap((match) => iptablesMatch(match, family, "available"))
    .map(textOf);
}

function textOf(words: readonly MatchWord[]): string {
  return words
    .map((word) => {
      if (typeof word === "string") return word;
      return "set" in word ? word.set : `${word.begins}+`;
    })
    .join(" ");
}

const tcp = (first: number, last = first): PortMatch => ({
  kind: "port",
  protocol: "TCP",
  ports: { first, last },
});
const published = (first: number, last = first): PortMatch => ({
  kind: "publishedPort",
  protocol: "TCP",
  ports: { first, last },
});
const everyUdp: PortMatch = { kind: "port", protocol: "UDP" };
const fourteen = Array.from({ length: 14 }, (_, n) => tcp(n + 1));
const listed = fourteen.map((_, n) => n + 1).join(",");

test.each<[string, readonly PortMatch[] | undefined, readonly string[]]>([
  ["no ports said", undefined, [""]],
  ["an empty list", [], []],
  ["one port", [tcp(80)], ["-p tcp --dport 80"]],
  ["a range", [tcp(80, 90)], ["-p tcp --dport 80:90"]],
  ["ports and a range", [tcp(80), tcp(8000, 8100)], ["-p tcp -m multiport --dports 80,8000:8100"]],
  ["every port", [everyUdp], ["-p udp"]],
  [
    "every port beside some",
    [everyUdp, { kind: "port", protocol: "UDP", ports: { first: 53, last: 53 } }],
    ["-p udp"],
  ],
  ["ports said twice", [tcp(85, 99), tcp(80, 90), tcp(80)], ["-p tcp --dport 80:99"]],
  ["two protocols", [tcp(53), everyUdp], ["-p tcp --dport 53", "-p udp"]],
  ["ICMP", [{ kind: "icmp" }], ["-p icmp"]],
  [
    "a published port",
    [published(8080)],
    ["-p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL"],
  ],
  [
    "published ports",
    [published(1, 9)],
    ["-p tcp -m conntrack --ctstate DNAT --ctorigdstport 1:9 --ctdir ORIGINAL"],
  ],
  ["15 ports", [...fourteen, tcp(15)], [`-p tcp -m multiport --dports ${listed},15`]],
  [
    "16 ports",
    [...fourteen, tcp(15), tcp(16)],
    [`-p tcp -m multiport --dports ${listed},15`, "-p tcp --dport 16"],
  ],
  [
    "a range that does not fit",
    [...fourteen, tcp(20, 30)],
    [`-p tcp -m multiport --dports ${listed}`, "-p tcp --dport 20:30"],
  ],
])("%s", (_, ports, expected) => {
  expect(words(ports)).toEqual(expected);
});

test("ICMP of IPv6 is another protocol", () => {
  expect(words([{ kind: "icmp" }], "IPv6")).toEqual(["-p ipv6-icmp"]);
});

test.each([
  ["available", ["-m set --match-set p/r/from src -p tcp --dport 25"]],
  ["missing", ["-s 10.0.0.1/32 -p tcp --dport 25", "-s 10.0.0.3/32 -p tcp --dport 25"]],
] as const)("addresses that may be a set, with ipset %s", (ipset, expected) => {
  const cidrs = ["10.0.0.1/32", "10.0.0.3/32"];
  const lists = iptablesMatch(
    [
      { kind: "addresses", end: "from", cidrs, key: "p/r/from" },
      { kind: "ports", protocol: "TCP", ranges: [{ first: 25, last: 25 }] },
    ],
    "IPv4",
    ipset,
  );
  expect(lists.map(textOf)).toEqual(expected);
});
