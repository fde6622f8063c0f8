import {
  addressSetContains,
  diffTraffic,
  managementOf,
  type Packet,
  type ResolvedState,
  simulate,
  type TrafficChange,
  type TrafficDiff,
} from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { manifests } from "./drawn-policies.ts";
import { type DrawnHost, resolved } from "./drawn-state.ts";

/** SEAWALL_PROPERTY_DIFFS=20000 npm test -- test/property/src/diff-traffic.test.ts */
const diffs = Number(process.env["SEAWALL_PROPERTY_DIFFS"] ?? 60);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** What is changed: most changes are of one policy among several. */
const drawn = fc.tuple(
  drawnHosts,
  manifests,
  fc.nat({ max: 3 }),
  fc.array(packets, { minLength: 1, maxLength: 160, size: "max" }),
);

test(`of ${String(diffs)} changes exactly the packets are in a range of which simulate says something else afterwards (seed ${String(seed)})`, () => {
  const seen = { changed: 0, unchanged: 0, allowed: 0, denied: 0, otherwise: 0 };
  const result = fc.check(
    fc.property(drawn, ([host, others, kept, sent]) => {
      const before = resolved(host).state;
      const after = resolved(changed(host, others, kept)).state;
      const diff = diffTraffic(before, after);
      for (const packet of sent) {
        const said = actionsOf(packet, before, after);
        const found = diff.changes.filter((change) => contains(change, packet, diff, before));
        seen[kindOf(said)] += 1;
        expect(found.map((change) => [change.before, change.after])).toEqual(
          said[0] === said[1] ? [] : [said],
        );
      }
      if (diff.changes.length > 0) seen.changed += 1;
    }),
    { seed, numRuns: diffs },
  );
  if (result.failed)
    throw new Error(counterexample(result.counterexample?.[0], result.errorInstance));
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  expect(Object.values(seen).every((count) => count > 0)).toBe(true);
}, 600_000);

function changed(host: DrawnHost, others: readonly object[], kept: number): DrawnHost {
  const documents = [...others.slice(0, 1 + kept), ...host.documents.slice(1 + kept)];
  return { ...host, documents: kept === 3 ? others : documents };
}

function actionsOf(packet: Packet, before: ResolvedState, after: ResolvedState) {
  return [simulate(before, packet).action, simulate(after, packet).action] as const;
}

function kindOf([before, after]: ReturnType<typeof actionsOf>) {
  if (before === after) return "unchanged";
  if (after === "Allow") return "allowed";
  return before === "Allow" ? "denied" : "otherwise";
}

function contains(
  { in: ins, out: outs, source, destination, services }: TrafficChange,
  packet: Packet,
  { interfaces }: TrafficDiff,
  { management }: ResolvedState,
): boolean {
  const { in: from, out: to, protocol, publishedPort } = packet;
  const called =
    to === undefined
      ? { destination: packet.destination, port: packet.destinationPort }
      : { destination: packet.publishedAddress, port: publishedPort };
  if (managementOf({ management }, { protocol, ...defined(called) }) !== undefined) return false;
  const known = (name: string) =>
    interfaces.includes(name) ? name : name.startsWith("br-") ? "br-?" : "";
  const isIn = (range: Range | undefined, port: number | undefined) =>
    range === undefined
      ? port === undefined
      : port !== undefined && port >= range.first && port <= range.last;
  return (
    ins.includes(known(from)) &&
    outs.includes(to === undefined ? undefined : known(to)) &&
    addressSetContains(source, packet.source) &&
    addressSetContains(destination, packet.destination) &&
    services.some(
      (service) =>
        service.protocol === protocol &&
        isIn(service.ports, packet.destinationPort) &&
        isIn(service.published, publishedPort),
    )
  );
}

type Range = NonNullable<TrafficChange["services"][number]["ports"]>;

function defined({
  destination,
  port,
}: {
  destination?: Packet["destination"] | undefined;
  port?: number | undefined;
}) {
  return { ...(destination && { destination }), ...(port !== undefined && { port }) };
}

/** The smallest change that still differs, as two manifests and packets. */
function counterexample(
  [host, others = [], kept = 0, sent = []]: readonly [
    DrawnHost?,
    (readonly object[])?,
    number?,
    (readonly Packet[])?,
  ] = [],
  error: unknown,
): string {
  const lines =
    host === undefined
      ? []
      : [...describeCase(host, sent), "after:", ...describeCase(changed(host, others, kept), [])];
  return [`SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`, ...lines, String(error)].join(
    "\n---\n",
  );
}
