import {
  formatAddress,
  type Packet,
  type ResolvedState,
  simulate,
  type Verdict,
} from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { Coverage } from "./coverage.ts";
import { describePacket, manifests, packets } from "./drawings.ts";
import { drawnState, restoreTexts } from "./drawn-state.ts";
import {
  type KernelPacket,
  type KernelTable,
  type KernelVerdict,
  restore,
  traverse,
} from "./iptables-interpreter.ts";

/** SEAWALL_PROPERTY_PAIRS=5000000 npm test -- --project unit test/property */
const pairs = Number(process.env["SEAWALL_PROPERTY_PAIRS"] ?? 200_000);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Most packets per state; fast-check draws half as many on average, and shrinks to one. */
const packetsPerState = 100;

/** What the interpreter makes of the texts that the agent would hand to iptables-restore. */
function tables(state: ResolvedState): Readonly<Record<"IPv4" | "IPv6", KernelTable>> {
  const texts = restoreTexts(state);
  return { IPv4: restore(texts.IPv4), IPv6: restore(texts.IPv6) };
}

function kernelPacket(packet: Packet): KernelPacket {
  const protocols = {
    TCP: "tcp",
    UDP: "udp",
    ICMP: packet.source.family === "IPv4" ? "icmp" : "ipv6-icmp",
  } as const;
  return {
    protocol: protocols[packet.protocol],
    source: formatAddress(packet.source),
    destination: formatAddress(packet.destination),
    in: packet.in,
    out: packet.out,
    state: "NEW",
    // An echo request: what always passes is no first packet.
    ...(packet.protocol === "ICMP" ? { icmpType: packet.source.family === "IPv4" ? 8 : 128 } : {}),
    ...(packet.destinationPort === undefined ? {} : { destinationPort: packet.destinationPort }),
    ...(packet.publishedPort === undefined ? {} : { originalPort: packet.publishedPort }),
  };
}

function expected({ action }: Verdict, packet: Packet): KernelVerdict {
  switch (action) {
    case "Allow":
      return "accept";
    case "Deny":
      return "drop";
    case "Reject":
      return packet.protocol === "TCP" && packet.publishedPort === undefined
        ? "reject-reset"
        : "reject-unreachable";
  }
}

const drawing = fc.tuple(
  manifests,
  fc.array(packets, { minLength: 1, maxLength: packetsPerState, size: "max" }),
);

test(`simulate and the rendered rules agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`, () => {
  const coverage = new Coverage();
  const result = fc.check(
    fc.property(drawing, ([documents, drawn]) => {
      const state = drawnState(documents);
      const table = tables(state);
      for (const packet of drawn) {
        const verdict = simulate(state, packet);
        coverage.count(state, packet, verdict);
        const kernel = traverse(table[packet.source.family], kernelPacket(packet));
        expect(
          kernel,
          `${describePacket(packet)}; simulate: ${JSON.stringify(verdict.decidedBy)}`,
        ).toBe(expected(verdict, packet));
      }
    }),
    { seed, numRuns: Math.ceil((pairs * 2.2) / packetsPerState) },
  );
  if (result.failed)
    throw new Error(counterexample(result.counterexample?.[0], result.errorInstance));
  process.stdout.write(`${coverage.table()}\n`);
  expect(coverage.empty(), "what the drawings never reach").toEqual([]);
  expect(coverage.pairs).toBeGreaterThanOrEqual(pairs);
}, 600_000);

type Drawn = [readonly object[], readonly Packet[]];

/** The smallest case that still differs, as a manifest to apply and a packet to send. */
function counterexample(drawn: Drawn | undefined, error: unknown): string {
  const [documents = [], sent = []] = drawn ?? [];
  return [
    `SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`,
    ...documents.map((document) => stringify(document)),
    ...sent.map(describePacket),
    String(error),
  ].join("\n---\n");
}
