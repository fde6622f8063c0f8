import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressSetContains,
  addressSetOf,
  addressSetOfTexts,
  isEmptyAddressSet,
  subtractAddressSets,
  unionAddressSets,
} from "./address-set.ts";
import { addressBits, type Cidr, cidrOfText, formatCidr, lastAddress } from "./cidr.ts";
import type { AddressSet, Family } from "./desired-state.ts";

describe("union", () => {
  test.for([
    { blocks: ["10.0.0.0/24", "10.0.1.0/24"], v4: ["10.0.0.0/23"], v6: [] },
    { blocks: ["10.0.1.0/24", "10.0.2.0/24"], v4: ["10.0.1.0/24", "10.0.2.0/24"], v6: [] },
    { blocks: ["10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8"], v4: ["10.0.0.0/8"], v6: [] },
    { blocks: ["128.0.0.0/1", "0.0.0.0/1"], v4: ["0.0.0.0/0"], v6: [] },
    { blocks: ["9.0.0.0/8", "10.0.0.0/8"], v4: ["9.0.0.0/8", "10.0.0.0/8"], v6: [] },
    { blocks: ["2001:db8:1::/48", "2001:DB8::/48"], v4: [], v6: ["2001:db8::/47"] },
    { blocks: ["::/1", "8000::/1", "0.0.0.0/0"], v4: ["0.0.0.0/0"], v6: ["::/0"] },
    { blocks: [], v4: [], v6: [] },
  ])("of $blocks is $v4 $v6", ({ blocks, v4, v6 }) => {
    expect(addressSetOfTexts(blocks)).toEqual({ v4, v6 });
  });
});

describe("subtract", () => {
  test.for([
    {
      from: ["10.20.0.0/22"],
      removed: ["10.20.1.0/24"],
      left: ["10.20.0.0/24", "10.20.2.0/23"],
    },
    { from: ["10.0.0.0/30"], removed: ["10.0.0.1/32"], left: ["10.0.0.0/32", "10.0.0.2/31"] },
    { from: ["10.0.0.0/24", "10.0.2.0/24"], removed: ["10.0.0.0/22"], left: [] },
    { from: ["10.0.0.0/24"], removed: ["11.0.0.0/24"], left: ["10.0.0.0/24"] },
    { from: ["10.0.0.0/24"], removed: ["::/0"], left: ["10.0.0.0/24"] },
    { from: ["0.0.0.0/0"], removed: ["128.0.0.0/1"], left: ["0.0.0.0/1"] },
  ])("$removed from $from leaves $left", ({ from, removed, left }) => {
    expect(subtractAddressSets(addressSetOfTexts(from), addressSetOfTexts(removed)).v4).toEqual(
      left,
    );
  });

  test("what is left may be IPv4 inside IPv6, and can be used further", () => {
    const left = subtractAddressSets(
      addressSetOfTexts(["::/0"]),
      addressSetOfTexts(["::fffe:0:0/96"]),
    );
    expect(left.v6).toContain("::ffff:0:0/96");
    expect(unionAddressSets([left, addressSetOfTexts(["::fffe:0:0/96"])]).v6).toEqual(["::/0"]);
  });
});

/** Blocks in a corner of the address space that is small enough to count every address. */
const corner = { IPv4: 0x0a000000n, IPv6: 0x20010db8n << 96n } as const;
const cornerBits = 8;

const block: fc.Arbitrary<Cidr> = fc
  .tuple(fc.constantFrom<Family>("IPv4", "IPv6"), fc.nat(2 ** cornerBits - 1), fc.nat(cornerBits))
  .map(([family, offset, hostBits]) => ({
    family,
    network: corner[family] | ((BigInt(offset) >> BigInt(hostBits)) << BigInt(hostBits)),
    prefix: addressBits(family) - hostBits,
  }));
const blocks = fc.array(block, { maxLength: 12 });

function members(cidrs: readonly Cidr[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const cidr of cidrs) {
    for (let value = cidr.network; value <= lastAddress(cidr); value += 1n) {
      found.add(`${cidr.family} ${value}`);
    }
  }
  return found;
}

function membersOf(set: AddressSet): ReadonlySet<string> {
  const found = new Set<string>();
  for (const family of ["IPv4", "IPv6"] as const) {
    for (
      let value = corner[family];
      value < corner[family] + 2n ** BigInt(cornerBits);
      value += 1n
    ) {
      if (addressSetContains(set, { family, value })) {
        found.add(`${family} ${value}`);
      }
    }
  }
  return found;
}

describe("properties", () => {
  test("a set holds exactly the addresses of its blocks", () => {
    fc.assert(
      fc.property(blocks, (cidrs) => {
        expect(membersOf(addressSetOf(cidrs))).toEqual(members(cidrs));
      }),
    );
  });

  test("a set depends on neither the order nor the cutting of its blocks", () => {
    const halves = ({ family, network, prefix }: Cidr): Cidr[] =>
      prefix === addressBits(family)
        ? [{ family, network, prefix }]
        : [network, network | (1n << BigInt(addressBits(family) - prefix - 1))].map((first) => ({
            family,
            network: first,
            prefix: prefix + 1,
          }));
    fc.assert(
      fc.property(blocks, (cidrs) => {
        expect(addressSetOf(cidrs.toReversed().flatMap(halves))).toEqual(addressSetOf(cidrs));
      }),
    );
  });

  test("a set is in order, and no two of its blocks overlap or could be one", () => {
    fc.assert(
      fc.property(blocks, (cidrs) => {
        const set = addressSetOf(cidrs);
        for (const kept of [set.v4, set.v6].map((texts) => texts.map(cidrOfText))) {
          kept.slice(1).forEach((next, index) => {
            const before = kept[index] ?? next;
            expect(lastAddress(before)).toBeLessThan(next.network);
            expect(areHalvesOfOne(before, next)).toBe(false);
          });
        }
      }),
    );
  });

  test("subtracting leaves exactly the difference", () => {
    fc.assert(
      fc.property(blocks, blocks, (from, removed) => {
        const left = subtractAddressSets(addressSetOf(from), addressSetOf(removed));
        const gone = members(removed);
        expect(membersOf(left)).toEqual(
          new Set([...members(from)].filter((one) => !gone.has(one))),
        );
      }),
    );
  });

  test("what was subtracted and what is left make the whole again", () => {
    fc.assert(
      fc.property(blocks, blocks, (a, b) => {
        const [whole, part] = [addressSetOf([...a, ...b]), addressSetOf(b)];
        expect(unionAddressSets([subtractAddressSets(whole, part), part])).toEqual(whole);
        expect(isEmptyAddressSet(subtractAddressSets(part, whole))).toBe(true);
      }),
    );
  });
});

function areHalvesOfOne(a: Cidr, b: Cidr): boolean {
  const size = 1n << BigInt(addressBits(a.family) - a.prefix);
  return a.prefix === b.prefix && a.network % (size * 2n) === 0n && b.network === a.network + size;
}

test.for<Family>(["IPv4", "IPv6"])("10,000 %s blocks are merged in well under 100 ms", (family) => {
  // Every third block is missing, so nothing collapses early.
  const hostBits = addressBits(family) - (family === "IPv4" ? 24 : 48);
  const texts = Array.from({ length: 10_000 }, (_, index) =>
    formatCidr({
      family,
      network: BigInt(index + Math.floor(index / 2)) << BigInt(hostBits),
      prefix: addressBits(family) - hostBits,
    }),
  );
  addressSetOfTexts(texts);
  let fastest = Infinity;
  // As often as it takes for nothing else to run on this machine meanwhile.
  for (let run = 1; run <= 50 && fastest >= 100; run++) {
    const start = performance.now();
    addressSetOfTexts(texts);
    fastest = Math.min(fastest, performance.now() - start);
  }
  expect(fastest).toBeLessThan(100);
});
