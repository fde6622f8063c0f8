import type { HostReport, Reply, Request__Output } from "@seawall/proto";
import type { Status } from "../core/status.ts";
import { untilAborted } from "./until-aborted.ts";

/** What the controller is told when there is no answer. */
type Code = "UNIMPLEMENTED" | "DEADLINE_EXCEEDED" | "CANCELLED" | "INTERNAL";

/** Answers the controller's requests, each within its deadline and until it is cancelled. Never throws. */
export class RequestAnswerer {
  readonly #observe: (signal: AbortSignal) => Promise<Status>;
  readonly #reportOf: (status: Status) => HostReport;
  readonly #send: (reply: Reply) => void;
  readonly #running = new Map<number, AbortController>();

  /** @param reportOf asked right before its report is sent. */
  constructor(
    observe: (signal: AbortSignal) => Promise<Status>,
    reportOf: (status: Status) => HostReport,
    send: (reply: Reply) => void,
  ) {
    this.#observe = observe;
    this.#reportOf = reportOf;
    this.#send = send;
  }

  async answer({ id, deadlineMs, kind }: Request__Output): Promise<void> {
    if (kind !== "observe") {
      this.#refuse(id, "UNIMPLEMENTED", "this agent does not know the request; upgrade it");
      return;
    }
    const cancelled = new AbortController();
    this.#running.set(id, cancelled);
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = AbortSignal.any([cancelled.signal, deadline]);
    try {
      const observed = await untilAborted(signal, this.#observe(signal));
      if (observed !== undefined) this.#send({ id, observe: this.#reportOf(observed) });
      else if (cancelled.signal.aborted)
        this.#refuse(id, "CANCELLED", "cancelled by the controller");
      else this.#refuse(id, "DEADLINE_EXCEEDED", `not read within ${deadlineMs} ms`);
    } catch (error) {
      this.#refuse(id, "INTERNAL", error instanceof Error ? error.message : String(error));
    } finally {
      this.#running.delete(id);
    }
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort();
  }

  /** The stream is gone; nobody waits for the answers. */
  cancelAll(): void {
    for (const running of this.#running.values()) running.abort();
  }

  #refuse(id: number, code: Code, message: string): void {
    this.#send({ id, error: { code, message } });
  }
}
