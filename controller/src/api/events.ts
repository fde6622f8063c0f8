import type { EventsRequest__Output, EventsResponse } from "@seawall/proto";
import type { LoggedEvent, UnbelievedEvent } from "../store/event-log.ts";

export interface EventSource {
  /** Where those since this moment begin. */
  since(sinceMs: number): Promise<number>;
  /** Up to the newest one; returns where to go on. */
  read(from: number): AsyncGenerator<LoggedEvent | UnbelievedEvent, number>;
  /** Calls when there may be something new. Returns how to stop it. */
  onAppend(listener: () => void): () => void;
  /** How many could not be written since this controller started. */
  readonly lost: () => number;
}

/** A hint may be lost, or come before its event can be read. */
const LOOK_AGAIN_MS = 1_000;

const UNBELIEVED = "Unbelieved";

/** What happened, oldest first, and with `follow` what happens until nobody wants to know any more. */
export async function* events(
  { host, sinceMs, follow }: EventsRequest__Output,
  source: EventSource,
  over: AbortSignal,
): AsyncGenerator<EventsResponse> {
  yield { head: { lost: source.lost() } };
  let wake: () => void = () => undefined;
  const stop = source.onAppend(() => {
    wake();
  });
  over.addEventListener("abort", () => {
    wake();
  });
  try {
    let from = await source.since(sinceMs);
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const read = source.read(from);
      for (let next = await read.next(); ; next = await read.next()) {
        if (next.done === true) {
          from = next.value;
          break;
        }
        if (over.aborted) return;
        const response = eventMessage(next.value);
        const { event } = response;
        // Of one that is not believed nobody can tell whom it concerned.
        const isHidden = host !== "" && event.host !== host && event.kind !== UNBELIEVED;
        if (!isHidden) yield response;
      }
      if (!follow || over.aborted) return;
      await within(LOOK_AGAIN_MS, woken);
    }
  } finally {
    stop();
  }
}

function eventMessage(logged: LoggedEvent | UnbelievedEvent) {
  const { sequence, timeMs } = logged;
  if ("event" in logged) {
    const { changesLeftOut = 0, ...event } = logged.event;
    return { event: { sequence, timeMs, ...event, changesLeftOut } };
  }
  const message = `the event is not believed: ${logged.unbelieved}`;
  return {
    event: {
      ...{ sequence, timeMs, kind: UNBELIEVED, by: "", about: "", host: "" },
      ...{ message, changes: [], changesLeftOut: 0 },
    },
  };
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
