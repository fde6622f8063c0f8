import type { Revocations } from "./nats/operator.ts";

export interface RevokerOptions {
  /** Everybody who must not get in, as the store knows it now. */
  readonly revocations: () => Promise<Revocations>;
  readonly push: (revocations: Revocations) => Promise<void>;
  /** An attempt failed; it is made again after this long. */
  readonly onError: (error: unknown, retryInMs: number) => void;
  /** Default 2 s. */
  readonly retryMs?: number;
}

const RETRY_MS = 2_000;

/**
 * Puts the revocations of the store in force on the bus. One that failed is tried again
 * until it succeeds: the deletion behind it is in the store already, and nobody asks twice.
 */
export class Revoker {
  readonly #options: RevokerOptions;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: RevokerOptions) {
    this.#options = options;
  }

  /** Resolves when they are in force. Rejects when not yet; then it goes on by itself, until it is stopped. */
  async revoke(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.#options.push(await this.#options.revocations());
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
