import { expect, test } from "vitest";
import { addressSetOfTexts, subtractAddressSets } from "./address-set.ts";
import { describeAddresses } from "./describe-addresses.ts";

test.for([
  [["0.0.0.0/0"], [], "anywhere"],
  [["::/0"], [], "anywhere"],
  [["0.0.0.0/0"], ["10.20.0.0/16"], "anywhere except 10.20.0.0/16"],
  [["10.0.0.0/8"], ["10.20.0.0/16", "10.1.2.3/32"], "10.0.0.0/8 except 10.1.2.3, 10.20.0.0/16"],
  [["192.0.2.7/32"], [], "192.0.2.7"],
  [["192.0.2.0/25", "192.0.2.128/25"], [], "192.0.2.0/24"],
  [["10.0.0.0/8", "192.0.2.0/24"], [], "10.0.0.0/8, 192.0.2.0/24"],
  [["2001:db8::/32"], ["2001:db8::1/128"], "2001:db8::/32 except 2001:db8::1"],
  [
    ["10.0.0.0/32", "10.0.1.0/32", "10.0.2.0/32", "10.0.3.0/32", "10.0.4.0/32", "10.0.5.0/32"],
    [],
    "10.0.0.0, 10.0.1.0, 10.0.2.0, 10.0.3.0, 2 more blocks",
  ],
  [[], [], "nowhere"],
] as const)("%j without %j: %s", ([blocks, holes, text]) => {
  const set = subtractAddressSets(addressSetOfTexts(blocks), addressSetOfTexts(holes));
  expect(describeAddresses(set)).toBe(text);
});
