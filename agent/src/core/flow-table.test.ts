import { describe, expect, test } from "vitest";
import {
  addPackets,
  emptyFlows,
  type FlowTable,
  type LoggedPacket,
  takeFlows,
} from "./flow-table.ts";

const packet = (source: string, atMs: number, rest: Partial<LoggedPacket> = {}): LoggedPacket => ({
  ...{ prefix: "deny shop/block", in: "eth0", out: "br-shop", atMs },
  header: { protocol: "TCP", source, destination: "10.1.0.2", port: 3306 },
  ...rest,
});
const counts = ({ flows }: FlowTable) =>
  [...flows.values()].map(({ header, packets }) => `${header.source} ${String(packets)}`);
const taken = (table: FlowTable) =>
  takeFlows(table).taken.map(({ flow, grown }) => `${flow.header.source} +${String(grown)}`);

describe("packets add up to flows", () => {
  test("with how many, and when the first and the last came", () => {
    const table = addPackets(emptyFlows, [packet("a", 10), packet("a", 12), packet("b", 11)]);
    const [a] = takeFlows(addPackets(table, [packet("a", 20)])).taken;
    expect(a).toEqual({
      grown: 3,
      flow: {
        ...{ prefix: "deny shop/block", in: "eth0", out: "br-shop", packets: 3 },
        header: { protocol: "TCP", source: "a", destination: "10.1.0.2", port: 3306 },
        ...{ firstMs: 10, lastMs: 20 },
      },
    });
  });

  test.each<[string, Partial<LoggedPacket>]>([
    ["another rule", { prefix: "deny shop/default" }],
    ["another interface", { in: "eth1" }],
    ["for the host itself", { out: "" }],
    ["another port", { header: { ...packet("a", 0).header, port: 80 } }],
    ["no port", { header: { protocol: "TCP", source: "a", destination: "10.1.0.2" } }],
  ])("%s is another flow", (_, rest) => {
    const table = addPackets(emptyFlows, [packet("a", 10), packet("a", 10, rest)]);
    expect([...table.flows.values()].map(({ packets }) => packets)).toEqual([1, 1]);
  });
});

describe("who asks again is told of what has changed", () => {
  test("once", () => {
    const { table } = takeFlows(addPackets(emptyFlows, [packet("a", 10), packet("b", 10)]));
    expect(taken(table)).toEqual([]);
    expect(taken(addPackets(table, [packet("b", 20)]))).toEqual(["b +1"]);
  });

  test("200 at a time, those first that wait longest", () => {
    const many = Array.from({ length: 250 }, (_, n) => packet(String(n), n));
    const first = takeFlows(addPackets(emptyFlows, many));
    expect(first.taken).toHaveLength(200);
    const later = addPackets(first.table, [packet("0", 300)]);
    expect(taken(later)).toHaveLength(51);
    expect(taken(later).at(0)).toBe("200 +1");
    expect(taken(later).at(-1)).toBe("0 +1");
  });
});

test("a thousand flows are remembered: the one not seen for longest is forgotten first", () => {
  const many = Array.from({ length: 1_000 }, (_, n) => packet(String(n), n));
  const full = addPackets(addPackets(emptyFlows, many), [packet("0", 2_000)]);
  const { flows, grown } = addPackets(full, [packet("new", 2_001), packet("newer", 2_002)]);
  expect(flows.size).toBe(1_000);
  expect(grown.size).toBe(1_000);
  const left = counts({ flows, grown });
  expect(left.slice(0, 2)).toEqual(["3 1", "4 1"]);
  expect(left.slice(-3)).toEqual(["0 2", "new 1", "newer 1"]);
});
