import { type Cidr, parseAddress } from "@seawall/policy";
import type { HostRoutes, Route } from "./host-routes.ts";

/** What a network namespace shows below /proc/net. Empty: this kernel lacks the family. */
export interface RouteFiles {
  readonly fib_trie: string;
  readonly route: string;
  readonly ipv6_route: string;
}

/**
 * @param isLittleEndian the kernel prints addresses of `route` as it keeps them.
 */
export function parseRoutes(files: RouteFiles, isLittleEndian: boolean): HostRoutes {
  const v6 = files.ipv6_route.split("\n").flatMap(readV6);
  return {
    own: [
      ...ownV4(files.fib_trie),
      ...v6.filter(({ isOwn }) => isOwn).map(({ route }) => route.to),
    ],
    routes: [
      ...files.route.split("\n").flatMap((line) => routeV4(line, isLittleEndian)),
      ...v6.filter(({ isOwn }) => !isOwn).map(({ route }) => route),
    ],
  };
}

// include/uapi/linux/route.h, ipv6_route.h
const GATEWAY = 0x2;
const REJECT = 0x200;
const ANYCAST = 0x10_0000;
const LOCAL = 0x8000_0000;

/** An address, and below it what is known of it: `|-- 192.0.2.11`, `/32 host LOCAL`. The same in both tables. */
function ownV4(trie: string): readonly Cidr[] {
  let address = "";
  const found = new Map<string, Cidr>();
  for (const line of trie.split("\n")) {
    const words = line.trim();
    if (words.startsWith("|-- ")) address = words.slice(4);
    const prefix = /^\/(\d+) host LOCAL$/.exec(words)?.[1];
    const parsed = prefix === undefined ? undefined : parseAddress(address);
    if (parsed?.ok !== true) continue;
    const { family, value: network } = parsed.address;
    found.set(`${address}${words}`, { family, network, prefix: Number(prefix) });
  }
  return [...found.values()];
}

/** `br-1 0000070A 0200070A 0003 0 0 0 00FFFFFF …`: interface, destination, gateway, flags, …, metric, mask. */
function routeV4(line: string, isLittleEndian: boolean): readonly Route[] {
  const [name = "", destination = "", , flagsText = "", , , metric = "", mask = ""] = line
    .trim()
    .split(/\s+/);
  if (![destination, mask].every((word) => /^[0-9A-F]{8}$/.test(word))) return [];
  const value = (word: string) => {
    const bytes = word.match(/../g) ?? [];
    return BigInt(`0x${(isLittleEndian ? bytes.toReversed() : bytes).join("")}`);
  };
  const prefix = value(mask).toString(2).replaceAll("0", "").length;
  const to: Cidr = { family: "IPv4", network: value(destination), prefix };
  return [routeOf(to, name, Number.parseInt(flagsText, 16), Number(metric))];
}

/** Destination, its prefix, source, its prefix, gateway, metric, two counters, flags, interface. */
function readV6(line: string): readonly { readonly isOwn: boolean; readonly route: Route }[] {
  const words = line.trim().split(/\s+/);
  const [destination = "", prefix = "", , , , metric = "", , , flagsText = "", name = ""] = words;
  if (!/^[0-9a-f]{32}$/.test(destination) || !/^[0-9a-f]{2}$/.test(prefix)) return [];
  const to: Cidr = {
    family: "IPv6",
    network: BigInt(`0x${destination}`),
    prefix: Number.parseInt(prefix, 16),
  };
  const flags = Number.parseInt(flagsText, 16);
  const isOwn = isSet(flags, LOCAL) || isSet(flags, ANYCAST);
  return [{ isOwn, route: routeOf(to, name, flags, Number.parseInt(metric, 16)) }];
}

function routeOf(to: Cidr, name: string, flags: number, metric: number): Route {
  return {
    to,
    ...(isSet(flags, REJECT) ? {} : { interface: name }),
    metric,
    // Whom the default route leads to is nowhere near, whether a router is named or not.
    isFar: isSet(flags, GATEWAY) || to.prefix === 0,
  };
}

function isSet(flags: number, bit: number): boolean {
  return (flags & bit) !== 0;
}
