import { expect, test } from "vitest";
import { enforcementOf } from "./enforcement.ts";

test.each([
  ["Auto", "iptables", "iptables"],
  ["Auto", "nftables", "nftables"],
  ["iptables", "nftables", "iptables"],
  ["nftables", "iptables", "nftables"],
] as const)("%s, where Docker uses %s, is %s", (enforcement, firewall, is) => {
  expect(enforcementOf({ enforcement }, { firewall })).toBe(is);
});
