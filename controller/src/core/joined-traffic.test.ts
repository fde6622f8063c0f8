import type { TrafficWords } from "@seawall/policy";
import { expect, test } from "vitest";
import { joinedTraffic } from "./joined-traffic.ts";

const words: TrafficWords = {
  ...{ before: "Allow", after: "Deny", ports: "every port" },
  ...{ from: ["anywhere"], to: ["network shop"], families: ["IPv4"] },
};

test("a host that calls its networks and containers whatever it likes makes no answer long", () => {
  const long = (index: number) => `container ${String(index)}${"x".repeat(2_000)}`;
  const to = Array.from({ length: 500 }, (_, index) => long(index));
  const traffic = Array.from({ length: 900 }, (_, index) => ({
    ...words,
    ...{ to, ports: `TCP ${String(index + 1)}` },
  }));
  const joined = joinedTraffic([
    { host: "liar", traffic },
    { host: "web-1", traffic: [words] },
  ]);
  expect(JSON.stringify(joined).length).toBeLessThan(5_000_000);
  expect(joined.traffic).toContainEqual({ ...words, hostCount: 1, hosts: ["web-1"] });
  expect(joined.traffic.length + joined.trafficLeftOut).toBe(901);
  expect(joined.traffic[0]?.to).toHaveLength(101);
  expect(joined.traffic[0]?.to.at(-1)).toBe("400 more");
});
