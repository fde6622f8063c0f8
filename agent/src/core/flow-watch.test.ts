import { viewOfNetworks } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import type { RuleCount } from "./counters.ts";
import type { LoggedPacket } from "./flow-table.ts";
import {
  beginWatch,
  type FlowWatch,
  heardPackets,
  readAgain,
  reportRest,
  reportSecond,
} from "./flow-watch.ts";

const all = { denied: false, audited: false };
const packets = (count: number, prefix = "deny p/r", source = "203.0.113.9"): LoggedPacket[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ prefix, in: "eth0", out: "br-shop", atMs: n },
    header: { protocol: "TCP", source, destination: "10.1.0.2", port: 80 },
  }));
const reading = (matched: number) => ({
  view: viewOfNetworks([]),
  counters: [
    {
      ...{ family: "IPv4", policy: "p", rule: "r", direction: "ingress", network: "shop" },
      ...{ packets: matched, bytes: 0, logged: "deny p/r" },
    } satisfies RuleCount,
  ],
});
/** Seconds, one after the other: what is heard and read in each, and what is reported at its end. */
function reports(
  seconds: readonly ((watch: FlowWatch) => FlowWatch)[],
  filter = all,
): { readonly watch: FlowWatch; readonly said: readonly (string | undefined)[] } {
  let watch = beginWatch(filter, reading(100));
  const said = seconds.map((happens) => {
    const next = reportSecond(happens(watch));
    watch = next.watch;
    return wordsOf(next.report);
  });
  return { watch, said };
}
const wordsOf = (report: ReturnType<typeof reportSecond>["report"]) =>
  report &&
  `${(report.flows ?? []).map((flow) => String(flow.packets)).join()} left out ${String(report.leftOut)}`;
const nothing = (watch: FlowWatch) => watch;
const hear = (count: number, prefix?: string, source?: string) => (watch: FlowWatch) =>
  heardPackets(watch, packets(count, prefix, source));
const read = (matched: number) => (watch: FlowWatch) => readAgain(watch, reading(matched));

describe("a report a second, where there is something new", () => {
  test("the first one says that it listens", () => {
    expect(reports([nothing, nothing]).said).toEqual([" left out 0", undefined]);
  });

  test("flows that are new or have grown, each with the packets that are new", () => {
    expect(reports([hear(2), nothing, hear(1), hear(1, "deny p/r", "203.0.113.7")]).said).toEqual([
      "2 left out 0",
      undefined,
      "1 left out 0",
      "1 left out 0",
    ]);
  });

  test("nothing of what is not asked for, and of other programs' rules", () => {
    const asked = { denied: true, audited: false };
    const { said } = reports([hear(2, "audit deny p/r"), hear(1, "ssh"), hear(1)], asked);
    expect(said).toEqual([" left out 0", undefined, "1 left out 0"]);
  });

  test("what was matched and is not heard of two seconds later was left out", () => {
    expect(reports([read(140), hear(30), nothing, nothing]).said).toEqual([
      " left out 0",
      "30 left out 0",
      " left out 10",
      undefined,
    ]);
  });

  test("what is held is told of beside what rules count", () => {
    expect(reports([hear(9, "deny held"), read(105), nothing, nothing]).said.at(-1)).toBe(
      " left out 5",
    );
  });
});

describe("at the end", () => {
  test("everything that was matched counts", () => {
    const { watch } = reports([hear(30), read(140)]);
    expect(reportRest(watch)).toEqual([{ flows: [], leftOut: 10, last: true }]);
  });

  test("as many reports as it takes, and one is the last", () => {
    const many = Array.from({ length: 450 }, (_, n) => packets(1, "deny p/r", String(n))).flat();
    const rest = reportRest(heardPackets(beginWatch(all, reading(0)), many));
    expect(rest.map(({ flows, last }) => [flows?.length, last])).toEqual([
      [200, undefined],
      [200, undefined],
      [50, true],
    ]);
  });
});
