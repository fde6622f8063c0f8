import { formatCidr, type ResolvedState } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import type { Connection } from "./core/connection.ts";
import type { Failure } from "./core/failure.ts";
import { isInCidr } from "./core/host-routes.ts";
import { connection, ground, stateOf } from "./core/testing/live-host.ts";
import { connectionsAfter, createLiveConnections } from "./live-connections.ts";
import type { Conntrack } from "./ports.ts";

const closed = stateOf(
  "{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}, egress: {defaultAction: Deny}}",
);
const open = stateOf();
const nothing = { connections: 0, example: "" };
const missing: Failure = { class: "wait", reason: "ConntrackMissing", message: "not there" };

/** A table of which every filter takes the connections of its protocol and sources. */
function tableOf(...texts: readonly string[]) {
  let connections: readonly Connection[] = texts.map(connection);
  const table = {
    lists: 0,
    marks: 0,
    isThere: true,
    /** How many times it is listed before that fails. */
    listed: Number.POSITIVE_INFINITY,
    /** How many marks are taken before the rest fails; all of them, if not said. */
    takes: Number.POSITIVE_INFINITY,
    /** How many one call takes. */
    atOnce: Number.POSITIVE_INFINITY,
    /** How many calls are made before somebody waits for the loop, and how long each takes. */
    quiet: Number.POSITIVE_INFINITY,
    markTakesMs: 0,
    /** Somebody takes marks away as soon as they are set. */
    isUndone: false,
    /** Which calls fail. */
    failing: (() => false) as (source: string, call: number) => boolean,
    cut: () => connections.filter(({ isCut }) => isCut).length,
    drop: () => {
      connections = [];
    },
    undo: () => {
      connections = connections.map((one) => ({ ...one, isCut: false }));
    },
    routes: ground.routes,
    /** How many the kernel forgets before each listing. */
    forgets: 0,
  };
  const conntrack: Conntrack = {
    list: (told) => {
      table.lists += 1;
      if (!table.isThere || table.lists > table.listed)
        return Promise.resolve({ kind: "failed", failure: missing });
      connections = connections.slice(table.forgets);
      for (const one of connections) told.add(one);
      return Promise.resolve({ kind: "listed" });
    },
    mark: ({ family, protocol, source }, isCut) => {
      table.marks += 1;
      const from = source === undefined ? "any" : formatCidr(source);
      if (table.failing(from, table.marks))
        return Promise.resolve({ kind: "failed", failure: missing });
      if (table.isUndone) return Promise.resolve({ kind: "more" });
      let left = table.atOnce;
      connections = connections.map((one) => {
        const isMeant =
          one.source.family === family &&
          (protocol ?? one.protocol) === one.protocol &&
          (source === undefined || isInCidr(source, one.source));
        if (!isMeant || one.isCut === isCut || table.takes === 0) return one;
        left -= 1;
        if (left < 0) return one;
        table.takes -= 1;
        return { ...one, isCut };
      });
      return Promise.resolve({ kind: left < 0 ? "more" : "done" });
    },
  };
  const ports = {
    conntrack,
    routes: { read: () => Promise.resolve(table.routes) },
    isCalled: () => table.marks > table.quiet,
    clock: { moment: () => ({ boot: "this", ms: table.marks * table.markTakesMs }) },
  };
  return { table, live: createLiveConnections(ports) };
}

const from = (state: ResolvedState) => ({ state, bridgeNf: { IPv4: true, IPv6: true } });
const two = ["TCP 203.0.113.7 > 172.18.0.2 80", "UDP 172.18.0.2 > 203.0.113.7 53"] as const;

test("at first, and whenever rules have changed: cut, and listed again; never otherwise", async () => {
  const { table, live } = tableOf(...two);
  expect(await live.judge(from(closed))).toEqual({ cut: 2, notJudged: nothing });
  expect([table.cut(), table.lists]).toEqual([2, 2]);
  expect(await live.judge(from(closed))).toBeUndefined();
  live.rulesChange();
  expect(await live.judge(from(closed))).toEqual({ cut: 0, notJudged: nothing });
  live.rulesChange();
  expect(await live.judge(from(open))).toEqual({ cut: 0, notJudged: nothing });
  expect(table.cut()).toBe(0);
});

test("who asks is told how many were cut, which of them nobody had announced, and by which rule", async () => {
  const { live } = tableOf(...two, "TCP 203.0.113.8 > 172.18.0.2 81 over");
  expect(await live.judge(from(closed), () => () => true)).toEqual({
    ...{ cut: 2, notJudged: nothing },
    counted: { cut: 2, unannounced: 0, first: [] },
  });
  const other = tableOf(...two, "TCP 203.0.113.8 > 172.18.0.2 81 over");
  const announced = ({ protocol }: { readonly protocol: string }) => protocol === "UDP";
  expect(await other.live.judge(from(closed), () => announced)).toMatchObject({
    counted: {
      ...{ cut: 2, unannounced: 1 },
      first: [{ connection: { source: "203.0.113.7" }, policy: "p0", rule: "default" }],
    },
  });
});

test("by what was rendered before, where nothing newer could be", async () => {
  const { table, live } = tableOf(...two);
  expect(await live.judge(undefined)).toBeUndefined();
  await live.judge(from(closed));
  live.rulesChange();
  expect(await live.judge(undefined)).toEqual({ cut: 0, notJudged: nothing });
  expect(table.lists).toBe(3);
});

describe("a failure", () => {
  test("to list is said, and tried again", async () => {
    const { table, live } = tableOf(...two);
    table.isThere = false;
    expect(await live.judge(from(closed))).toEqual({
      cut: 0,
      notJudged: nothing,
      failure: missing,
    });
    table.isThere = true;
    expect(await live.judge(from(closed))).toEqual({ cut: 2, notJudged: nothing });
  });

  test("to list what was marked leaves none of it uncounted", async () => {
    const { table, live } = tableOf(...two);
    table.listed = 1;
    expect(await live.judge(from(closed), () => () => false)).toMatchObject({
      counted: { cut: 2, unannounced: 2 },
      failure: missing,
    });
    table.listed = Number.POSITIVE_INFINITY;
    expect(await live.judge(from(closed), () => () => false)).toMatchObject({
      counted: { cut: 0, unannounced: 0 },
    });
  });

  test("to list is none where nothing can be denied", async () => {
    const { table, live } = tableOf(...two);
    table.isThere = false;
    expect(await live.judge(from(open))).toEqual({ cut: 0, notJudged: nothing });
    expect(await live.judge(from(open))).toBeUndefined();
  });

  test("of the kernel to keep a mark is found, after as many looks as may help", async () => {
    const { table, live } = tableOf(...two);
    table.takes = 1;
    expect(await live.judge(from(closed))).toEqual({
      cut: 1,
      notJudged: nothing,
      failure: {
        class: "retry",
        reason: "ConnectionsNotCut",
        message:
          "marks of connections are not all set yet, or not kept: 1 that are denied are open, 0 that are allowed are cut",
      },
    });
    expect(table.lists).toBe(5);
    table.drop();
    expect(await live.judge(from(closed))).toEqual({ cut: 0, notJudged: nothing });
  });
});

/** Of one client, so that one filter takes all of them. */
const alike = (count: number, protocol = "TCP") =>
  Array.from({ length: count }, (_, n) => `${protocol} 203.0.113.7 > 172.18.0.2 ${String(n + 1)}`);

test("what a call has left is taken by the next ones, in turn with the other filters", async () => {
  const { table, live } = tableOf(...alike(20), ...alike(6, "UDP"));
  table.atOnce = 5;
  expect(await live.judge(from(closed))).toEqual({ cut: 26, notJudged: nothing });
  expect([table.marks, table.lists]).toEqual([4 + 2, 2]);
});

describe("the rules are looked after before the rest is cut", () => {
  const address = (n: number) => `11.0.0.${String(n)}`;
  const allowed = Array.from({ length: 120 }, (_, n) => `{ipBlock: {cidr: ${address(2 * n)}/32}}`);
  const rule = `{action: Allow, from: [${allowed.join()}]}`;
  const scattered = from(
    stateOf(`{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny, rules: [${rule}]}}`),
  );
  const many = Array.from({ length: 120 }, (_, n) => `TCP ${address(2 * n + 1)} > 172.18.0.2 80`);
  const allowedOver = Array.from(
    { length: 120 },
    (_, n) => `TCP ${address(2 * n)} > 172.18.0.2 80 cut over`,
  );
  const failure = { class: "retry", reason: "ConnectionsNotCut", isUnderWay: true };

  test("also where one filter takes all of them, call after call", async () => {
    const { table, live } = tableOf(...alike(200));
    Object.assign(table, { atOnce: 5, quiet: 20 });
    expect(await live.judge(from(closed))).toMatchObject({ cut: 105, failure });
  });

  test("also of those that are over, which do not count as cut", async () => {
    const { table, live } = tableOf(...alike(200).map((one) => `${one} over`));
    Object.assign(table, { atOnce: 5, quiet: 20 });
    const message =
      "marks of connections are not all set yet, or not kept: 0 that are denied are open, 0 that are allowed are cut, beside 95 that are over";
    expect(await live.judge(from(closed))).toMatchObject({
      cut: 0,
      failure: { ...failure, message },
    });
  });

  test("and nothing is under way where somebody undoes what is marked", async () => {
    const { table, live } = tableOf(...alike(200));
    table.isUndone = true;
    const { failure: found } = (await live.judge(from(closed))) ?? {};
    expect([table.marks, found?.reason, found?.isUnderWay]).toEqual([
      ...[100, "ConnectionsNotCut", undefined],
    ]);
  });

  test("nor where that happens between one pass and the next", async () => {
    const { table, live } = tableOf(...alike(200));
    Object.assign(table, { atOnce: 5, quiet: 0 });
    expect(await live.judge(from(closed))).toMatchObject({ failure });
    table.undo();
    const { failure: found } = (await live.judge(from(closed))) ?? {};
    expect([found?.reason, found?.isUnderWay]).toEqual(["ConnectionsNotCut", undefined]);
    live.rulesChange();
    expect(await live.judge(from(closed))).toMatchObject({ failure });
    // By other routes others are denied.
    table.undo();
    table.routes = { ...ground.routes, routes: ground.routes.routes.slice(1) };
    expect(await live.judge(from(closed))).toMatchObject({ failure });
  });

  test("nor where they only become fewer by themselves, and every call fails", async () => {
    const { table, live } = tableOf(...many.map((one) => `${one} over`));
    Object.assign(table, { forgets: 1, failing: () => true });
    expect((await live.judge(scattered))?.failure).toEqual(missing);
  });

  test("those that are over are released as well", async () => {
    const denied = `TCP ${address(1)} > 172.18.0.2 80 cut`;
    const { table, live } = tableOf(denied, ...allowedOver);
    Object.assign(table, { quiet: 0 });
    const message =
      "marks of connections are not all set yet, or not kept: 0 that are denied are open, 0 that are allowed are cut, beside 110 that are over";
    expect(await live.judge(scattered)).toMatchObject({ failure: { ...failure, message } });
  });

  test("a call that fails is forgotten while they become fewer", async () => {
    const { table, live } = tableOf(...many);
    table.failing = (_, call) => call === 3;
    expect(await live.judge(scattered)).toMatchObject({ cut: 99, failure });
    expect((await live.judge(scattered))?.failure).toBeUndefined();
  });

  test("and what fails time after time does not keep the others from their turn", async () => {
    const { table, live } = tableOf(...many);
    const never = new Set(Array.from({ length: 12 }, (_, n) => `${address(2 * n + 1)}/32`));
    Object.assign(table, { quiet: 0, failing: (source: string) => never.has(source) });
    for (let pass = 1; pass <= 24; pass += 1) await live.judge(scattered);
    expect(table.cut()).toBe(108);
  });

  test.each([
    { after: "many calls", story: {}, cut: 100 },
    { after: "somebody's call", story: { quiet: 20 }, cut: 21 },
    { after: "five seconds", story: { markTakesMs: 200 }, cut: 25 },
    { after: "a few calls, whatever happens", story: { quiet: 0, markTakesMs: 9_000 }, cut: 10 },
  ])("after $after", async ({ story, cut }) => {
    const { table, live } = tableOf(...many);
    Object.assign(table, story);
    expect(await live.judge(scattered)).toMatchObject({ cut, failure });
    expect(table.marks).toBe(cut);
    Object.assign(table, { quiet: Infinity, markTakesMs: 0 });
    const all = Math.min(100 + cut, 120);
    expect(await live.judge(scattered)).toMatchObject({ cut: all });
  });
});

test("what was cut last is remembered until something is cut again", () => {
  const before = { cut: 3, cutAtMs: 10, notJudged: { connections: 1, example: "x" } };
  expect(connectionsAfter(before, { cut: 0, notJudged: nothing }, 20)).toEqual({
    ...{ cut: 3, cutAtMs: 10 },
    notJudged: nothing,
  });
  expect(connectionsAfter(before, { cut: 5, notJudged: nothing }, 20)).toEqual({
    ...{ cut: 5, cutAtMs: 20 },
    notJudged: nothing,
  });
});
