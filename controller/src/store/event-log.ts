import { randomUUID } from "node:crypto";
import { open, type Signer, seal, type TrustedKeys } from "@seawall/proto";
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamPublishOptions,
  nanos,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
} from "nats";
import { z } from "zod";
import { boundOf, type FleetEvent, fleetEvent } from "../core/fleet-event.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { ensureStream } from "./ensure-stream.ts";
import { isConflict, isNotFound, storeError } from "./store-error.ts";

export interface EventLogOptions {
  readonly nats: NatsConnection;
  /** Seals each event: who can write to the store can drop some and make none. */
  readonly signingKey: Signer;
  readonly trusted: TrustedKeys;
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly replicas: 1 | 3;
}

export interface LoggedEvent {
  readonly sequence: number;
  /** By the controller's clock. */
  readonly timeMs: number;
  readonly event: FleetEvent;
}

/** One that is stored, and not believed. */
export interface UnbelievedEvent {
  readonly sequence: number;
  /** By the server's clock. */
  readonly timeMs: number;
  readonly unbelieved: string;
}

const STREAM = "EVENTS";
const SUBJECTS = "events.>";
const REQUEST_MS = 2_000;
/** Read at once. */
const WINDOW = 64;
/**
 * Of what each host says, and of each kind of refusals, so many are kept: who makes them must not be able to
 * push out what others did.
 */
const MOST_PER_SUBJECT = 1_000;

const payloadSchema = z.strictObject({ timeMs: z.number(), event: fleetEvent });

/** What happened in the fleet, oldest first, in a JetStream stream in account CTRL. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #jetstream: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor(options: EventLogOptions, manager: JetStreamManager) {
    this.#options = options;
    this.#jetstream = options.nats.jetstream({ timeout: REQUEST_MS });
    this.#manager = manager;
  }

  /** Makes the stream, or brings it to this retention. @throws StoreError */
  static async open(options: EventLogOptions): Promise<EventLog> {
    const { nats, retention, replicas } = options;
    try {
      const manager = await nats.jetstreamManager({ timeout: 10_000 });
      await ensureStream(manager, {
        ...{ name: STREAM, subjects: [SUBJECTS], num_replicas: replicas },
        ...{ retention: RetentionPolicy.Limits, storage: StorageType.File },
        discard: DiscardPolicy.Old,
        max_age: nanos(retention.maxAgeMs),
        max_bytes: retention.maxBytes,
        max_msgs_per_subject: MOST_PER_SUBJECT,
      });
      return new EventLog(options, manager);
    } catch (error) {
      throw storeError(error, "preparing the stream of events");
    }
  }

  /** Durable when it resolves. @throws StoreError */
  async append(timeMs: number, event: FleetEvent): Promise<void> {
    await this.#publish(subjectOf(event), timeMs, event, { msgID: randomUUID() });
  }

  /**
   * The same of one that may have been written before, by whichever controller: a place is taken once.
   * @param place tokens of a subject, of nothing else
   */
  async appendOnce(timeMs: number, event: FleetEvent, place: string): Promise<void> {
    const subject = `events.${place}`;
    try {
      await this.#publish(subject, timeMs, event, { expect: { lastSubjectSequence: 0 } });
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  async #publish(
    subject: string,
    timeMs: number,
    event: FleetEvent,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<void> {
    const payload = Buffer.from(JSON.stringify({ timeMs, event }));
    const sealed = seal("event", payload, this.#options.signingKey);
    try {
      await this.#jetstream.publish(subject, sealed, options);
    } catch (error) {
      throw storeError(error, "writing an event");
    }
  }

  /** Where those since this moment begin. */
  async since(sinceMs: number): Promise<number> {
    const { first_seq, last_seq } = await this.#state();
    let [from, to] = [first_seq, last_seq + 1];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const message = await this.#next(middle);
      if (message === undefined || message.time.getTime() >= sinceMs) to = middle;
      else from = message.seq + 1;
    }
    return from;
  }

  /** Up to the newest one; returns where to go on. */
  async *read(from: number): AsyncGenerator<LoggedEvent | UnbelievedEvent, number> {
    const { first_seq, last_seq } = await this.#state();
    // A stream that ends before it was made anew.
    let at = from > last_seq + 1 ? first_seq : Math.max(from, first_seq);
    while (at <= last_seq) {
      const length = Math.min(WINDOW, last_seq - at + 1);
      const window = Array.from({ length }, (_, i) => this.#at(at + i));
      const found = (await Promise.all(window)).filter((message) => message !== undefined);
      yield* found.map((message) => this.#verified(message));
      at += length;
      if (found.length === 0) at = (await this.#next(at))?.seq ?? last_seq + 1;
    }
    return last_seq + 1;
  }

  /** Calls when there may be something new. Returns how to stop it. */
  onAppend(listener: () => void): () => void {
    const subscription = this.#options.nats.subscribe(SUBJECTS, { callback: listener });
    return () => {
      subscription.unsubscribe();
    };
  }

  async #state() {
    return (await this.#manager.streams.info(STREAM)).state;
  }

  #at(seq: number): Promise<StoredMsg | undefined> {
    return whereThere(this.#manager.streams.getMessage(STREAM, { seq }));
  }

  #next(seq: number): Promise<StoredMsg | undefined> {
    // The library's type does not know it; the server does.
    const query = { seq, next_by_subj: SUBJECTS };
    return whereThere(this.#manager.streams.getMessage(STREAM, query));
  }

  #verified({ seq: sequence, time, data }: StoredMsg): LoggedEvent | UnbelievedEvent {
    const opened = open("event", data, this.#options.trusted);
    const unbelieved = (why: string) => ({ sequence, timeMs: time.getTime(), unbelieved: why });
    if (!opened.ok) return unbelieved(opened.message);
    const parsed = payloadSchema.safeParse(JSON.parse(opened.payload.toString("utf8")));
    return parsed.success
      ? { sequence, ...parsed.data }
      : unbelieved("it was written by another version of Seawall");
  }
}

/** What only who has a role can make has a subject for each, so that no limit of a subject touches it. */
function subjectOf(event: FleetEvent): string {
  const bound = boundOf(event);
  if (bound === undefined) return `events.change.${randomUUID()}`;
  return bound === "host" ? `events.host.${event.host}` : `events.refused.${event.kind}`;
}

async function whereThere(reading: Promise<StoredMsg>): Promise<StoredMsg | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw storeError(error, "reading events");
  }
}
