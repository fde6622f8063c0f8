import { whyUnfit } from "@seawall/lab";
import { type Packet, parseAddress, simulate, type Verdict } from "@seawall/policy";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { Coverage } from "./coverage.ts";
import { describePacket, manifests, networks } from "./drawings.ts";
import { drawnState, restoreTexts } from "./drawn-state.ts";
import { type Endpoint, type KernelRouter, startKernelRouter } from "./kernel-router.ts";

/** SEAWALL_KERNEL_PAIRS=5000 npm test -- --project host test/property */
const pairs = Number(process.env["SEAWALL_KERNEL_PAIRS"] ?? 500);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const packetsPerState = 50;

/** Addresses at the edges of the blocks that drawings use. */
const endpoints: readonly Endpoint[] = [
  { interface: bridge(0), address: { IPv4: "10.20.9.1", IPv6: "2001:db8:7::9" } },
  { interface: bridge(1), address: { IPv4: "10.20.9.128", IPv6: "2001:db8:7:1::5" } },
  { interface: bridge(2), address: { IPv4: "192.0.2.7", IPv6: "2001:db8:7:2::1" } },
  { interface: "br-somebody", address: { IPv4: "10.19.255.254", IPv6: "2001:db8:6:ffff::1" } },
  { interface: "eth-office", address: { IPv4: "10.20.10.1", IPv6: "2001:db8:7::a" } },
  { interface: "eth-world", address: { IPv4: "11.0.0.1", IPv6: "2001:db9::1" } },
];

function bridge(index: number): string {
  const name = networks[index]?.bridge;
  if (name === undefined) throw new Error(`no network ${String(index)}`);
  return name;
}

const places = endpoints.flatMap((endpoint) =>
  (["IPv4", "IPv6"] as const).map((family) => ({
    interface: endpoint.interface,
    family,
    text: endpoint.address[family],
  })),
);

const ports = [1, 53, 80, 81, 443, 8080, 8090, 65_535];

const packet: fc.Arbitrary<Packet> = fc
  .record({
    from: fc.constantFrom(...places),
    to: fc.constantFrom(...places),
    // An echo request needs a process of its own, so there are fewer.
    protocol: fc.constantFrom(
      "TCP" as const,
      "TCP" as const,
      "TCP" as const,
      "UDP" as const,
      "UDP" as const,
      "ICMP" as const,
    ),
    destinationPort: fc.constantFrom(...ports),
    publishedPort: fc.option(fc.constantFrom(...ports), { nil: undefined, freq: 2 }),
  })
  .filter(({ from, to }) => from.family === to.family && from.interface !== to.interface)
  .map(({ from, to, protocol, destinationPort, publishedPort }) => ({
    protocol,
    source: address(from.text),
    destination: address(to.text),
    in: from.interface,
    out: to.interface,
    ...(protocol === "ICMP" ? {} : { destinationPort }),
    ...(protocol === "ICMP" || publishedPort === undefined ? {} : { publishedPort }),
  }));

function address(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

const unfit = whyUnfit();
let router: KernelRouter;

beforeAll(async () => {
  if (unfit !== undefined) return;
  router = await startKernelRouter(endpoints);
}, 240_000);

afterAll(async () => {
  if (unfit === undefined) await router.stop();
}, 60_000);

function expected({ action }: Verdict): string {
  return { Allow: "open", Deny: "timeout", Reject: "refused" }[action];
}

test.skipIf(unfit !== undefined)(
  `simulate and the kernel agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`,
  async () => {
    const coverage = new Coverage();
    const wrong: string[] = [];
    const states = fc.sample(
      fc.tuple(
        manifests,
        fc.array(packet, { minLength: packetsPerState, maxLength: packetsPerState, size: "max" }),
      ),
      { seed, numRuns: Math.ceil(pairs / packetsPerState) },
    );
    for (const [documents, drawn] of states) {
      const state = drawnState(documents);
      await router.publish(drawn);
      await router.install(restoreTexts(state));
      const verdicts = await Promise.all(drawn.map((sent, slot) => router.send(sent, slot)));
      for (const [index, sent] of drawn.entries()) {
        const verdict = simulate(state, sent);
        coverage.count(state, sent, verdict);
        const met = verdicts[index];
        if (met?.kind === expected(verdict)) continue;
        wrong.push(
          [
            ...documents.map((document) => stringify(document)),
            `${describePacket(sent)}\nsimulate: ${verdict.action} by ${JSON.stringify(verdict.decidedBy)}\nkernel: ${met?.kind ?? ""} ${met?.evidence ?? ""}`,
          ].join("---\n"),
        );
      }
    }
    expect(wrong).toEqual([]);
    process.stdout.write(`${String(coverage.pairs)} packets sent\n`);
    expect(coverage.pairs).toBeGreaterThanOrEqual(pairs);
  },
  1_800_000,
);
