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
import { isWhole } from "./settings.ts";

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

/** In each half every kind of way and both families. */
export const halves: Readonly<Record<"first" | "second", readonly Way[]>> = {
  first: [
    "udp v4 published",
    "udp v6 container",
    "udp v4 outwards",
    "tcp v4 container",
    "tcp v6 published",
  ],
  second: [
    "udp v6 published",
    "udp v4 container",
    "udp v6 outwards",
    "tcp v6 container",
    "tcp v4 published",
  ],
};

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

/** What became of the packets on the ways that were watched. */
export interface Watched {
  readonly streams: readonly StreamResult[];
  /** Where rules had been taken away: how long they were. */
  readonly repairMs?: number;
}

/** For what happens meanwhile. */
export interface Watching {
  /** Resolves when something has come through on every way that is watched, from now on. */
  readonly throughAll: () => Promise<void>;
  /** How many have come through on all ways so far. */
  readonly through: () => Promise<number>;
  /** Says how many milliseconds the rules were away. */
  readonly repairTook: (ms: number) => void;
}

/**
 * What comes through on these ways while `happen` runs, and until the office, which is allowed, gets
 * an answer again: a target that is down would let nothing through either.
 */
export async function watch(
  site: LeakHost,
  happen: (watching: Watching) => Promise<void>,
  watched: readonly Way[] = ways,
): Promise<Watched> {
  await forgetConnections(site);
  const streams = await Promise.all(watched.map((way) => startWay(site, way)));
  const allowed = await startStream(
    site.client,
    { protocol: "tcp", address: site.host.ipv4, port: 8080 },
    { name: "office", source: office.v4, rate: 50 },
  );
  let repairMs: number | undefined;
  const watching: Watching = {
    throughAll: async () => {
      await forgetConnections(site);
      await Promise.all(streams.map((stream) => more(stream, 10)));
    },
    through: async () => {
      const counts = await Promise.all(streams.map((stream) => stream.through()));
      return counts.reduce((a, b) => a + b, 0);
    },
    repairTook: (ms) => {
      repairMs = ms;
    },
  };
  let results: readonly StreamResult[] = [];
  try {
    await happen(watching);
    await more(allowed, 1);
  } finally {
    results = await Promise.all(streams.map((stream) => stream.stop()));
    await allowed.stop();
  }
  return { streams: results, ...(repairMs === undefined ? {} : { repairMs }) };
}

/**
 * A datagram that found nobody while a container was down has its port go to the host for as long as it
 * is remembered, and all ports of all streams at once are more than a host remembers by far. Behind firewalld no container goes
 * down; and where the agent's own connection is forgotten, firewalld refuses what comes by it until the agent says something.
 */
async function forgetConnections({ host, hasFirewalld }: LeakHost): Promise<void> {
  await host.run(["sysctl", "-w", "net.netfilter.nf_conntrack_udp_timeout=1"]);
  if (!hasFirewalld) await host.run(["conntrack", "-F"]);
}

async function more(stream: Stream, packets: number): Promise<void> {
  const before = await stream.through();
  await eventually(async () => (await stream.through()) >= before + packets, {
    what: `${String(packets)} more packets of ${stream.name} to get through`,
    timeoutMs: 120_000,
  });
}

/**
 * Nothing came through, and the streams were there all the time: at half their rate at least, or a fifth in `npm test`, which
 * goes on beside other work and on whatever machine there is.
 */
export function expectNothing({ streams }: Watched): void {
  const leaks = streams.filter(({ through }) => through > 0);
  expect(leaks.map(describeStream)).toEqual([]);
  for (const result of streams) {
    const wanted = result.name.startsWith("udp") ? 5000 : 200;
    expect(result.rate, describeStream(result)).toBeGreaterThan(wanted / (isWhole ? 2 : 5));
  }
}

/** Each of these ways was open, for a while or all the time. */
export function expectThroughAll({ streams }: Watched): void {
  const shut = streams.filter(({ through }) => through === 0);
  expect(shut.map(describeStream)).toEqual([]);
}
