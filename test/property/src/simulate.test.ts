import { type Packet, simulate } from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import { Coverage } from "./coverage.ts";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { type DrawnHost, drawnState } from "./drawn-state.ts";
import { expected, expectedOfGuard, met } from "./expectations.ts";
import { compileTable, type KernelTable, traverse } from "./iptables-interpreter.ts";
import { kernelPacket } from "./kernel-packet.ts";
import { type RenderedFamily, rendered } from "./rendered.ts";

/** SEAWALL_PROPERTY_PAIRS=5000000 npm test -- --project unit test/property */
const pairs = Number(process.env["SEAWALL_PROPERTY_PAIRS"] ?? 200_000);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Most packets per state; fast-check draws half as many on average, and shrinks to one. */
const packetsPerState = 240;
/** Cells that as many drawings of all pairs have not reached are unreachable, not unlucky. */
const mostDrawings = 20;
/** All pairs are drawn in as many parts, so that a cell that is still empty then costs one part more. */
const roundsPerDrawing = 8;

const drawing = fc.tuple(
  drawnHosts,
  fc.array(packets, { minLength: 1, maxLength: packetsPerState, size: "max" }),
);

test(`simulate and the rendered rules agree on ${String(pairs)} pairs of policies and packets (seed ${String(seed)})`, () => {
  const coverage = new Coverage(allCells);
  let judged = 0;
  const property = fc.property(drawing, ([host, sent]) => {
    const drawn = drawnState(host);
    const { state } = drawn;
    const kernel = interpreted(drawn);
    for (const packet of sent) {
      const verdict = simulate(state, packet);
      coverage.add(cellsOf({ ...drawn, packet, verdict }));
      judged += 1;
      const { origins, filter, security } = kernel[packet.source.family];
      const sent = kernelPacket(packet);
      const wanted = expected(state, verdict, packet);
      expect(met(state, traverse(filter, sent), origins.filter)).toEqual(wanted);
      const guarded = met(state, traverse(security, sent), origins.security);
      expect(guarded, "the guard").toEqual(expectedOfGuard(wanted, verdict));
    }
  });
  for (let round = 0; round < mostDrawings * roundsPerDrawing; round += 1) {
    if (judged >= pairs && coverage.empty().length === 0) break;
    const result = fc.check(property, {
      seed: seed + round,
      numRuns: Math.ceil((pairs * 2.3) / packetsPerState / roundsPerDrawing),
    });
    if (result.failed) throw new Error(counterexample(result));
  }
  process.stdout.write(`${coverage.table()}\n`);
  expect(coverage.empty(), "what the drawings never reach").toEqual([]);
  expect(judged).toBeGreaterThanOrEqual(pairs);
}, 600_000);

interface Interpreted extends Pick<RenderedFamily, "origins"> {
  readonly filter: KernelTable;
  readonly security: KernelTable;
}

function interpreted({
  state,
  ipset,
}: ReturnType<typeof drawnState>): Readonly<Record<"IPv4" | "IPv6", Interpreted>> {
  const { IPv4, IPv6 } = rendered(state, ipset).families;
  const of = ({ origins, tables, sets }: RenderedFamily) => ({
    origins,
    filter: compileTable(tables.filter, sets),
    security: compileTable(tables.security, sets),
  });
  return { IPv4: of(IPv4), IPv6: of(IPv6) };
}

/** The smallest case that still differs, as a manifest to apply and a packet to send. */
function counterexample({
  counterexample: found,
  errorInstance,
  seed: drawnWith,
}: fc.RunDetails<[[DrawnHost, Packet[]]]>): string {
  const lines = found === null ? [] : describeCase(...found[0]);
  return [
    `SEAWALL_PROPERTY_SEED=${String(drawnWith)} finds it again`,
    ...lines,
    String(errorInstance),
  ].join("\n---\n");
}
