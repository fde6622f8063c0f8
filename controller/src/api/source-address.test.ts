import { expect, it } from "vitest";
import { sourceAddress } from "./source-address.ts";

it.each([
  ["10.0.0.7:40000", "10.0.0.7"],
  ["::ffff:10.0.0.7:40000", "10.0.0.7"],
  ["2001:db8::7:40000", "2001:db8::7"],
  ["fe80::1%eth0:40000", "fe80::1"],
  ["unknown", "unknown"],
])("%s comes from %s", (peer, address) => {
  expect(sourceAddress(peer)).toBe(address);
});
