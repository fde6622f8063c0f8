import { expect, test } from "vitest";
import { formatAddress } from "./cidr.ts";
import { parseTrace, type TraceEnd } from "./trace-question.ts";

function words(end: TraceEnd): string {
  switch (end.kind) {
    case "host":
      return "the host";
    case "internet":
      return `the internet${behind(end.interface)}`;
    case "address":
      return `${formatAddress(end.address)}${behind(end.interface)}`;
    case "docker":
      return `${end.what ?? "any"} ${end.name}`;
  }
}

function behind(name: string | undefined): string {
  return name === undefined ? "" : ` behind ${name}`;
}

test.for([
  ["203.0.113.9", "web:443", "TCP", "203.0.113.9 to any web 443"],
  ["2001:db8::1", "[2001:DB8::2]:53", "UDP", "2001:db8::1 to 2001:db8::2 53"],
  ["internet", "host:8080", "TCP", "the internet to the host 8080"],
  ["container/web", "network/db:1", "TCP", "container web to network db 1"],
  ["web", "[2001:db8::2]", "ICMP", "any web to 2001:db8::2"],
  ["web", "2001:db8::2", "ICMP", "any web to 2001:db8::2"],
  [
    "10.8.0.7%wg0",
    "10.9.0.5%eth1.20:22",
    "TCP",
    "10.8.0.7 behind wg0 to 10.9.0.5 behind eth1.20 22",
  ],
  [
    "internet%eth0",
    "[2001:db8::1%eth1]:22",
    "TCP",
    "the internet behind eth0 to 2001:db8::1 behind eth1 22",
  ],
  [
    "2001:db8::1%eth0",
    "2001:db8::2%eth1",
    "ICMP",
    "2001:db8::1 behind eth0 to 2001:db8::2 behind eth1",
  ],
  [
    "10.8.0.7%",
    "db:1",
    "TCP",
    '"10.8.0.7%" names no interface: write ADDRESS%INTERFACE, like 10.8.0.7%eth1',
  ],
  [
    "10.8.0.7%eth+",
    "db:1",
    "TCP",
    '"10.8.0.7%eth+" names no interface: write ADDRESS%INTERFACE, like 10.8.0.7%eth1',
  ],
  // Only who is outside Docker may be behind any of them.
  [
    "host%eth0",
    "web:1",
    "TCP",
    '"host%eth0": an interface stands with addresses only, like 10.9.0.5%eth1',
  ],
  [
    "web",
    "db%eth0:1",
    "TCP",
    '"db%eth0": an interface stands with addresses only, like 10.9.0.5%eth1',
  ],
  ["10.8.0.1%lo", "db:1", "TCP", '"10.8.0.1%lo": nothing that a host forwards goes by lo'],
  [
    "web",
    "[2001:db8::1]%eth1:443",
    "TCP",
    '"[2001:db8::1]%eth1:443": write an IPv6 address, interface and port as [2001:db8::1%eth1]:443',
  ],
  ["web", "db", "TCP", '"db" has no port: write it as DST:PORT, like db:3306'],
  ["web", "db:3306", "ICMP", 'ICMP has no ports: write "db" without one'],
  ["web", "db:0", "TCP", '"0" is not a port: it is a number from 1 to 65535'],
  ["web", "db:65536", "TCP", '"65536" is not a port: it is a number from 1 to 65535'],
  [
    "web",
    "2001:db8::zz:80",
    "TCP",
    '"2001:db8::zz:80": write an IPv6 address and port as [2001:db8::1]:443',
  ],
  [
    "web",
    "[2001:db8::1]80",
    "TCP",
    '"[2001:db8::1]80": write an IPv6 address and port as [2001:db8::1]:443',
  ],
  [
    "10.0.0",
    "db:1",
    "TCP",
    '"10.0.0" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  ["container/", "db:1", "TCP", '"container/" names nothing'],
  ["", "db:1", "TCP", '"" names nothing'],
] as const)("%s %s %s: %s", ([source, destination, protocol, expected]) => {
  const parsed = parseTrace(source, destination, protocol);
  expect(
    parsed.ok
      ? `${words(parsed.question.source)} to ${words(parsed.question.destination)} ${String(parsed.question.port ?? "")}`.trimEnd()
      : parsed.message,
  ).toBe(expected);
});
