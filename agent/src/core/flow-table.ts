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
  readonly packets: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Flows that wait to be told of, by what makes them one; who waits longest is first. */
export type FlowTable = ReadonlyMap<string, Flow>;

/** Who sends packets decides how many flows there are. */
const MOST_FLOWS = 1_000;
/** Of one taking. */
const MOST_TAKEN = 200;

/** Packets of flows that are too many are left out. */
export function addPackets(flows: FlowTable, packets: readonly LoggedPacket[]): FlowTable {
  const added = new Map(flows);
  for (const { atMs, ...alike } of packets) {
    const { prefix, in: from, out: to, header } = alike;
    const key = JSON.stringify([prefix, from, to, header]);
    const before = added.get(key);
    if (before === undefined && added.size >= MOST_FLOWS) continue;
    added.set(key, {
      ...alike,
      packets: (before?.packets ?? 0) + 1,
      firstMs: before?.firstMs ?? atMs,
      lastMs: atMs,
    });
  }
  return added;
}

/** The flows to tell of now, some of them if there are many, and those that wait on. */
export function takeFlows(flows: FlowTable): {
  readonly taken: readonly Flow[];
  readonly rest: FlowTable;
} {
  const waiting = [...flows];
  return {
    taken: waiting.slice(0, MOST_TAKEN).map(([, flow]) => flow),
    rest: new Map(waiting.slice(MOST_TAKEN)),
  };
}
