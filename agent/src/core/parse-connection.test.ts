import { formatAddress } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { type ConnectionLine, connectionReader, originalTuple } from "./parse-connection.ts";

/** `TCP 192.0.2.1 > 192.0.2.2 80 = 172.18.0.2 8080`, then what else is true of it. */
function text(line: ConnectionLine | undefined): string | undefined {
  if (line === undefined || line === "other") return line;
  const { protocol, source, destination, answerer, port, answeringPort } = line;
  const [from, to, by] = [source, destination, answerer].map(formatAddress);
  return [
    ...[protocol, from, ">", to, port, "=", by, answeringPort],
    ...(["isCut", "isOver", "isExpected"] as const).filter((key) => line[key]),
    ...(line.isAnswered ? [] : ["unanswered"]),
  ]
    .filter((word) => word !== undefined)
    .join(" ");
}

// As conntrack 1.4.7 and 1.4.9 print them.
describe("a line of conntrack -L -o extended", () => {
  test.for([
    [
      "ipv4     2 tcp      6 431999 ESTABLISHED src=203.0.113.7 dst=192.0.2.11 sport=39658 dport=8080 src=10.7.0.2 dst=203.0.113.7 sport=80 dport=39658 [ASSURED] mark=0 use=1",
      "TCP 203.0.113.7 > 192.0.2.11 8080 = 10.7.0.2 80",
    ],
    [
      "ipv4     2 udp      17 28 src=10.7.0.3 dst=192.0.2.53 sport=5353 dport=53 [UNREPLIED] src=192.0.2.53 dst=192.0.2.11 sport=53 dport=5353 mark=1073741952 use=2",
      "UDP 10.7.0.3 > 192.0.2.53 53 = 192.0.2.53 53 isCut unanswered",
    ],
    [
      "ipv4     2 icmp     1 28 src=10.7.0.3 dst=192.0.2.102 type=8 code=0 id=19 src=192.0.2.102 dst=192.0.2.11 type=0 code=0 id=19 mark=128 use=1 id=2976573482",
      "ICMP 10.7.0.3 > 192.0.2.102 = 192.0.2.102",
    ],
    [
      "ipv6     10 icmpv6   58 29 src=2001:db8::1 dst=2001:db8::2 type=128 code=0 id=44 src=2001:db8::2 dst=2001:db8::1 type=129 code=0 id=44 mark=0 use=1",
      "ICMP 2001:db8::1 > 2001:db8::2 = 2001:db8::2",
    ],
    [
      "ipv6     10 tcp      6 9 CLOSE src=::ffff:192.0.2.1 dst=2001:db8::2 sport=1 dport=22 src=2001:db8::2 dst=::ffff:192.0.2.1 sport=22 dport=1 [ASSURED] mark=0 secctx=system_u:object_r:unlabeled_t:s0 use=1",
      "TCP ::ffff:c000:201 > 2001:db8::2 22 = 2001:db8::2 22 isOver",
    ],
    [
      "ipv4     2 tcp      6 118 TIME_WAIT src=10.7.0.3 dst=10.7.0.2 sport=54202 dport=80 packets=6 bytes=383 src=10.7.0.2 dst=10.7.0.3 sport=80 dport=54202 packets=4 bytes=243 [ASSURED] mark=0 use=1",
      "TCP 10.7.0.3 > 10.7.0.2 80 = 10.7.0.2 80 isOver",
    ],
    [
      "ipv4     2 tcp      6 src=10.7.0.3 dst=10.7.0.2 sport=54202 dport=80 src=10.7.0.2 dst=10.7.0.3 sport=80 dport=54202 [OFFLOAD] mark=0 use=2",
      "TCP 10.7.0.3 > 10.7.0.2 80 = 10.7.0.2 80",
    ],
    // Without CONFIG_NF_CONNTRACK_MARK.
    [
      "ipv4     2 udp      17 28 src=10.7.0.3 dst=10.7.0.2 sport=1 dport=53 src=10.7.0.2 dst=10.7.0.3 sport=53 dport=1 use=1",
      "UDP 10.7.0.3 > 10.7.0.2 53 = 10.7.0.2 53",
    ],
    [
      "ipv4     2 unknown  2 522 src=172.17.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=172.17.0.1 mark=0 use=1",
      "other",
    ],
    [
      "ipv4     2 sctp     132 3 CLOSED src=10.7.0.3 dst=10.7.0.2 sport=1 dport=2 src=10.7.0.2 dst=10.7.0.3 sport=2 dport=1 mark=0 use=1",
      "other",
    ],
    [
      "ipv4     2 tcp      6 300 ESTABLISHED src=10.7.0.3 dst=10.7.0.2 sport=1 dport=2 src=10.7.0.2 dst=10.7.0.3 sport=2 dport=1 [ASSURED] mark=0 zone=5 use=1",
      "other",
    ],
    ["conntrack v1.4.7 (conntrack-tools): 8 flow entries have been shown.", undefined],
    [
      "ipv4     2 tcp      6 300 ESTABLISHED src=10.7.0.3 dst=10.7.0.2 src=10.7.0.2 dst=10.7.0.3 mark=0",
      undefined,
    ],
    [
      "ipv4     2 tcp      6 300 ESTABLISHED src=10.7.0.3 dst=10.7.0.2 sport=1 dport=65536 src=10.7.0.2 dst=10.7.0.3 sport=65536 dport=1 mark=0",
      undefined,
    ],
    [
      "ipv4     2 udp      17 3 src=10.7.0.300 dst=10.7.0.2 sport=1 dport=2 src=10.7.0.2 dst=10.7.0.3 sport=2 dport=1 mark=0",
      undefined,
    ],
    [
      "ipv4     2 udp      17 3 src=2001:db8::1 dst=10.7.0.2 sport=1 dport=2 src=10.7.0.2 dst=10.7.0.3 sport=2 dport=1 mark=0",
      undefined,
    ],
    ["", undefined],
  ])("%s: %s", ([line = "", expected]) => {
    expect(text(connectionReader()(line))).toBe(expected);
  });
});

test("what is expected because of another connection is told by its whole tuple", () => {
  const line = (port: number) =>
    `ipv4     2 tcp      6 300 ESTABLISHED src=10.7.0.3 dst=192.0.2.102 sport=${String(port)} dport=7721 src=192.0.2.102 dst=192.0.2.11 sport=7721 dport=${String(port)} [ASSURED] mark=0 use=1`;
  const tuple = originalTuple(line(42108));
  expect(tuple).toBe("src=10.7.0.3 dst=192.0.2.102 sport=42108 dport=7721");
  const read = connectionReader(new Set([tuple ?? ""]));
  expect([42108, 42109].map((port) => text(read(line(port))))).toEqual([
    "TCP 10.7.0.3 > 192.0.2.102 7721 = 192.0.2.102 7721 isExpected",
    "TCP 10.7.0.3 > 192.0.2.102 7721 = 192.0.2.102 7721",
  ]);
});
