/** How a reconciliation ended when it did not throw. */
export type Result =
  | { readonly kind: "done" }
  | { readonly kind: "requeueAfter"; readonly ms: number };

/** Given a key, reads everything afresh and makes the world fit. Never told why it was called. */
export type Reconciler = (key: string) => Promise<Result>;

export interface WorkqueueOptions {
  readonly reconcile: Reconciler;
  /** Keys worked on at once; one key is never worked on twice at once. */
  readonly concurrency: number;
  /** Told of every failure; the queue itself retries with back-off. */
  readonly onError: (key: string, error: unknown, retryInMs: number) => void;
  /** In [0, 1). */
  readonly random: () => number;
}

const BASE_MS = 100;
const CAP_MS = 30_000;

/** A deduplicating queue of keys: what is added while it is being worked on is worked on once more. */
export class Workqueue {
  readonly #options: WorkqueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #unfinished = new Set<Promise<void>>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(options: WorkqueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.add(key);
    this.#pump();
  }

  /** Starts nothing any more; resolves when what is being worked on has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#unfinished);
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      const work = this.#work(key);
      this.#unfinished.add(work);
      void work.finally(() => this.#unfinished.delete(work));
    }
  }

  async #work(key: string): Promise<void> {
    try {
      const result = await this.#options.reconcile(key);
      this.#failures.delete(key);
      if (result.kind === "requeueAfter") this.#addLater(key, result.ms);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** failures);
      const ms = Math.round(ceiling / 2 + this.#options.random() * (ceiling / 2));
      this.#options.onError(key, error, ms);
      this.#addLater(key, ms);
    } finally {
      this.#running.delete(key);
      if (this.#again.delete(key)) this.add(key);
      this.#pump();
    }
  }

  #addLater(key: string, ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        this.add(key);
      }, ms),
    );
  }
}
