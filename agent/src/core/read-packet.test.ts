import { describe, expect, test } from "vitest";
import { readPacket } from "./read-packet.ts";

const bytes = (...parts: readonly string[]) =>
  Buffer.from(parts.join("").replaceAll(" ", ""), "hex");

const v4 = (protocol: string, fragment = "0000") =>
  `4500 0054 0001 ${fragment} 40 ${protocol} 0000 cb007109 0a010002`;
const v6 = (next: string) =>
  `6000 0000 0028 ${next} 40 20010db8000000000000000000000009 fd010000000000000000000000000002`;
const from4 = { source: "203.0.113.9", destination: "10.1.0.2" };
const from6 = { source: "2001:db8::9", destination: "fd01::2" };
const ports = "cb1c 0cea";

describe("a packet is read as far as its headers are there", () => {
  test.each<[string, readonly string[], ReturnType<typeof readPacket>]>([
    ["TCP", [v4("06"), ports], { protocol: "TCP", ...from4, port: 3306 }],
    ["UDP", [v4("11"), ports], { protocol: "UDP", ...from4, port: 3306 }],
    ["SCTP", [v4("84"), ports], { protocol: "SCTP", ...from4, port: 3306 }],
    ["ICMP", [v4("01"), "0800 0000"], { protocol: "ICMP", ...from4 }],
    ["a protocol without a name here", [v4("2f"), ports], { protocol: "47", ...from4 }],
    [
      "IPv4 options",
      ["4600 0054 0001 0000 40 06 0000 cb007109 0a010002 94040000", ports],
      { protocol: "TCP", ...from4, port: 3306 },
    ],
    ["a first fragment", [v4("11", "2000"), ports], { protocol: "UDP", ...from4, port: 3306 }],
    ["a later fragment", [v4("11", "2001"), ports], { protocol: "UDP", ...from4 }],
    [
      "a header length of nothing",
      [v4("06").replace("45", "40"), ""],
      { protocol: "TCP", ...from4, port: 84 },
    ],
    ["cut off within the ports", [v4("06"), "cb1c 0c"], { protocol: "TCP", ...from4 }],
    ["IPv6", [v6("06"), ports], { protocol: "TCP", ...from6, port: 3306 }],
    ["ICMPv6", [v6("3a"), "8000"], { protocol: "ICMP", ...from6 }],
    [
      "behind hop-by-hop, routing and destination options",
      [v6("00"), "2b00 0000 0000 0000", "3c01", "00".repeat(14), "1100", "00".repeat(6), ports],
      { protocol: "UDP", ...from6, port: 3306 },
    ],
    [
      "a first fragment of IPv6",
      [v6("2c"), "1100 0001 0000 0001", ports],
      { protocol: "UDP", ...from6, port: 3306 },
    ],
    [
      "a later fragment of IPv6",
      [v6("2c"), "1100 05a9 0000 0001", ports],
      { protocol: "UDP", ...from6 },
    ],
    ["an extension that is cut off", [v6("00"), "1100 0000"], { protocol: "0", ...from6 }],
    [
      "an extension longer than the packet",
      [v6("00"), "11ff 0000 0000 0000", ports],
      { protocol: "UDP", ...from6 },
    ],
    [
      "nothing but extensions",
      [v6("00"), "0000 0000 0000 0000".repeat(8)],
      { protocol: "0", ...from6 },
    ],
    ["without its addresses", ["4500 0054 0001 0000"], undefined],
    ["neither IPv4 nor IPv6", ["ff".repeat(64)], undefined],
    ["no byte at all", [], undefined],
  ])("%s", (_, parts, header) => {
    expect(readPacket(bytes(...parts))).toEqual(header);
  });
});
