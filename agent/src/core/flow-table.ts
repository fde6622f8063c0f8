import type { PacketHeader } from "./read-packet.ts";

/** A packet that a rule has told of. */
export interface LoggedPacket {
  readonly prefix: string;
  /** The interface that it came in by, and the one that it goes out by; empty: none, or one that is gone. */
  readonly in: string;
  readonly out: string;
  readonly header: PacketHeader;
  readonly atMs: number;
}

/** Packets that are alike in all but the port they come from. */
export interface Flow extends Omit<LoggedPacket, "atMs"> {
  /** So many were told of, from the first to the last. */
  readonly packets: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Flows by what makes them one. Bounded: who sends packets decides how many there are. */
export interface FlowTable {
  /** The one that was not seen for longest is first, and the first to be forgotten. */
  readonly flows: ReadonlyMap<string, Flow>;
  /** By how many packets each has grown since it was last taken; who waits longest is first. */
  readonly grown: ReadonlyMap<string, number>;
}

export const emptyFlows: FlowTable = { flows: new Map(), grown: new Map() };

const MOST_FLOWS = 1_000;
/** Of one taking. */
const MOST_TAKEN = 200;

export function addPackets(table: FlowTable, packets: readonly LoggedPacket[]): FlowTable {
  const [flows, grown] = [new Map(table.flows), new Map(table.grown)];
  for (const { prefix, in: from, out: to, header, atMs } of packets) {
    const key = JSON.stringify([prefix, from, to, header]);
    const before = flows.get(key);
    flows.delete(key);
    flows.set(key, {
      ...{ prefix, in: from, out: to, header },
      packets: (before?.packets ?? 0) + 1,
      firstMs: before?.firstMs ?? atMs,
      lastMs: atMs,
    });
    grown.set(key, (grown.get(key) ?? 0) + 1);
  }
  for (const key of flows.keys()) {
    if (flows.size <= MOST_FLOWS) break;
    flows.delete(key);
    grown.delete(key);
  }
  return { flows, grown };
}

export interface TakenFlow {
  readonly flow: Flow;
  /** Packets since it was last taken. */
  readonly grown: number;
}

/** The flows that are new or have grown since they were last taken, some of them if there are many. */
export function takeFlows(table: FlowTable): {
  readonly taken: readonly TakenFlow[];
  readonly table: FlowTable;
} {
  const due = [...table.grown].slice(0, MOST_TAKEN);
  const taken = due.flatMap(([key, grown]) => {
    const flow = table.flows.get(key);
    return flow === undefined ? [] : [{ flow, grown }];
  });
  const grown = new Map([...table.grown].slice(MOST_TAKEN));
  return { taken, table: { flows: table.flows, grown } };
}
