import type { BundleDecoder } from "@seawall/policy";
import { bellSubject } from "@seawall/proto";
import type { NatsConnection } from "nats";
import { acceptBundle } from "../accept-bundle.ts";
import { createBell } from "../bell.ts";
import type { Clock, DesiredSource, Log } from "../ports.ts";
import { ReceivedBundles } from "../received-bundles.ts";
import { fetchDesired, type StoredDesired, sequenceRung } from "./desired-fetch.ts";
import { trustedKeys } from "./identity-store.ts";
import type { LiveIdentity } from "./live-identity.ts";
import { connectNatsUntil, isUnauthorized } from "./nats-connection.ts";

export interface DesiredSourceOptions {
  readonly identity: LiveIdentity;
  readonly decode: BundleDecoder;
  /** Called when the server does not accept our credentials. */
  readonly onUnauthorized: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

const REFETCH_MS = 5 * 60_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** However often the bell is rung, and anybody may ring it. */
const BETWEEN_FETCHES_MS = 50;
/** How often an answer older than the bell that was heard is asked for again: a replica may lag, a bell may lie. */
const LAG_ATTEMPTS = 5;
const LAG_MS = 200;

/**
 * This host's bundle, over NATS. A bell says that it may have changed and nothing
 * else; it is fetched then, at every new connection, and from time to time. What is
 * fetched is judged by its signature alone, whoever has sent it.
 */
export class NatsDesiredSource implements DesiredSource {
  readonly #options: DesiredSourceOptions;
  readonly #received: ReceivedBundles;
  #isConnected = false;

  constructor(options: DesiredSourceOptions) {
    this.#options = options;
    const { identity, decode, log } = options;
    this.#received = new ReceivedBundles((envelope, notBefore) => {
      const { current } = identity;
      return acceptBundle(envelope, {
        ...{ host: current.host, trusted: trustedKeys(current), decode },
        ...(notBefore && { notBefore }),
      });
    }, log);
  }

  latest(): ReturnType<DesiredSource["latest"]> {
    return this.#received.latest();
  }

  onChange(listener: () => void): void {
    this.#received.onChange(listener);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Stays connected until `stop` aborts. Never throws: without NATS the last good bundle stays in force. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let failures = 0;
    for (;;) {
      const attempt = await connectNatsUntil(this.#options.identity.current, stop);
      if (attempt === undefined) return;
      if (attempt.kind === "connected") {
        failures = 0;
        const why = await this.#serve(attempt.connection, stop);
        if (stop.aborted) return;
        log.warn({ reason: why }, "connection to NATS ended");
      } else {
        log.warn({ reason: attempt.message }, "no connection to NATS");
        if (attempt.isUnauthorized) this.#options.onUnauthorized();
      }
      failures += 1;
      await clock.sleep(retryMs(failures, clock.random()), stop);
    }
  }

  /** Resolves with why the connection ended. */
  async #serve(connection: NatsConnection, stop: AbortSignal): Promise<string> {
    const { identity, log } = this.#options;
    const over = new AbortController();
    const close = () => void connection.close();
    const closed = connection.closed().then((error) => {
      over.abort();
      if (error instanceof Error && isUnauthorized(error)) this.#options.onUnauthorized();
      return error instanceof Error ? error.message : "closed";
    });
    const unsubscribe = identity.onRenewed(close);
    stop.addEventListener("abort", close, { once: true });
    if (stop.aborted) close();
    this.#isConnected = true;
    log.info({ server: identity.current.natsUrl }, "connected to NATS");
    try {
      await this.#keepFresh(connection, over.signal);
      return await closed;
    } finally {
      this.#isConnected = false;
      stop.removeEventListener("abort", close);
      unsubscribe();
    }
  }

  async #keepFresh(connection: NatsConnection, over: AbortSignal): Promise<void> {
    if (connection.isClosed()) return;
    const { clock, identity } = this.#options;
    const bell = createBell(clock);
    let heard = 0;
    over.addEventListener("abort", bell.ring, { once: true });
    // Before the fetch: what is written after it rings.
    connection.subscribe(bellSubject(identity.current.host), {
      callback: (error, message) => {
        if (error === null) heard = Math.max(heard, sequenceRung(message));
        bell.ring();
      },
    });
    let failures = 0;
    while (!over.aborted) {
      const asked = heard;
      failures = (await this.#refresh(connection, () => heard, over)) ? 0 : failures + 1;
      // A bell that lied, or a store that began anew, must not be waited for again.
      if (heard === asked) heard = 0;
      await clock.sleep(BETWEEN_FETCHES_MS, over);
      const random = clock.random();
      await bell.wait(
        failures === 0 ? REFETCH_MS * (0.8 + 0.4 * random) : retryMs(failures, random),
      );
    }
  }

  /** False when nothing could be fetched: what was known stays. */
  async #refresh(
    connection: NatsConnection,
    heard: () => number,
    over: AbortSignal,
  ): Promise<boolean> {
    const { clock, identity, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      let stored: StoredDesired;
      try {
        stored = await fetchDesired(connection, identity.current.host);
      } catch (error) {
        if (!over.aborted) log.warn({ err: error }, "cannot fetch the bundle");
        return false;
      }
      this.#received.take(stored.kind === "none" ? undefined : stored.bytes);
      if (stored.sequence >= heard() || attempt === LAG_ATTEMPTS || over.aborted) return true;
      await clock.sleep(LAG_MS * attempt, over);
    }
  }
}

function retryMs(failures: number, random: number): number {
  const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
