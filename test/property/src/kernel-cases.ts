import { type Packet, simulate } from "@seawall/policy";
import { allCells } from "./cell-names.ts";
import { cellsOf } from "./cells.ts";
import { Coverage } from "./coverage.ts";
import { type DrawnHost, drawnState } from "./drawn-state.ts";

/** Packets to be sent through the kernel of one host. */
export interface KernelCase {
  readonly host: DrawnHost;
  readonly packets: readonly Packet[];
}

/** Most packets of a host that are sent: rules for another one cost more than a packet. */
const packetsPerHost = 20;
/** Hosts at which fewer packets reach something new are passed over while there are others. */
const worthwhile = 2;

/**
 * The packets are few, as each takes real time, so they are chosen from many drawings: those first by which
 * something is reached that was not before.
 */
export function chooseCases(drawn: readonly KernelCase[], wanted: number): readonly KernelCase[] {
  const reached = new Coverage(allCells);
  const chosen: KernelCase[] = [];
  const others: KernelCase[] = [];
  let count = 0;
  const take = (one: KernelCase): void => {
    chosen.push(one);
    count += one.packets.length;
  };
  for (const { host, packets } of drawn) {
    const { fresh, known } = sorted({ host, packets }, reached);
    const some = { host, packets: [...fresh, ...known].slice(0, packetsPerHost) };
    if (fresh.length >= worthwhile || (fresh.length > 0 && count < wanted)) take(some);
    else others.push(some);
  }
  for (const one of others) if (count < wanted) take(one);
  return chosen;
}

/** Those that reach what was not reached, which then is, and the rest. */
function sorted({ host, packets }: KernelCase, reached: Coverage) {
  const cells = cellsAt(host);
  const fresh: Packet[] = [];
  const known: Packet[] = [];
  for (const packet of packets) {
    const reaching = cells(packet);
    if (fresh.length < packetsPerHost && reached.lacks(reaching)) {
      reached.add(reaching);
      fresh.push(packet);
    } else known.push(packet);
  }
  return { fresh, known };
}

/** The cells of the coverage that a packet belongs to at this host. */
export function cellsAt(host: DrawnHost): (packet: Packet) => readonly string[] {
  const { state, policies } = drawnState(host);
  return (packet) => cellsOf({ state, policies, packet, verdict: simulate(state, packet) });
}
