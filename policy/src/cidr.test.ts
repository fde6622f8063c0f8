import fc from "fast-check";
import { expect, test } from "vitest";
import { cidrOfText, formatAddress, formatCidr, parseAddress, parseCidr } from "./cidr.ts";

test.for([
  ["10.20.0.0/16", "10.20.0.0/16"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["255.255.255.255/32", "255.255.255.255/32"],
  ["::/0", "::/0"],
  ["2001:DB8:0007::/48", "2001:db8:7::/48"],
  ["2001:db8:0:0:1:0:0:1/128", "2001:db8::1:0:0:1/128"],
  ["1:0:0:2:0:0:0:3/128", "1:0:0:2::3/128"],
  ["1:2:3:4:5:6:7:0/128", "1:2:3:4:5:6:7:0/128"],
  ["1:2:3:4:5:6:7::/128", "1:2:3:4:5:6:7:0/128"],
  ["::1/128", "::1/128"],
  ["fe80::/10", "fe80::/10"],
])("%s is taken and written as %s", ([text, canonical]) => {
  const parsed = parseCidr(text ?? "");
  expect(parsed.ok ? formatCidr(parsed.cidr) : parsed.message).toBe(canonical);
});

test.for([
  ["10.0.0.1", '"10.0.0.1" has no prefix length: write 10.0.0.1/32'],
  ["2001:db8::1", '"2001:db8::1" has no prefix length: write 2001:db8::1/128'],
  [
    "10.20.0.1/16",
    '"10.20.0.1/16" has bits set behind its prefix: write 10.20.0.0/16 for the block or 10.20.0.1/32 for the one address',
  ],
  [
    "2001:db8::1/64",
    '"2001:db8::1/64" has bits set behind its prefix: write 2001:db8::/64 for the block or 2001:db8::1/128 for the one address',
  ],
  [
    "010.0.0.0/8",
    '"010.0.0.0" has an octet with a leading zero, which some programs read as octal: remove the zero',
  ],
  [
    "10.0.0.00/8",
    '"10.0.0.00" has an octet with a leading zero, which some programs read as octal: remove the zero',
  ],
  [
    "10.0/8",
    '"10.0" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    "167772160/8",
    '"167772160" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    "0x0a.0.0.0/8",
    '"0x0a.0.0.0" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    "10.0.0.256/32",
    '"10.0.0.256" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    " 10.0.0.0/8",
    '" 10.0.0.0" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    "example.com/8",
    '"example.com" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
  ],
  [
    "10.0.0.0/33",
    '"10.0.0.0/33" has no valid prefix length: an IPv4 prefix is a number from 0 to 32',
  ],
  [
    "10.0.0.0/08",
    '"10.0.0.0/08" has no valid prefix length: an IPv4 prefix is a number from 0 to 32',
  ],
  [
    "10.0.0.0/255.0.0.0",
    '"10.0.0.0/255.0.0.0" has no valid prefix length: an IPv4 prefix is a number from 0 to 32',
  ],
  ["10.0.0.0/", '"10.0.0.0/" has no valid prefix length: an IPv4 prefix is a number from 0 to 32'],
  [
    "10.0.0.0/8/8",
    '"10.0.0.0/8/8" has no valid prefix length: an IPv4 prefix is a number from 0 to 32',
  ],
  ["::/129", '"::/129" has no valid prefix length: an IPv6 prefix is a number from 0 to 128'],
  [
    "fe80::1%eth0/128",
    '"fe80::1%eth0" has a zone id, which means something only on one host: remove it',
  ],
  [
    "::ffff:10.0.0.0/104",
    '"::ffff:10.0.0.0" has an IPv4 address inside IPv6: write it as IPv4, or in hexadecimal groups',
  ],
  ["::ffff:a00:0/104", '"::ffff:a00:0/104" is IPv4 inside IPv6: write it as an IPv4 CIDR'],
  ["::ffff:0:0/96", '"::ffff:0:0/96" is IPv4 inside IPv6: write it as an IPv4 CIDR'],
  ["1::2::3/128", '"1::2::3" is not an IPv6 address'],
  ["1:2:3:4:5:6:7/128", '"1:2:3:4:5:6:7" is not an IPv6 address'],
  ["1:2:3:4:5:6:7:8:9/128", '"1:2:3:4:5:6:7:8:9" is not an IPv6 address'],
  ["1:2:3:4::5:6:7:8/128", '"1:2:3:4::5:6:7:8" is not an IPv6 address'],
  [":::/128", '":::" is not an IPv6 address'],
  [":1::/128", '":1::" is not an IPv6 address'],
  ["12345::/16", '"12345::" is not an IPv6 address'],
  ["g::/16", '"g::" is not an IPv6 address'],
])("%s is refused: %s", ([text, message]) => {
  expect(parseCidr(text ?? "")).toEqual({ ok: false, message });
});

test("a long text is cut in the message", () => {
  const parsed = parseCidr("1".repeat(10_000));
  expect(parsed.ok ? "" : parsed.message.length).toBeLessThan(250);
});

const v4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const v6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

test("an address survives being written and read", () => {
  const address = fc.oneof(
    v4.map((value) => ({ family: "IPv4" as const, value })),
    v6.map((value) => ({ family: "IPv6" as const, value })),
    // Few bits set: runs of zero groups.
    fc.array(fc.nat(127), { maxLength: 3 }).map((bits) => ({
      family: "IPv6" as const,
      value: bits.reduce((value, bit) => value | (1n << BigInt(bit)), 0n),
    })),
  );
  fc.assert(
    fc.property(address, (value) => {
      expect(parseAddress(formatAddress(value))).toEqual({ ok: true, address: value });
    }),
  );
});

test("no text makes the parser throw, and what it takes is written in one way", () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9a-f:./%]{0,50}$/),
    fc
      .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(130))
      .map(([address, prefix]) => `${address}/${prefix}`),
  );
  fc.assert(
    fc.property(text, (input) => {
      const parsed = parseCidr(input);
      if (parsed.ok) {
        expect(cidrOfText(formatCidr(parsed.cidr))).toEqual(parsed.cidr);
      } else {
        expect(parsed.message).not.toMatch(/[\n\r]/);
      }
    }),
  );
});
