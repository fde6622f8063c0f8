import { describe, expect, test } from "vitest";
import { addPackets, type FlowTable, type LoggedPacket, takeFlows } from "./flow-table.ts";

const packet = (source: string, atMs: number, rest: Partial<LoggedPacket> = {}): LoggedPacket => ({
  ...{ prefix: "deny shop/block", in: "eth0", out: "br-shop", atMs },
  header: { protocol: "TCP", source, destination: "10.1.0.2", port: 3306 },
  ...rest,
});
const none: FlowTable = new Map();
const counts = (flows: FlowTable) =>
  [...flows.values()].map(({ header, packets }) => `${header.source} ${String(packets)}`);

describe("packets add up to flows", () => {
  test("with how many, and when the first and the last came", () => {
    const flows = addPackets(none, [packet("a", 10), packet("a", 12), packet("b", 11)]);
    const [a] = takeFlows(addPackets(flows, [packet("a", 20)])).taken;
    expect(a).toEqual({
      ...{ prefix: "deny shop/block", in: "eth0", out: "br-shop", packets: 3 },
      header: { protocol: "TCP", source: "a", destination: "10.1.0.2", port: 3306 },
      ...{ firstMs: 10, lastMs: 20 },
    });
  });

  test.each<[string, Partial<LoggedPacket>]>([
    ["another rule", { prefix: "deny shop/default" }],
    ["another interface", { in: "eth1" }],
    ["for the host itself", { out: "" }],
    ["another port", { header: { ...packet("a", 0).header, port: 80 } }],
    ["no port", { header: { protocol: "TCP", source: "a", destination: "10.1.0.2" } }],
  ])("%s is another flow", (_, rest) => {
    expect(counts(addPackets(none, [packet("a", 10), packet("a", 10, rest)]))).toEqual([
      "a 1",
      "a 1",
    ]);
  });
});

describe("who asks is told", () => {
  test("of each packet once", () => {
    const { rest } = takeFlows(addPackets(none, [packet("a", 10), packet("b", 10)]));
    expect(counts(rest)).toEqual([]);
    expect(counts(addPackets(rest, [packet("b", 20)]))).toEqual(["b 1"]);
  });

  test("of 200 flows at a time, those first that wait longest", () => {
    const many = Array.from({ length: 250 }, (_, n) => packet(String(n), n));
    const { taken, rest } = takeFlows(addPackets(none, many));
    expect(taken).toHaveLength(200);
    const left = counts(addPackets(rest, [packet("0", 300), packet("249", 300)]));
    expect(left).toHaveLength(51);
    expect(left.slice(0, 1)).toEqual(["200 1"]);
    expect(left.slice(-2)).toEqual(["249 2", "0 1"]);
  });
});

test("a thousand flows wait; what would be one more is left out", () => {
  const many = Array.from({ length: 1_000 }, (_, n) => packet(String(n), n));
  const flows = addPackets(addPackets(none, many), [packet("new", 2_000), packet("7", 2_001)]);
  expect(flows.size).toBe(1_000);
  expect(counts(flows)).toContain("7 2");
  expect(counts(flows)).not.toContain("new 1");
});
