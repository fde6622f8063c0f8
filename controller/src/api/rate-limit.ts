export interface RateLimitOptions {
  readonly perSource: Rate;
  readonly overall: Rate;
}

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** At most this many sources are remembered; the least recently seen are forgotten first. */
const MAX_SOURCES = 10_000;

/** Token buckets, one per source address and one for all. Time is an argument. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #sources = new Map<string, Bucket>();
  readonly #overall: Bucket;

  /** @param now monotonic milliseconds */
  constructor(options: RateLimitOptions, now: number) {
    this.#options = options;
    this.#overall = { tokens: options.overall.burst, filledAt: now };
  }

  /** Reports whether one more call of this source is within both rates. A refused call takes nothing from the others. */
  allows(source: string, now: number): boolean {
    const { perSource, overall } = this.#options;
    const bucket = this.#sources.get(source) ?? { tokens: perSource.burst, filledAt: now };
    this.#sources.delete(source);
    this.#sources.set(source, bucket);
    this.#forgetOldest();
    fill(bucket, perSource, now);
    fill(this.#overall, overall, now);
    if (bucket.tokens < 1 || this.#overall.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    this.#overall.tokens -= 1;
    return true;
  }

  #forgetOldest(): void {
    for (const source of this.#sources.keys()) {
      if (this.#sources.size <= MAX_SOURCES) return;
      this.#sources.delete(source);
    }
  }
}

function fill(bucket: Bucket, rate: Rate, now: number): void {
  const seconds = Math.max(0, now - bucket.filledAt) / 1_000;
  bucket.tokens = Math.min(rate.burst, bucket.tokens + seconds * rate.perSecond);
  bucket.filledAt = now;
}
