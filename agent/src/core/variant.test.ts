import { expect, test } from "vitest";
import { backendName, type Variant, variantsOf } from "./variant.ts";

test.each<[Variant, Variant | undefined, string]>([
  ["nft", "nft", "iptables-nft"],
  ["legacy", "legacy", "iptables-legacy"],
  ["legacy", undefined, "iptables-legacy"],
  ["legacy", "nft", "iptables-legacy, ip6tables-nft"],
])("%s and %s: %s", (IPv4, IPv6, name) => {
  expect(backendName(IPv4, IPv6)).toBe(name);
  expect(variantsOf(name)).toEqual({ IPv4, IPv6: IPv6 ?? IPv4 });
});

test.each(["", "nftables", "iptables-", "iptables-other", "iptables-nft, ip6tables-other"])(
  "%j names no variant",
  (backend) => {
    expect(variantsOf(backend)).toEqual({});
  },
);
