import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabNode } from "./lab-node.ts";
import { scriptsDir } from "./repository.ts";

/** Where the datagrams of streams are counted, and none of them is answered. */
export interface DatagramCounter {
  /** The file, on the machine, that everything that came is written to as it comes. */
  readonly arrivals: string;
}

/** Counts on a port of a plain node or a host itself. In a container the listener does: `count`. */
export async function startCounter(node: LabNode, port: number): Promise<DatagramCounter> {
  const file = `/run/lab-arrivals/port-${String(port)}`;
  const arrivals = node.path(file);
  await mkdir(dirname(arrivals), { recursive: true });
  const script = join(scriptsDir, "lab-listen.pl");
  const listener = await node.spawn(["perl", script, `count:${String(port)}:${file}`]);
  await listener.waitForOutput(/ready/);
  return { arrivals };
}

const recordLength = 12;

/** When each datagram of a stream that has come was sent, in microseconds of the machine's clock. */
export async function arrivalsOf(
  { arrivals }: DatagramCounter,
  token: number,
): Promise<readonly number[]> {
  const records = await readFile(arrivals);
  const times: number[] = [];
  for (let at = 0; at + recordLength <= records.length; at += recordLength) {
    if (records.readUInt32BE(at) === token) times.push(Number(records.readBigUInt64BE(at + 4)));
  }
  return times;
}
