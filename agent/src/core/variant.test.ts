import { expect, test } from "vitest";
import { backendName, type Variant } from "./variant.ts";

test.each<[Variant, Variant | undefined, string]>([
  ["nft", "nft", "iptables-nft"],
  ["legacy", "legacy", "iptables-legacy"],
  ["legacy", undefined, "iptables-legacy"],
  ["legacy", "nft", "iptables-legacy, ip6tables-nft"],
])("%s and %s: %s", (IPv4, IPv6, name) => {
  expect(backendName(IPv4, IPv6)).toBe(name);
});
