import {
  describeStream,
  eventually,
  type Stream,
  type StreamResult,
  type StreamTarget,
  startStream,
} from "@seawall/lab";
import { expect } from "vitest";
import { type LeakHost, office } from "./leak-host.ts";

/** Ways into and out of `shop` that the policies deny. `container` is its own address, not published. */
export const ways = [
  "udp v4 published",
  "udp v6 published",
  "udp v4 container",
  "udp v6 container",
  "udp v4 outwards",
  "udp v6 outwards",
  "tcp v4 published",
  "tcp v6 published",
  "tcp v4 container",
  "tcp v6 container",
] as const;
export type Way = (typeof ways)[number];

function startWay(site: LeakHost, way: Way): Promise<Stream> {
  const { host, web, client, outside, guest } = site;
  const [protocol, family, to] = way.split(" ");
  const addressOf = (place: { readonly ipv4: string; readonly ipv6: string }): string =>
    family === "v4" ? place.ipv4 : place.ipv6;
  const address = addressOf(to === "published" ? host : to === "container" ? web : client);
  const target = ((): StreamTarget => {
    if (to === "outwards") return { protocol: "udp", address, port: 7000, counter: outside };
    const published = to === "published";
    return protocol === "tcp"
      ? { protocol: "tcp", address, port: published ? 8080 : 80 }
      : { protocol: "udp", address, port: published ? 5353 : 53, counter: web };
  })();
  if (to === "outwards") return startStream(guest, target, { name: way });
  // Left to itself the kernel might take the office's address.
  return startStream(client, target, { name: way, source: addressOf(client) });
}

export type Seen = ReadonlyMap<Way, StreamResult>;

/** Resolves when something has come through on every way that is watched. */
export type ThroughAll = () => Promise<void>;

/**
 * What comes through on these ways while `happen` runs, and until the office, which is allowed, gets
 * an answer again: a target that is down would let nothing through either.
 */
export async function watch(
  site: LeakHost,
  happen: (throughAll: ThroughAll) => Promise<void>,
  watched: readonly Way[] = ways,
): Promise<Seen> {
  // A datagram that found nobody while a container was down has its port go to the host for as long as
  // the stream uses it. That is over for who starts anew.
  await site.host.run(["conntrack", "-F"]);
  const streams = await Promise.all(watched.map((way) => startWay(site, way)));
  const allowed = await startStream(
    site.client,
    { protocol: "tcp", address: site.host.ipv4, port: 8080 },
    { name: "office", source: office.v4, rate: 50 },
  );
  let results: readonly StreamResult[] = [];
  try {
    await happen(async () => {
      await Promise.all(streams.map((stream) => more(stream, 10)));
    });
    await more(allowed, 1);
  } finally {
    results = await Promise.all(streams.map((stream) => stream.stop()));
    await allowed.stop();
  }
  return new Map(
    watched.flatMap((way, index) => {
      const result = results[index];
      return result === undefined ? [] : [[way, result]];
    }),
  );
}

async function more(stream: Stream, packets: number): Promise<void> {
  const before = await stream.through();
  await eventually(async () => (await stream.through()) >= before + packets, {
    what: `${String(packets)} more packets of ${stream.name} to get through`,
    timeoutMs: 30_000,
  });
}

/** Nothing came through, and the streams were there all the time. */
export function expectNothing(seen: Seen): void {
  const leaks = [...seen.values()].filter(({ through }) => through > 0);
  expect(leaks.map(describeStream)).toEqual([]);
  for (const result of seen.values()) {
    const wanted = result.name.startsWith("udp") ? 5000 : 200;
    expect(result.rate, describeStream(result)).toBeGreaterThan(wanted / 2);
  }
}

/** These ways were seen to be open, for a while or all the time. */
export function expectThrough(seen: Seen, open: readonly Way[]): void {
  const closed = open.filter((way) => (seen.get(way)?.through ?? 0) === 0);
  expect(closed, [...seen.values()].map(describeStream).join("\n")).toEqual([]);
}
