import { expect, test } from "vitest";
import { createConnectionCuts } from "./connection-cuts.ts";
import { connection, ground, stateOf } from "./core/testing/live-host.ts";
import { systemClock } from "./edge/system-clock.ts";
import { bundle, openFake } from "./testing/fakes.ts";

const closed = {
  state: stateOf("{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}"),
  bridgeNf: { IPv4: true, IPv6: true },
};
const untouched = { cut: 0, cutAtMs: 0, notJudged: { connections: 0, example: "" } };

/** An agent's life on a host with one connection, of which marks are kept from some moment on. */
function life() {
  let isCut = false;
  let areMarksKept = false;
  const cuts = createConnectionCuts({
    conntrack: {
      list: (told) => {
        told.add({ ...connection("TCP 203.0.113.7 > 172.18.0.2 80"), isCut });
        return Promise.resolve({ kind: "listed" });
      },
      mark: (_, cut) => {
        if (areMarksKept) isCut = cut;
        return Promise.resolve({ kind: "done" });
      },
    },
    routes: { read: () => Promise.resolve(ground.routes) },
    isCalled: () => false,
    clock: systemClock,
    cutRecords: {
      read: () => Promise.resolve(undefined),
      store: () => Promise.resolve(),
      announce: () => Promise.resolve(),
      announcements: () => Promise.resolve([]),
    },
    lastGood: { read: () => Promise.resolve({ kind: "none" }) },
    openBundle: openFake,
    log: { warn: () => undefined },
  });
  return {
    marksAreKept: () => {
      areMarksKept = true;
    },
    /** Closes the network by a revision, or by rules that are of none. */
    close: async (given: ReturnType<typeof bundle>, isOfBundle = true) => {
      await cuts.load();
      const plan = { isOfBundle, renderedFrom: closed };
      const before = { bundle: given, connections: untouched };
      await cuts.begin(plan, before);
      cuts.rulesChange();
      return (await cuts.follow(plan, before)).news.appliedCuts;
    },
  };
}

const [one, two] = [bundle(1), bundle(2)];

test("what a revision has not cut yet is not the doing of the next one", async () => {
  const { close, marksAreKept } = life();
  expect(await close(one)).toBeUndefined();
  marksAreKept();
  expect(await close(two)).toMatchObject({ revision: two.revision, cut: 1, unannounced: 0 });
});

test("but its own, also where rules of no revision were in force meanwhile", async () => {
  const { close, marksAreKept } = life();
  expect(await close(one)).toBeUndefined();
  await close(one, false);
  marksAreKept();
  expect(await close(one)).toMatchObject({ revision: one.revision, cut: 1, unannounced: 1 });
});
