import { pino } from "pino";
import { expect, test } from "vitest";
import { event, type FleetEvent } from "./core/fleet-event.ts";
import { EventRecorder } from "./event-recorder.ts";

const committed = event("RevisionCommitted", { about: "revision/7" });
const now = () => new Date(5);

function recorder(append: (timeMs: number, event: FleetEvent) => Promise<void>) {
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
  return { recorder: new EventRecorder({ append, now, log }), lines };
}

test("is written with the time", async () => {
  const written: unknown[] = [];
  const { recorder: events } = recorder((timeMs, it) => {
    written.push([timeMs, it]);
    return Promise.resolve();
  });
  await events.record(committed);
  expect([written, events.lost]).toEqual([[[5, committed]], 0]);
});

test("what cannot be written fails nothing, is counted, and is in the log", async () => {
  const { recorder: events, lines } = recorder(() => Promise.reject(new Error("away")));
  await events.record(committed);
  expect(events.lost).toBe(1);
  expect(lines).toEqual([expect.stringContaining('"about":"revision/7"')]);
});

test("more than a hundred at once are lost", async () => {
  const ends: (() => void)[] = [];
  const { recorder: events } = recorder(() => new Promise((resolve) => ends.push(resolve)));
  const all = Array.from({ length: 101 }, () => events.record(committed));
  for (const end of ends) end();
  await Promise.all(all);
  expect([ends.length, events.lost]).toEqual([100, 1]);
  const one = events.record(committed);
  ends.at(-1)?.();
  await one;
  expect(events.lost).toBe(1);
});
