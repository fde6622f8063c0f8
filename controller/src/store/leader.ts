import { setTimeout as delay } from "node:timers/promises";
import type { Bucket } from "./bucket.ts";
import { LEADER_TTL_MS } from "./buckets.ts";

const KEY = "controller";
const RENEW_MS = LEADER_TTL_MS / 4;
const CAMPAIGN_MS = 1_000;
/** We stop believing before the key expires for the others. */
const BELIEVE_MS = LEADER_TTL_MS - 2_000;

export interface LeadershipOptions {
  readonly bucket: Bucket;
  /** This controller's, the same after each of its starts: killed, it takes its own seat back at once. */
  readonly id: string;
  readonly onChange: (isLeader: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Which controller does the work that one is enough for. It keeps two from doing
 * the same; it does not make anything safe: a leader that was paused may write once
 * more before it notices. Safety is the compare-and-set of every write.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #stopping = new AbortController();
  #sequence: number | undefined;
  #believedUntilMs = 0;
  #told = false;
  #expiry: NodeJS.Timeout | undefined;
  #campaign: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** By the monotonic clock, so that a paused process knows on waking that it is not any more. */
  get isLeader(): boolean {
    return performance.now() < this.#believedUntilMs;
  }

  start(): void {
    this.#campaign = this.#run();
  }

  /** Resigns, so that the next one need not wait. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#campaign;
    const held = this.#sequence;
    this.#resign();
    if (held !== undefined) await this.#options.bucket.remove(KEY, held);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#turn();
      } catch (error) {
        this.#options.onError(error);
      }
      const pauseMs = this.#sequence === undefined ? CAMPAIGN_MS : RENEW_MS;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #turn(): Promise<void> {
    const { bucket, id } = this.#options;
    const startedMs = performance.now();
    const expected = this.#sequence ?? (await this.#vacancy());
    if (expected === undefined) return;
    const value = Buffer.from(JSON.stringify({ id, renewal: expected }));
    const written = await bucket.write(KEY, value, expected);
    if (written.kind === "conflict") {
      this.#resign();
      return;
    }
    this.#sequence = written.sequence;
    this.#believedUntilMs = startedMs + BELIEVE_MS;
    clearTimeout(this.#expiry);
    // Rounded up: told a moment early, it would still find itself leading.
    const inMs = Math.ceil(this.#believedUntilMs - performance.now()) + 1;
    this.#expiry = setTimeout(() => {
      this.#tell();
    }, inMs);
    this.#tell();
  }

  /** What a write to the free seat has to name; undefined while somebody sits there. */
  async #vacancy(): Promise<number | undefined> {
    const entry = await this.#options.bucket.read(KEY);
    if (entry === undefined) return 0;
    const isOurs = holderOf(entry.value) === this.#options.id;
    return entry.removed || isOurs ? entry.sequence : undefined;
  }

  #resign(): void {
    this.#sequence = undefined;
    this.#believedUntilMs = 0;
    clearTimeout(this.#expiry);
    this.#tell();
  }

  #tell(): void {
    if (this.#told === this.isLeader) return;
    this.#told = this.isLeader;
    this.#options.onChange(this.#told);
  }
}

/** Whether some controller has the seat, or had it until a moment ago. */
export async function isLed(bucket: Bucket): Promise<boolean> {
  const entry = await bucket.read(KEY);
  return entry !== undefined && !entry.removed;
}

function holderOf(value: Buffer): unknown {
  try {
    const seat: unknown = JSON.parse(value.toString("utf8"));
    return typeof seat === "object" && seat !== null && "id" in seat ? seat.id : undefined;
  } catch {
    // Whoever wrote it, it was not one of us; it expires.
    return undefined;
  }
}
