import type { Family } from "@seawall/policy";

/**
 * Small pools make drawings meet: addresses that lie in the blocks, just beside them and far away; ports at
 * the ends of the ranges.
 */
export const blocks: readonly string[] = [
  ...["10.0.0.0/8", "10.20.0.0/16", "10.20.9.0/24", "10.20.9.128/25", "192.0.2.7/32", "0.0.0.0/0"],
  ...["2001:db8::/32", "2001:db8:7::/48", "2001:db8:7:1::/64", "2001:db8:7::9/128", "::/0"],
  // Of the host itself.
  ...["169.254.77.0/24", "fd77::/16"],
];

export const excepts: Readonly<Record<string, readonly string[]>> = {
  "10.0.0.0/8": ["10.20.0.0/16", "10.20.9.1/32"],
  "10.20.0.0/16": ["10.20.9.0/24"],
  "2001:db8::/32": ["2001:db8:7::/48"],
  "2001:db8:7::/48": ["2001:db8:7:1::/64", "2001:db8:7::9/128"],
  "0.0.0.0/0": ["10.0.0.0/8"],
  "::/0": ["2001:db8::/32"],
};

/** Far more blocks than stand one by one in rules: some that packets meet, and many that no packet does. */
const crowd = [
  ...["10.19.255.0/24", "10.20.9.1/32", "10.20.9.128/32", "10.20.10.0/24", "192.0.2.8/32"],
  ...Array.from({ length: 40 }, (_, index) => `203.0.113.${String(index * 2)}/32`),
  ...["2001:db8:7::9/128", "2001:db8:7:1::5/128", "2001:db8:6::/48", "2001:db9::/32"],
  ...Array.from({ length: 40 }, (_, index) => `fd00:${(index * 2 + 1).toString(16)}::/32`),
];

export const groups: Readonly<Record<string, readonly string[]>> = {
  office: ["10.20.0.0/16", "2001:db8:7::/48"],
  "four-only": ["10.0.0.0/8"],
  empty: [],
  crowd,
};

/** The fleet, this host not among them. */
export const fleet = [
  { labels: { role: "app" }, addresses: ["10.20.10.1/32", "192.0.2.0/24", "2001:db9::1/128"] },
  { labels: { role: "db" }, addresses: ["11.0.0.1/32", "10.19.255.0/24", "2001:db8:7::/52"] },
  { labels: { role: "spare" }, addresses: [] },
] as const;

export const ports = [1, 52, 53, 79, 80, 81, 443, 8079, 8080, 8090, 8091, 65_535] as const;

/** Somebody behind an interface of the host. */
export interface Place {
  readonly interface: string;
  readonly addresses: Readonly<Record<Family, string>>;
}

export const bridges = ["br-0a1b2c3d4e5f", "br-1a1b2c3d4e5f", "br-2a1b2c3d4e5f"] as const;

/**
 * On each Docker bridge: where containers 0, 1 and 2 may be, and one that is never a container's. The first
 * bridge's network knows its subnets of both families, the second that of one, the third none.
 */
export const onBridges: Readonly<Record<(typeof bridges)[number], readonly Place["addresses"][]>> =
  {
    "br-0a1b2c3d4e5f": [
      { IPv4: "10.20.9.1", IPv6: "2001:db8:7::9" },
      { IPv4: "10.20.9.2", IPv6: "2001:db8:7::a" },
      { IPv4: "10.20.9.3", IPv6: "2001:db8:7::b" },
      { IPv4: "10.20.9.127", IPv6: "2001:db8:7::ff" },
    ],
    "br-1a1b2c3d4e5f": [
      { IPv4: "10.20.9.128", IPv6: "2001:db8:7:1::5" },
      { IPv4: "10.20.9.129", IPv6: "2001:db8:7:1::6" },
      { IPv4: "10.20.9.130", IPv6: "2001:db8:7:1::7" },
      { IPv4: "10.20.9.255", IPv6: "2001:db8:7:1::ff" },
    ],
    "br-2a1b2c3d4e5f": [
      { IPv4: "192.0.2.7", IPv6: "2001:db8:7:2::1" },
      { IPv4: "192.0.2.8", IPv6: "2001:db8:7:2::2" },
      { IPv4: "192.0.2.9", IPv6: "2001:db8:7:2::3" },
      { IPv4: "192.0.2.99", IPv6: "2001:db8:7:2::99" },
    ],
  };

/** Behind interfaces that are no Docker bridge. */
export const outside: readonly Place[] = [
  { interface: "eth1", addresses: { IPv4: "10.20.10.1", IPv6: "2001:db8:7:3::a" } },
  { interface: "eth2", addresses: { IPv4: "11.0.0.1", IPv6: "2001:db9::1" } },
  { interface: "br-somebody", addresses: { IPv4: "10.19.255.254", IPv6: "2001:db8:6:ffff::1" } },
];

/** The addresses that the host has on every Docker bridge. */
export const hostAddresses = { IPv4: "169.254.77.1", IPv6: "fd77::1" } as const;

/** Addresses of the host itself that agents may use: the first is of no use to what is redirected, the second alone is. */
export const managementAddresses: Readonly<Record<Family, readonly string[]>> = {
  IPv4: [hostAddresses.IPv4, "172.16.2.1"],
  IPv6: [hostAddresses.IPv6, "fd16::2:1"],
};

export const places: readonly Place[] = [
  ...bridges.flatMap((bridge) =>
    onBridges[bridge].map((addresses) => ({ interface: bridge, addresses })),
  ),
  ...outside,
];
