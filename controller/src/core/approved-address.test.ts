import { expect, test } from "vitest";
import { approvedAddress } from "./approved-address.ts";

test.for([
  { text: "192.0.2.7", is: "192.0.2.7/32" },
  { text: "192.0.2.7/32", is: "192.0.2.7/32" },
  { text: "2001:DB8:0::7", is: "2001:db8::7/128" },
  { text: "2001:db8::7/128", is: "2001:db8::7/128" },
  {
    text: "192.0.2.0/24",
    is: '"192.0.2.0/24" is a block of addresses: name the host\'s own ones, each alone',
  },
  {
    text: "::/0",
    is: '"::/0" is a block of addresses: name the host\'s own ones, each alone',
  },
  {
    text: "192.0.2.7/24",
    is: '"192.0.2.7/24" has bits set behind its prefix: write 192.0.2.0/24 for the block or 192.0.2.7/32 for the one address',
  },
  {
    text: "fe80::1%eth0",
    is: '"fe80::1%eth0" has a zone id, which means something only on one host: remove it',
  },
])("$text is $is", ({ text, is }) => {
  const read = approvedAddress(text);
  expect(read.ok ? read.cidr : read.message).toBe(is);
});
