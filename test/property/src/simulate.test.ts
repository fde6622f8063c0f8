import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { type Compare, comparePairs } from "./drawn-pairs.ts";
import type { DrawnState } from "./drawn-state.ts";
import { expected, expectedOfGuard, hitReader, met } from "./expectations.ts";
import { compileTable, traverse } from "./iptables-interpreter.ts";
import { kernelPacket } from "./kernel-packet.ts";
import { compileNft, traverseNft } from "./nft-interpreter.ts";
import { type RenderedFamily, rendered } from "./rendered.ts";
import { renderedNft } from "./rendered-nft.ts";

/** SEAWALL_PROPERTY_PAIRS=5000000 npm test -- test/property/src/simulate.test.ts */
const pairs = Number(process.env["SEAWALL_PROPERTY_PAIRS"] ?? 200_000);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

// Both backends make their rules of one layout, so a part of the states will do for the second.
test(`simulate, the rules of iptables and, for a fourth, the table of nftables agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`, () => {
  const { withEach, withFourth, coverage } = comparePairs(
    { pairs, seed },
    { each: compareIptables, everyFourth: compareNft },
  );
  process.stdout.write(`${coverage.table()}\n`);
  expect(coverage.empty(), "what the drawings never reach").toEqual([]);
  expect(withEach).toBeGreaterThanOrEqual(pairs);
  expect(withFourth).toBeGreaterThanOrEqual(pairs / 8);
}, 600_000);

function compareIptables({ state, ipset }: DrawnState): Compare {
  const of = ({ origins, tables, sets }: RenderedFamily) => ({
    read: { filter: hitReader(origins.filter), security: hitReader(origins.security) },
    filter: compileTable(tables.filter, sets),
    security: compileTable(tables.security, sets),
  });
  const { IPv4, IPv6 } = rendered(state, ipset).families;
  const kernel = { IPv4: of(IPv4), IPv6: of(IPv6) };
  return (packet, verdict) => {
    const { read, filter, security } = kernel[packet.source.family];
    const sent = kernelPacket(packet);
    const wanted = expected(state, verdict, packet);
    same(met(state, traverse(filter, sent), read.filter), wanted);
    const guarded = met(state, traverse(security, sent), read.security);
    same(guarded, expectedOfGuard(wanted, verdict), "the guard");
  };
}

function compareNft({ state }: DrawnState): Compare {
  const { table, origins } = renderedNft(state);
  const kernel = compileNft(table);
  const read = { IPv4: hitReader(origins.IPv4), IPv6: hitReader(origins.IPv6) };
  return (packet, verdict) => {
    const { family } = packet.source;
    const found = met(state, traverseNft(kernel, kernelPacket(packet)), read[family]);
    same(found, expected(state, verdict, packet));
  };
}

/** An `expect` of vitest costs as much as a packet's way through all chains; so only those that differ meet one. */
function same(found: unknown, wanted: unknown, what?: string): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found, what).toEqual(wanted);
}
