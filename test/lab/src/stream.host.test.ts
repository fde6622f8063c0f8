import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attachGuest } from "./bridge-guest.ts";
import type { Container } from "./container.ts";
import { type DatagramCounter, startCounter } from "./datagram-counter.ts";
import type { DockerHost } from "./docker-host.ts";
import { eventually } from "./eventually.ts";
import type { Lab } from "./lab.ts";
import type { LabNode } from "./lab-node.ts";
import { whyUnfit } from "./machine.ts";
import { startLab } from "./start-lab.ts";
import { type Stream, startStream } from "./stream.ts";
import { describeStream } from "./stream-result.ts";

const unfit = whyUnfit();
if (unfit !== undefined) console.warn(`SKIPPED: tests of the lab's traffic meter: ${unfit}`);

describe.skipIf(unfit !== undefined)("the traffic meter", () => {
  let lab: Lab;
  let host: DockerHost;
  let client: LabNode;
  let web: Container;
  let outside: DatagramCounter;

  beforeAll(async () => {
    lab = await startLab({
      hosts: [{ name: "host1" }],
      nodes: [{ name: "client", addresses: ["198.51.100.10/24"] }],
    });
    host = lab.host("host1");
    client = lab.node("client");
    await host.createNetwork("shop", {
      subnet4: "10.7.0.0/24",
      subnet6: "2001:db8:7::/64",
      bridgeName: "br-shop",
    });
    web = await host.runContainer({
      name: "web",
      network: "shop",
      publish: ["8080:80", "5353:53/udp"],
      listen: ["tcp:80"],
      count: [53],
    });
    outside = await startCounter(client, 7000);
  });
  afterAll(() => lab.stop());

  const udp = (): { protocol: "udp"; address: string; port: number; counter: Container } => ({
    protocol: "udp",
    address: host.ipv4,
    port: 5353,
    counter: web,
  });

  async function reach(stream: Stream, packets: number): Promise<void> {
    await eventually(async () => (await stream.through()) >= packets, {
      what: `${String(packets)} packets of ${stream.name}`,
    });
  }

  /** As long as another stream, which nothing stops, takes for its first packets. */
  async function someTime(): Promise<void> {
    const target = { ...udp(), address: client.ipv4, port: 7000, counter: outside };
    const stream = await startStream(web, target);
    await reach(stream, 500);
    await stream.stop();
  }

  /** A rule of FORWARD while `during` runs, which can wait until it has dropped so many packets. */
  async function denying(
    match: readonly string[],
    during: (dropped: (packets: number) => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    await host.run(["iptables", "-I", "FORWARD", ...match, "-j", "DROP"]);
    const counted = async () =>
      Number.parseInt(await host.run(["iptables", "-nvxL", "FORWARD", "1"]));
    try {
      await during((packets) =>
        eventually(async () => (await counted()) > packets, { what: "packets to be dropped" }),
      );
    } finally {
      await host.run(["iptables", "-D", "FORWARD", ...match, "-j", "DROP"]);
    }
  }

  test("nothing denied: everything gets through, at the rate", async () => {
    const rate = 2000;
    const streams = await Promise.all([
      startStream(client, udp(), { rate }),
      startStream(client, { ...udp(), address: host.ipv6 }, { rate }),
      startStream(web, { ...udp(), address: client.ipv4, port: 7000, counter: outside }, { rate }),
      startStream(web, { ...udp(), address: client.ipv6, port: 7000, counter: outside }, { rate }),
      startStream(client, { protocol: "tcp", address: host.ipv4, port: 8080 }),
      startStream(client, { protocol: "tcp", address: host.ipv6, port: 8080 }),
    ]);
    await Promise.all(streams.map((stream) => reach(stream, 100)));
    for (const result of await Promise.all(streams.map((stream) => stream.stop()))) {
      const { sent, through, failed, rate: reached, durationMs, longestPauseMs } = result;
      const expected = result.name.startsWith("udp") ? rate : 200;
      // What is late follows at once, but for what was late when it was stopped.
      const late = (expected * longestPauseMs) / durationMs;
      expect(failed, describeStream(result)).toBe(0);
      expect(through / sent, describeStream(result)).toBeGreaterThan(0.95);
      expect((reached + late) / expected, describeStream(result)).toBeGreaterThan(0.9);
      expect(reached / expected, describeStream(result)).toBeLessThan(1.1);
    }
  });

  test("a leak is told in packets and milliseconds", async () => {
    const drop = ["-o", "br-shop", "-p", "udp"];
    await denying(drop, async (dropped) => {
      const began = performance.now();
      const stream = await startStream(client, udp());
      await host.run(["iptables", "-D", "FORWARD", ...drop, "-j", "DROP"]);
      await reach(stream, 50);
      await host.run(["iptables", "-I", "FORWARD", ...drop, "-j", "DROP"]);
      const tookMs = performance.now() - began;
      // So that it goes on for a while behind the last one that came through.
      await dropped(100);
      const result = await stream.stop();
      const [first] = result.windows;
      const last = result.windows.at(-1);
      expect(result.through, describeStream(result)).toBeGreaterThanOrEqual(50);
      expect(first?.firstMs, describeStream(result)).toBeGreaterThan(0);
      expect(last?.lastMs, describeStream(result)).toBeLessThan(tookMs);
      expect(last?.lastMs, describeStream(result)).toBeLessThan(result.durationMs);
    });
  });

  test("streams to one counter do not mix", async () => {
    await denying(["-s", "198.51.100.10"], async (dropped) => {
      const [open, denied] = await Promise.all([
        startStream(client, udp()),
        startStream(client, udp(), { source: "198.51.100.10" }),
      ]);
      await Promise.all([reach(open, 100), dropped(100)]);
      await open.stop();
      const result = await denied.stop();
      expect(result.through, describeStream(result)).toBe(0);
      expect(result.sent).toBeGreaterThan(100);
    });
  });

  test("each packet is the first of a connection, after any number that got through", async () => {
    const first = ["-o", "br-shop", "-m", "conntrack", "--ctstate", "NEW"];
    for (const target of [udp(), { protocol: "tcp", address: host.ipv4, port: 8080 } as const]) {
      const open = await startStream(client, target);
      await reach(open, 50);
      await open.stop();
      await denying(first, async (dropped) => {
        // Datagrams come from the same ports again.
        const denied = await startStream(client, target);
        await dropped(10);
        const result = await denied.stop();
        expect(result.through, describeStream(result)).toBe(0);
        expect(result.sent, describeStream(result)).toBeGreaterThan(10);
      });
    }
  });

  test("the counter of a container goes on when the container restarts", async () => {
    const stream = await startStream(client, udp());
    await reach(stream, 100);
    await web.stop();
    const before = await stream.through();
    await web.start();
    await reach(stream, before + 100);
    const result = await stream.stop();
    expect(result.windows.length, describeStream(result)).toBeGreaterThan(1);
  });

  test("what the sender's own kernel refuses is said, and the stream goes on", async () => {
    const stream = await startStream(client, { ...udp(), address: "203.0.113.77" });
    await someTime();
    const result = await stream.stop();
    expect(result).toMatchObject({ sent: 0, through: 0 });
    expect(result.failed, describeStream(result)).toBeGreaterThan(0);
  });

  test("a sender that cannot start says why", async () => {
    const start = startStream(client, udp(), { source: "192.0.2.250" });
    await expect(start).rejects.toThrow(/bind 192\.0\.2\.250: Cannot assign requested address/);
  });

  test("a guest on a Docker network goes on sending while Docker restarts", async () => {
    const guest = await attachGuest(host, "shop", {
      name: "guest",
      addresses: ["10.7.0.200/24", "2001:db8:7::200/64"],
      gateways: ["10.7.0.1", "2001:db8:7::1"],
    });
    const target = { ...udp(), port: 7000, counter: outside };
    const streams = await Promise.all(
      [client.ipv4, client.ipv6].map((address) => startStream(guest, { ...target, address })),
    );
    await Promise.all(streams.map((stream) => reach(stream, 100)));
    await host.restartDocker();
    for (const stream of streams) {
      const result = await stream.stop();
      expect(result.failed, describeStream(result)).toBe(0);
      expect(result.through / result.sent, describeStream(result)).toBeGreaterThan(0.5);
    }
  });
});
