import { formatCidr } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { type HostRoutes, whereIs } from "./host-routes.ts";
import { parseRoutes } from "./parse-routes.ts";
import { connection, ground } from "./testing/live-host.ts";

const fib_trie = `Main:
  +-- 0.0.0.0/0 3 0 4
     +-- 10.7.0.0/24 2 0 2
        +-- 10.7.0.0/31 1 0 0
           |-- 10.7.0.0
              /24 link UNICAST
           |-- 10.7.0.1
              /32 host LOCAL
        |-- 10.7.0.255
           /32 link BROADCAST
     |-- 127.0.0.0
        /8 host LOCAL
Local:
  +-- 0.0.0.0/0 3 0 4
     |-- 10.7.0.1
        /32 host LOCAL
`;

const route = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
br-d6bc29611d93	0000070A	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
br-d6bc29611d93	0000610A	0200070A	0003	0	0	0	00FFFFFF	0	0	0
*	0000620A	00000000	0201	0	0	0	00FFFFFF	0	0	0
ppp0	00000000	00000000	0001	0	0	200	00000000	0	0	0
`;

const ipv6_route = `20010db805ea00000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
20010db805ea00000000000000000011 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001     eth0
20010db805ea00000000000000000000 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80300001     eth0
20010db8000900000000000000000000 30 00000000000000000000000000000000 00 20010db805ea00000000000000000001 00000400 00000001 00000000 00000003     eth0
`;

function text({ own, routes }: HostRoutes): readonly string[] {
  return [
    `own ${own.map(formatCidr).join(" ")}`,
    ...routes.map(({ to, interface: name = "refused", metric, isFar }) =>
      [formatCidr(to), name, metric, ...(isFar ? ["far"] : [])].join(" "),
    ),
  ];
}

test("as the kernel shows them", () => {
  expect(text(parseRoutes({ fib_trie, route, ipv6_route }, true))).toEqual([
    "own 10.7.0.1/32 127.0.0.0/8 2001:db8:5ea::11/128 2001:db8:5ea::/128",
    "10.7.0.0/24 br-d6bc29611d93 0",
    "0.0.0.0/0 eth0 100 far",
    "10.97.0.0/24 br-d6bc29611d93 0 far",
    "10.98.0.0/24 refused 0",
    "0.0.0.0/0 ppp0 200 far",
    "2001:db8:5ea::/64 eth0 256",
    "::/0 refused 4294967295 far",
    "2001:db8:9::/48 eth0 1024 far",
  ]);
});

test("a kernel that keeps numbers the other way round", () => {
  const files = {
    fib_trie: "",
    route: "eth0 0A070000 00000000 0001 0 0 0 FFFFFF00",
    ipv6_route: "",
  };
  expect(text(parseRoutes(files, false))).toEqual(["own ", "10.7.0.0/24 eth0 0"]);
});

describe("where an address is", () => {
  const { routes } = ground;
  test.for([
    ["172.18.0.1", "own"],
    ["127.0.0.53", "own"],
    ["2001:db8:18::1", "own"],
    ["172.18.0.2", "br-shop"],
    ["2001:db8:18::2", "br-shop"],
    ["198.18.1.9", "eth1"],
    ["10.9.1.1", "eth1 far"],
    ["10.8.0.7", "br-front far"],
    ["203.0.113.7", "eth0 far"],
    ["2001:db8:bad::9", "eth0 far"],
    ["fe80::9", "eth0,br-shop,br-front"],
  ])("%s: %s", ([address = "", expected]) => {
    const { isOwn, interfaces, isFar } = whereIs(
      connection(`ICMP ${address} > ${address}`).source,
      routes,
    );
    expect(
      [
        ...(isOwn ? ["own"] : []),
        ...(isOwn ? [] : [interfaces.join()]),
        ...(isFar ? ["far"] : []),
      ].join(" "),
    ).toBe(expected);
  });

  test("the cheapest of equally long routes, and nowhere without one", () => {
    const only = (...all: readonly (readonly [string, number])[]): HostRoutes => ({
      own: [],
      routes: all.map(([name, metric]) => ({
        ...{ to: { family: "IPv4", network: 0n, prefix: 0 }, interface: name },
        ...{ metric, isFar: true },
      })),
    });
    const at = (given: HostRoutes) => whereIs({ family: "IPv4", value: 1n }, given).interfaces;
    expect(at(only(["eth0", 100], ["wlan0", 600], ["eth2", 100]))).toEqual(["eth0", "eth2"]);
    expect(at(only())).toEqual([]);
  });
});
