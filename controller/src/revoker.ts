import type { Logger } from "pino";
import type { Bus } from "./bus.ts";
import type { Revocation, Revocations } from "./nats/operator.ts";
import { rememberedRevocations } from "./nats/remembered-revocations.ts";

export interface RevokerOptions {
  /** Makes these, and no others, those that are in force. */
  readonly push: (revocations: Revocations) => Promise<void>;
  readonly now: () => number;
  /** An attempt failed; it is made again after this long. */
  readonly onError: (error: unknown, retryInMs: number) => void;
  /** Default 2 s. */
  readonly retryMs?: number;
}

const RETRY_MS = 2_000;

/**
 * Puts revocations in force on the bus, and keeps them there. It knows all that it was ever given, so that none waits
 * for the store to be read, and no push takes away what another one has brought. One that failed is tried again
 * until it succeeds: the deletion behind it is in the store already.
 */
export class Revoker {
  readonly #options: RevokerOptions;
  #known: Revocations = new Map();
  /** The push that has not begun yet. */
  #next: Promise<void> | undefined;
  /** Ends with the last push, whatever comes of it. */
  #last: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: RevokerOptions) {
    this.#options = options;
  }

  /** Resolves when these are in force, and all before. Rejects when not yet; then it goes on by itself, until it is stopped. */
  revoke(more: Iterable<Revocation> = []): Promise<void> {
    this.#known = rememberedRevocations([...this.#known, ...more], this.#options.now());
    this.#next ??= this.#afterLast();
    return this.#next;
  }

  /** One at a time, and one for all who ask meanwhile: of two at once the older one could be the last. */
  #afterLast(): Promise<void> {
    const next = this.#last.then(() => {
      this.#next = undefined;
      return this.#attempt();
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #attempt(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.#options.push(this.#known);
    } catch (error) {
      if (!this.#isStopped) this.#tryAgain();
      throw error;
    }
  }

  #tryAgain(): void {
    const { retryMs = RETRY_MS, onError } = this.#options;
    this.#retry = setTimeout(() => {
      this.revoke().catch((again: unknown) => {
        onError(again, retryMs);
      });
    }, retryMs);
  }

  /** For good, whatever is under way. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retry);
  }
}

/** To be called once the revoker knows all that is revoked: what it pushes is all that is in force. */
export function revokeAgainOnReturn(
  bus: Pick<Bus, "onReturn">,
  revoker: Revoker,
  log: Logger,
): void {
  bus.onReturn(() => {
    revoker.revoke().catch((error: unknown) => {
      log.error({ err: error }, "nats-server came back and does not take the revocations yet");
    });
  });
}
