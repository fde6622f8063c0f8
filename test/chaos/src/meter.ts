import {
  describeStream,
  eventually,
  type Stream,
  type StreamResult,
  startStream,
} from "@seawall/lab";
import { type ChaosFleet, type ChaosSite, webAddresses, webArrivals } from "./chaos-fleet.ts";

/** A stranger's packets to `web` of one host. */
export interface Metered {
  readonly host: string;
  readonly stream: Stream;
}

/** Enough to see a hole of a few milliseconds, and little enough for five hosts on two cores. */
const rate = 400;

/** To the published port over IPv4, and to the container's own address over IPv6. */
export async function startMeter({ client, sites }: ChaosFleet): Promise<readonly Metered[]> {
  const both = sites.flatMap((site) => {
    const { host } = site;
    const counter = webArrivals(host);
    const targets = [
      { address: host.ipv4, port: 5353, source: client.ipv4, to: "published v4" },
      { address: webAddresses(site).v6, port: 53, source: client.ipv6, to: "container v6" },
    ];
    return targets.map(async ({ address, port, source, to }): Promise<Metered> => {
      const options = { name: `${host.name} ${to}`, source, rate };
      const stream = await startStream(
        client,
        { protocol: "udp", address, port, counter },
        options,
      );
      return { host: host.name, stream };
    });
  });
  return await Promise.all(both);
}

/** Before anything is denied: it sees packets on every way. */
export async function showThatItSees(chaos: ChaosFleet): Promise<void> {
  await Promise.all(chaos.sites.map(forgetConnections));
  const meter = await startMeter(chaos);
  for (const { stream } of meter) {
    await eventually(async () => (await stream.through()) > 10, {
      what: `the meter to see packets: ${stream.name}`,
      timeoutMs: 60_000,
    });
  }
  await stopMeter(meter);
}

export interface MeterResult {
  readonly host: string;
  readonly result: StreamResult;
}

export async function stopMeter(meter: readonly Metered[]): Promise<readonly MeterResult[]> {
  return await Promise.all(
    meter.map(async ({ host, stream }) => ({ host, result: await stream.stop() })),
  );
}

/** A stream that stood still has seen nothing. */
export function meterProblems(results: readonly MeterResult[]): readonly string[] {
  return results
    .filter(({ result }) => result.rate < rate / 2)
    .map(({ result }) => `the meter was too slow: ${describeStream(result)}`);
}

/**
 * A datagram that found nobody while a container was down has its port go to the host for as long as it is remembered.
 */
async function forgetConnections({ host }: ChaosSite): Promise<void> {
  await host.run(["sysctl", "-w", "net.netfilter.nf_conntrack_udp_timeout=1"]);
}
