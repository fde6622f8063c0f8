import type {
  FleetFlowsRequest__Output,
  FleetFlowsResponse,
  FlowMessage__Output,
} from "@seawall/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import type { FlowsAsked, FlowsAsker } from "./agent-sessions.ts";
import { tellFlows } from "./flows.ts";

const everything: FleetFlowsRequest__Output = {
  ...{ selector: "", host: "", denied: false, audited: false, forMs: 5_000 },
};
const flow = (source: string, packets = 1, at = 1): FlowMessage__Output => ({
  ...{ verdict: "Deny", audited: false, held: false, policy: "p", rule: "r", direction: "ingress" },
  ...{ protocol: "TCP", port: 80, publishedPorts: [], packets, firstMs: at, lastMs: at },
  source: { address: source, interface: "eth0", network: "", container: "" },
  destination: { address: "10.1.0.2", interface: "br-1", network: "shop", container: "db" },
});
const many = (count: number) => Array.from({ length: count }, (_, n) => flow(String(n)));

let fleet: MemoryFleet;
/** Who is asked now, by name. */
let asked: Map<string, FlowsAsker & { readonly what: FlowsAsked }>;
let stopped: string[];
let away: Set<string>;
let sent: string[];
let isReady: boolean;
let isOver: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  fleet = new MemoryFleet([enrolledHost("a", { env: "prod" }), enrolledHost("b")]);
  asked = new Map();
  [stopped, sent, away] = [[], [], new Set()];
  [isReady, isOver] = [true, false];
});
afterEach(() => {
  vi.useRealTimers();
});

function ask(host: string, what: FlowsAsked, asker: FlowsAsker): () => void {
  if (away.has(host)) {
    asker.ended({ reason: "NotConnected", message: "the agent is not connected" });
    return () => undefined;
  }
  asked.set(host, { ...asker, what });
  return () => {
    stopped.push(host);
  };
}

const tell = (request: Partial<FleetFlowsRequest__Output> = {}) =>
  tellFlows(
    { ...everything, ...request },
    {
      isReady: () => isReady,
      send: (response) => sent.push(wordsOf(response)),
      end: () => {
        isOver = true;
      },
    },
    fleet,
    ask,
  );

function wordsOf({ host = "", report, unasked }: FleetFlowsResponse): string {
  if (unasked) return `${host} ${unasked.reason ?? ""}`;
  const flows = (report?.flows ?? []).map(
    ({ source, packets }) => `${source?.address ?? ""}x${String(packets)}`,
  );
  const shown = flows.length > 5 ? `${String(flows.length)} flows` : flows.join();
  return `${host} ${shown} left out ${String(report?.leftOut)}`;
}

const report = (host: string, flows: FlowMessage__Output[], leftOut = 0, last = false) =>
  asked.get(host)?.told({ flows, leftOut, last });
const pass = (ms: number) => vi.advanceTimersByTime(ms);
const told = () => sent.splice(0);

test("each selected host is asked once, and it is over when all have told", () => {
  tell({ denied: true });
  expect([...asked.keys()]).toEqual(["a", "b"]);
  expect(asked.get("a")?.what).toEqual({ denied: true, audited: false, forMs: 5_000 });
  report("a", []);
  pass(500);
  expect(told()).toEqual(["a  left out 0"]);
  report("a", [flow("x")]);
  report("a", [flow("x", 2), flow("y")], 7);
  report("b", [flow("x")]);
  pass(500);
  expect(told()).toEqual(["a xx3,yx1 left out 7", "b xx1 left out 0"]);
  asked.get("a")?.ended(undefined);
  pass(1_000);
  expect([told(), isOver]).toEqual([[], false]);
  report("b", [flow("z")], 0, true);
  asked.get("b")?.ended(undefined);
  pass(500);
  expect([told(), isOver]).toEqual([["b zx1 left out 0"], true]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each<[string, Partial<FleetFlowsRequest__Output>, readonly string[]]>([
  ["all", {}, ["a", "b"]],
  ["by label", { selector: "env=prod" }, ["a"]],
  ["by name", { host: "b" }, ["b"]],
])("hosts are selected: %s", (_, request, hosts) => {
  const stop = tell(request);
  expect([...asked.keys()]).toEqual(hosts);
  stop();
  expect(stopped).toEqual(hosts);
});

test.each<[string, Partial<FleetFlowsRequest__Output>, string]>([
  ["a selector that is none", { selector: "env in" }, "InvalidRequest"],
  ["a host that is none", { host: "x" }, "NotFound"],
  ["a time without end", { forMs: 86_400_001 }, "InvalidRequest"],
])("%s is refused", (_, request, reason) => {
  expect(() => tell(request)).toThrow(expect.objectContaining({ reason }) as Error);
  expect(vi.getTimerCount()).toBe(0);
});

test("hosts that cannot be asked are named, and not waited for", () => {
  fleet.unbelieved = [{ name: "c", reason: "Missing", message: "it is gone" }];
  away.add("b");
  tell();
  asked.get("a")?.ended({ reason: "TcpdumpMissing", message: "install it" });
  pass(500);
  expect(told()).toEqual(["c Missing", "b NotConnected", "a TcpdumpMissing"]);
  expect(isOver).toBe(true);
});

test("who follows is told of hosts as they come, go and come back", () => {
  away.add("b");
  const stop = tell({ forMs: 0 });
  expect(asked.get("a")?.what.forMs).toBe(86_400_000);
  expect(told()).toEqual(["b NotConnected"]);
  pass(3_000);
  expect(told()).toEqual([]);
  away.delete("b");
  pass(1_000);
  report("b", [], 0);
  report("a", [], 5);
  pass(500);
  expect(told()).toEqual(["a  left out 5", "b  left out 0"]);
  asked.get("a")?.ended({ reason: "Disconnected", message: "the agent's stream ended" });
  asked.delete("a");
  expect(told()).toEqual(["a Disconnected"]);
  pass(1_500);
  report("a", []);
  pass(500);
  expect(told(), "that it tells again").toEqual(["a  left out 5"]);
  report("a", [flow("x")], 2);
  pass(500);
  expect(told()).toEqual(["a xx1 left out 7"]);
  fleet.enrolled.delete("a");
  fleet.enrolled.set("d", enrolledHost("d"));
  pass(500);
  expect(stopped).toEqual(["a"]);
  expect([...asked.keys()]).toContain("d");
  stop();
  expect(stopped).toEqual(["a", "b", "d"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a host that cannot tell is asked again now and then, and named once", () => {
  tell({ forMs: 0, host: "a" });
  const why = { reason: "TcpdumpMissing", message: "install it" };
  asked.get("a")?.ended(why);
  asked.delete("a");
  pass(9_500);
  expect(asked.has("a")).toBe(false);
  pass(1_000);
  asked.get("a")?.ended(why);
  expect(told()).toEqual(["a TcpdumpMissing"]);
});

test("500 flows every half second, those first that wait longest", () => {
  tell({ host: "a" });
  report("a", many(700));
  report("a", [flow("0"), flow("699", 2)]);
  pass(500);
  expect(told()).toEqual(["a 500 flows left out 0"]);
  report("a", [flow("0")]);
  pass(500);
  expect(told()).toEqual(["a 201 flows left out 0"]);
});

test("a host's words are cut to what a line has room for", () => {
  let longest = 0;
  const lengths = ({ report }: FleetFlowsResponse) => {
    longest = Math.max(longest, JSON.stringify(report).length);
  };
  const long = "x".repeat(1_000_000);
  const end = { address: long, interface: long, network: long, container: long };
  tellFlows(
    { ...everything, host: "a" },
    { isReady: () => true, send: lengths, end: () => undefined },
    fleet,
    ask,
  );
  const texts = { verdict: long, policy: long, rule: long, direction: long, protocol: long };
  const ports = Array.from({ length: 10_000 }, () => 65_535);
  report("a", [{ ...flow("x"), ...texts, source: end, destination: end, publishedPorts: ports }]);
  pass(500);
  expect(longest).toBeGreaterThan(2_000);
  expect(longest).toBeLessThan(5_000);
});

test("what a slow reader has not taken is kept up to a bound, and counted beyond", () => {
  tell({ host: "a" });
  isReady = false;
  report("a", many(5_000), 10);
  report("a", [flow("0", 3), flow("new", 4)], 20);
  pass(5_000);
  expect(told()).toEqual([]);
  isReady = true;
  pass(500);
  expect(told()).toEqual(["a 500 flows left out 24"]);
});
