import { type Packet, simulate } from "@seawall/policy";
import fc from "fast-check";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import type { Place } from "./drawn-addresses.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { sendablePackets, withoutClashes } from "./drawn-packets.ts";
import { type DrawnHost, drawnState } from "./drawn-state.ts";

/** Packets to be sent through the kernel of one host. */
export interface KernelCase {
  readonly host: DrawnHost;
  readonly packets: readonly Packet[];
  readonly enforcedBy: KernelEnforcer;
}

/** `guard`: iptables, while nothing leads into our chains in filter, as when Docker starts. */
export type KernelEnforcer = "iptables" | "guard" | "nftables";

type ChosenCase = Omit<KernelCase, "enforcedBy">;

/** One of so many is sent once more, to the guard alone. */
const casesPerGuardCase = 5;

/** Most packets of a host that are sent, beside those that alone reach something: all of them wait for the slowest. */
const packetsPerHost = 20;

/** Hosts are drawn by so many, until every cell is reached. */
const hostsPerDrawing = 500;

/** Cells that nothing has reached after so many drawings are unreachable, not unlucky. */
const mostDrawings = 30;

const packetsPerDrawnHost = { minLength: 60, maxLength: 60, size: "max" } as const;

/**
 * At least so many hosts, each with packets from these places, and as many more as it takes until every cell of the
 * coverage is reached. What the last drawing has not reached either is left to the caller's coverage to tell.
 */
export function drawnCases(
  places: readonly Place[],
  { seed, hosts }: { readonly seed: number; readonly hosts: number },
): readonly DrawnCase[] {
  const drawing = fc.record({
    host: drawnHosts,
    packets: fc.array(sendablePackets(places), packetsPerDrawnHost).map(withoutClashes),
  });
  const missing = new Set(allCells);
  const drawn: DrawnCase[] = [];
  for (let round = 0; round < mostDrawings; round += 1) {
    if (missing.size === 0 && drawn.length >= hosts) break;
    const more = fc.sample(drawing, { seed: seed + round, numRuns: hostsPerDrawing });
    for (const one of more.map(withCells)) {
      drawn.push(one);
      for (const cell of one.cells) missing.delete(cell);
    }
  }
  return drawn;
}

/**
 * Each packet takes real time, so few are chosen from many drawings: first the hosts where most is reached
 * that was not before, until nothing is left to reach, then others.
 */
export function chooseCases(drawn: readonly DrawnCase[], wanted: number): readonly ChosenCase[] {
  const left = new Set(drawn);
  const reached = new Set<string>();
  const chosen: ChosenCase[] = [];
  let count = 0;
  while (left.size > 0) {
    const [best, gain] = mostGain(left, reached);
    if (best === undefined || (gain === 0 && count >= wanted)) break;
    left.delete(best);
    const packets = chosenPackets(best, reached);
    chosen.push({ host: best.host, packets });
    count += packets.length;
  }
  return chosen;
}

/** The cases for iptables, and some of them once more for the guard alone. */
export function withGuardCases(chosen: readonly ChosenCase[]): readonly KernelCase[] {
  return chosen.flatMap((one, index) => [
    { ...one, enforcedBy: "iptables" as const },
    ...(index % casesPerGuardCase === 0 ? [{ ...one, enforcedBy: "guard" as const }] : []),
  ]);
}

/** The first of the cases, for nftables, until so many packets are sent. */
export function firstForNft(chosen: readonly ChosenCase[], wanted: number): readonly KernelCase[] {
  let count = 0;
  return chosen.flatMap((one) => {
    if (count >= wanted) return [];
    count += one.packets.length;
    return [{ ...one, enforcedBy: "nftables" as const }];
  });
}

export interface DrawnCase {
  readonly host: DrawnHost;
  readonly packets: readonly { readonly packet: Packet; readonly cells: readonly string[] }[];
  /** Of all packets together. */
  readonly cells: ReadonlySet<string>;
}

function withCells({ host, packets }: ChosenCase): DrawnCase {
  const cells = cellsAt(host);
  const weighed = packets.map((packet) => ({ packet, cells: cells(packet) }));
  return { host, packets: weighed, cells: new Set(weighed.flatMap((one) => one.cells)) };
}

function mostGain(left: ReadonlySet<DrawnCase>, reached: ReadonlySet<string>) {
  let best: DrawnCase | undefined;
  let most = -1;
  for (const one of left) {
    let gain = 0;
    for (const cell of one.cells) if (!reached.has(cell)) gain += 1;
    if (gain > most) [best, most] = [one, gain];
  }
  return [best, most] as const;
}

/** Those that reach something new, which then is reached, and some more. */
function chosenPackets({ packets }: DrawnCase, reached: Set<string>): readonly Packet[] {
  const fresh: Packet[] = [];
  const known: Packet[] = [];
  for (const { packet, cells } of packets) {
    const isFresh = cells.some((cell) => !reached.has(cell));
    for (const cell of cells) reached.add(cell);
    (isFresh ? fresh : known).push(packet);
  }
  return [...fresh, ...known].slice(0, Math.max(fresh.length, packetsPerHost));
}

/** The cells of the coverage that a packet belongs to at this host. */
export function cellsAt(host: DrawnHost): (packet: Packet) => readonly string[] {
  const drawn = drawnState(host);
  return (packet) => cellsOf({ ...drawn, packet, verdict: simulate(drawn.state, packet) });
}
