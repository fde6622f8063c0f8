import type { BundleNumber, BundleVerdict, DesiredSource, Log } from "./ports.ts";

/** Verifies sealed bytes that came now; what is older than `notBefore` is refused. */
export type AcceptReceived = (
  envelope: Uint8Array,
  notBefore: BundleNumber | undefined,
) => BundleVerdict;

/** What was fetched for this host last, judged by its signature alone, whoever has sent it. */
export class ReceivedBundles implements DesiredSource {
  readonly #accept: AcceptReceived;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  #latest: ReturnType<DesiredSource["latest"]> = { kind: "none" };
  #accepted: BundleNumber | undefined;

  constructor(accept: AcceptReceived, log: Log) {
    this.#accept = accept;
    this.#log = log;
  }

  latest(): ReturnType<DesiredSource["latest"]> {
    return this.#latest;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** @param envelope undefined: the store has none for this host, which is never "no rules" */
  take(envelope: Uint8Array | undefined): void {
    this.#latest =
      envelope === undefined ? { kind: "none" } : this.#accept(envelope, this.#accepted);
    if (this.#latest.kind === "bundle") {
      const { epoch, generation } = this.#latest.bundle;
      this.#accepted = { epoch, generation };
    } else if (this.#latest.kind === "refused") {
      this.#log.error(
        { refusal: this.#latest.refusal },
        "bundle refused, the last good one stays in force",
      );
    }
    for (const listener of this.#listeners) listener();
  }
}
