import { expect, test } from "vitest";
import { event } from "../core/fleet-event.ts";
import type { LoggedEvent, UnbelievedEvent } from "../store/event-log.ts";
import { type EventSource, events } from "./events.ts";

const logged = (sequence: number, host: string): LoggedEvent => ({
  ...{ sequence, timeMs: sequence * 10, event: event("HostJoined", { host, by: "token/1" }) },
});
const forged: UnbelievedEvent = { sequence: 3, timeMs: 30, unbelieved: "not an envelope" };

/** What is there, and what is to come. */
function source(there: (LoggedEvent | UnbelievedEvent)[]) {
  const listeners = new Set<() => void>();
  const stored: EventSource = {
    since: (ms) => Promise.resolve(1 + there.filter(({ timeMs }) => timeMs < ms).length),
    read: async function* (from) {
      yield* there.filter(({ sequence }) => sequence >= from);
      return await Promise.resolve(there.length + 1);
    },
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lost: () => 2,
  };
  const append = (it: LoggedEvent) => {
    there.push(it);
    for (const listener of listeners) listener();
  };
  return { stored, append, listeners };
}

async function sequences(asked: { host?: string; sinceMs?: number }) {
  const { stored, listeners } = source([logged(1, "a"), logged(2, "b"), forged, logged(4, "a")]);
  const request = { host: "", sinceMs: 0, follow: false, ...asked };
  const told: number[] = [];
  for await (const it of events(request, stored, new AbortController().signal)) {
    if (it.event !== undefined && it.event !== null) told.push(Number(it.event.sequence));
  }
  expect(listeners.size).toBe(0);
  return told;
}

test.for([
  ["all", {}, [1, 2, 3, 4]],
  ["since a moment", { sinceMs: 20 }, [2, 3, 4]],
  ["of a host, and what is not believed", { host: "a" }, [1, 3, 4]],
] as const)("%s", async ([, asked, told]) => {
  expect(await sequences(asked)).toEqual(told);
});

test("changes that had no room in it are counted", async () => {
  const changes = Array.from({ length: 23 }, () => ({ path: "p", before: "", after: "1" }));
  const many: LoggedEvent = {
    ...{ sequence: 1, timeMs: 10, event: event("HostChanged", { host: "a", changes }) },
  };
  const { stored } = source([many, logged(2, "a")]);
  const told: unknown[] = [];
  const request = { host: "", sinceMs: 0, follow: false };
  for await (const it of events(request, stored, new AbortController().signal)) {
    if (it.event) told.push([it.event.changes?.length, it.event.changesLeftOut]);
  }
  expect(told).toEqual([
    [20, 3],
    [0, 0],
  ]);
});

test("how many were lost comes first, and what is not believed says so", async () => {
  const { stored } = source([forged]);
  const told: unknown[] = [];
  const request = { host: "", sinceMs: 0, follow: false };
  for await (const it of events(request, stored, new AbortController().signal)) told.push(it);
  expect(told).toEqual([
    { head: { lost: 2 } },
    {
      event: {
        ...{ sequence: 3, timeMs: 30, kind: "Unbelieved", by: "", about: "", host: "" },
        ...{ message: "the event is not believed: not an envelope" },
        ...{ changes: [], changesLeftOut: 0 },
      },
    },
  ]);
});

test("who follows is told of what comes, each once, until he has gone", async () => {
  const { stored, append, listeners } = source([logged(1, "a")]);
  const over = new AbortController();
  const told: number[] = [];
  for await (const it of events({ host: "", sinceMs: 0, follow: true }, stored, over.signal)) {
    const sequence = Number(it.event?.sequence ?? 0);
    told.push(sequence);
    if (sequence === 3) over.abort();
    else if (sequence > 0) setTimeout(append, 1, logged(sequence + 1, "a"));
  }
  expect(told).toEqual([0, 1, 2, 3]);
  expect(listeners.size).toBe(0);
});
