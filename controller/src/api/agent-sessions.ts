import type { AgentMessage__Output, ControllerMessage, HostReport__Output } from "@seawall/proto";

/** The controller's side of one agent's stream. */
export interface AgentStream {
  send(message: ControllerMessage): void;
  /** Ends the stream with this gRPC status name and words. */
  end(code: "ABORTED" | "PERMISSION_DENIED" | "UNAVAILABLE", message: string): void;
}

export interface ReceivedReport {
  /** With the inventory, whichever report of the stream it came with. */
  readonly report: HostReport__Output;
  /** Monotonic milliseconds of the moment it arrived. */
  readonly receivedAt: number;
}

interface Session {
  readonly stream: AgentStream;
  readonly pending: Map<number, (outcome: ObserveOutcome) => void>;
  nextRequest: number;
  /** The newest one of this stream. */
  inventory: HostReport__Output["inventory"];
}

export type ObserveOutcome =
  | { readonly ok: true; readonly report: HostReport__Output }
  | {
      readonly ok: false;
      readonly reason: "NotConnected" | "Disconnected" | "DeadlineExceeded" | "Refused";
      readonly message: string;
    };

/**
 * The streams of all connected agents and the newest report of each. Reports are
 * kept in memory only: after a restart a host is Stale until it reports again.
 */
export class AgentSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #reports = new Map<string, ReceivedReport>();
  readonly #now: () => number;
  readonly #onReport: (host: string, report: HostReport__Output) => void;

  /** @param now monotonic milliseconds */
  constructor(now: () => number, onReport: (host: string, report: HostReport__Output) => void) {
    this.#now = now;
    this.#onReport = onReport;
  }

  /** Takes over as the host's stream; an older one is ended. Returns what to call with each message and at the end. */
  open(host: string, stream: AgentStream) {
    this.#end(host, "ABORTED", "a newer stream of this host took over");
    const session: Session = { stream, pending: new Map(), nextRequest: 1, inventory: null };
    this.#sessions.set(host, session);
    return {
      receive: (message: AgentMessage__Output) => {
        if (this.#sessions.get(host) === session) this.#receive(host, session, message);
      },
      closed: () => {
        if (this.#sessions.get(host) === session) this.#sessions.delete(host);
        settleAll(session);
      },
    };
  }

  /** Cuts the host off and forgets what it said. */
  drop(host: string, message: string): void {
    this.#end(host, "PERMISSION_DENIED", message);
    this.#reports.delete(host);
  }

  endAll(): void {
    for (const host of [...this.#sessions.keys()]) {
      this.#end(host, "UNAVAILABLE", "the controller is stopping");
    }
  }

  isConnected(host: string): boolean {
    return this.#sessions.has(host);
  }

  report(host: string): ReceivedReport | undefined {
    return this.#reports.get(host);
  }

  /** Asks the host to read its kernel now. Never throws; an agent that cannot answer is an answer. */
  observe(host: string, deadlineMs: number): Promise<ObserveOutcome> {
    const session = this.#sessions.get(host);
    if (session === undefined) {
      return Promise.resolve({
        ok: false,
        reason: "NotConnected",
        message: "the agent is not connected",
      });
    }
    const id = session.nextRequest++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        session.stream.send({ cancel: { id } });
        settle({
          ok: false,
          reason: "DeadlineExceeded",
          message: `no answer within ${String(deadlineMs)} ms`,
        });
      }, deadlineMs);
      const settle = (outcome: ObserveOutcome) => {
        clearTimeout(timer);
        session.pending.delete(id);
        resolve(outcome);
      };
      session.pending.set(id, settle);
      session.stream.send({ request: { id, deadlineMs, observe: {} } });
    });
  }

  /** From here on nothing is sent to it and nothing of it counts, whenever its end is noticed. */
  #end(host: string, code: Parameters<AgentStream["end"]>[0], message: string): void {
    const session = this.#sessions.get(host);
    if (session === undefined) return;
    this.#sessions.delete(host);
    settleAll(session);
    session.stream.end(code, message);
  }

  #receive(host: string, session: Session, message: AgentMessage__Output): void {
    if (message.report) {
      this.#accept(host, session, message.report);
    } else if (message.reply) {
      const { id, observe, error } = message.reply;
      const report = observe && this.#accept(host, session, observe);
      const words = observe
        ? "the report has no inventory"
        : error
          ? `${error.code}: ${error.message}`
          : "an empty reply";
      session.pending.get(id)?.(
        report ? { ok: true, report } : { ok: false, reason: "Refused", message: words },
      );
    }
  }

  /** Returns the whole report. Without any inventory of its stream it is as if it had not come. */
  #accept(
    host: string,
    session: Session,
    received: HostReport__Output,
  ): HostReport__Output | undefined {
    session.inventory = received.inventory ?? session.inventory;
    if (session.inventory === null) return undefined;
    const report = { ...received, inventory: session.inventory };
    this.#reports.set(host, { report, receivedAt: this.#now() });
    this.#onReport(host, report);
    return report;
  }
}

function settleAll({ pending }: Session): void {
  for (const settle of [...pending.values()]) {
    settle({ ok: false, reason: "Disconnected", message: "the agent's stream ended" });
  }
}
