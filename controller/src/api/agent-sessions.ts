import type {
  AgentMessage__Output,
  ControllerMessage,
  FlowReport__Output,
  HostReport__Output,
  PreviewReport__Output,
  Reply__Output,
  Request,
  RequestError__Output,
} from "@seawall/proto";

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

/** Somebody who waits for replies to a request. */
interface Asker {
  /** `report`: what it says of the host, in full; undefined where it says nothing of it that counts. */
  readonly replied: (reply: Reply__Output, report: HostReport__Output | undefined) => void;
  /** There will be none, any more. */
  readonly failed: (why: Unanswered) => void;
}

interface Session {
  readonly stream: AgentStream;
  readonly pending: Map<number, Asker>;
  nextRequest: number;
  /** The newest one of this stream. */
  inventory: HostReport__Output["inventory"];
}

export type ObserveOutcome =
  | { readonly ok: true; readonly report: HostReport__Output }
  | ({ readonly ok: false } & Unanswered);

export type PreviewOutcome =
  | { readonly ok: true; readonly report: PreviewReport__Output }
  | ({ readonly ok: false } & Unanswered);

export interface Unanswered {
  /** NotConnected, Disconnected, DeadlineExceeded, Refused, or what an agent says is missing there. */
  readonly reason: string;
  readonly message: string;
}

/** One who is told of a host's flows, until it has ended or he stops. */
export interface FlowsAsker {
  readonly told: (report: FlowReport__Output) => void;
  /** undefined: it was told to the end. */
  readonly ended: (why: Unanswered | undefined) => void;
}

export interface FlowsAsked {
  readonly denied: boolean;
  readonly audited: boolean;
  readonly forMs: number;
}

/** How much later than asked for an agent may come to its end: it tells of what was on its way. */
const FLOWS_GRACE_MS = 10_000;

export type AgentSession = ReturnType<AgentSessions["open"]>;

/**
 * The streams of all connected agents and the newest report of each. Reports are
 * kept in memory only: after a restart a host is Stale until it reports again.
 */
export class AgentSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #nameless = new Map<string, Set<AgentStream>>();
  readonly #reports = new Map<string, ReceivedReport>();
  readonly #now: () => number;
  readonly #onReport: (host: string, report: HostReport__Output) => void;

  /** @param now monotonic milliseconds */
  constructor(now: () => number, onReport: (host: string, report: HostReport__Output) => void) {
    this.#now = now;
    this.#onReport = onReport;
  }

  /**
   * A stream that has not said yet which agent it is takes nobody's place, and is cut off with the host. Returns what
   * to call when it has said it, or is over.
   */
  nameless(host: string, stream: AgentStream): () => void {
    const streams = this.#nameless.get(host) ?? new Set();
    this.#nameless.set(host, streams.add(stream));
    return () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#nameless.get(host) === streams) this.#nameless.delete(host);
    };
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
    for (const stream of this.#nameless.get(host) ?? []) stream.end("PERMISSION_DENIED", message);
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
    return new Promise((resolve) => {
      const request = this.#ask(host, { deadlineMs, observe: {} }, deadlineMs, {
        replied: ({ observe }, report) => {
          request.forget();
          if (report !== undefined) resolve({ ok: true, report });
          else {
            const message = observe ? "the report has no inventory" : "an empty reply";
            resolve({ ok: false, reason: "Refused", message });
          }
        },
        failed: (why) => {
          resolve({ ok: false, ...why });
        },
      });
    });
  }

  /** Asks the host what a sealed preview would do there. Never throws; an agent that cannot say is an answer. */
  preview(
    host: string,
    preview: { readonly envelope: Buffer; readonly announceable: boolean },
    deadlineMs: number,
  ): Promise<PreviewOutcome> {
    return new Promise((resolve) => {
      const request = this.#ask(host, { deadlineMs, preview }, deadlineMs, {
        replied: ({ preview: report }) => {
          request.forget();
          resolve(
            report
              ? { ok: true, report }
              : { ok: false, reason: "Refused", message: "an empty reply" },
          );
        },
        failed: (why) => {
          resolve({ ok: false, ...why });
        },
      });
    });
  }

  /** Has the host keep a preview that it answered. Never throws. Undefined: it is on its disk. */
  announce(
    host: string,
    announced: { readonly preview: string; readonly before: string },
    deadlineMs: number,
  ): Promise<Unanswered | undefined> {
    return new Promise((resolve) => {
      const request = this.#ask(host, { deadlineMs, announce: announced }, deadlineMs, {
        replied: ({ announce }) => {
          request.forget();
          resolve(announce ? undefined : { reason: "Refused", message: "an empty reply" });
        },
        failed: resolve,
      });
    });
  }

  /** Asks the host for its flows. Never throws. Returns what to call when nobody wants to know any more. */
  flows(host: string, { forMs, denied, audited }: FlowsAsked, asker: FlowsAsker): () => void {
    const flows = { denied, audited };
    const request = this.#ask(host, { deadlineMs: forMs, flows }, forMs + FLOWS_GRACE_MS, {
      replied: ({ flows: report }) => {
        if (!report) return;
        asker.told(report);
        if (!report.last) return;
        request.forget();
        asker.ended(undefined);
      },
      failed: asker.ended,
    });
    return request.cancel;
  }

  /** Sends a request. `forget` it when it is answered, `cancel` it when nobody wants the answer. */
  #ask(
    host: string,
    request: Omit<Request, "id">,
    withinMs: number,
    asker: Asker,
  ): { readonly forget: () => void; readonly cancel: () => void } {
    const session = this.#sessions.get(host);
    if (session === undefined) {
      asker.failed({ reason: "NotConnected", message: "the agent is not connected" });
      return { forget: () => undefined, cancel: () => undefined };
    }
    const id = session.nextRequest++;
    const forget = () => {
      clearTimeout(timer);
      return session.pending.delete(id);
    };
    const cancel = () => {
      if (forget()) session.stream.send({ cancel: { id } });
    };
    const timer = setTimeout(() => {
      cancel();
      const message = `no answer within ${String(withinMs)} ms`;
      asker.failed({ reason: "DeadlineExceeded", message });
    }, withinMs);
    const failed: Asker["failed"] = (why) => {
      forget();
      asker.failed(why);
    };
    session.pending.set(id, { replied: asker.replied, failed });
    session.stream.send({ request: { id, ...request } });
    return { forget, cancel };
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
      const report = observe ? this.#accept(host, session, observe) : undefined;
      const asker = session.pending.get(id);
      if (error) asker?.failed(unanswered(error));
      else asker?.replied(message.reply, report);
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
  for (const { failed } of [...pending.values()]) {
    failed({ reason: "Disconnected", message: "the agent's stream ended" });
  }
}

const LONGEST_WORDS = 500;

/** A host's own words, as much of them as belongs into an answer. */
function unanswered({ code, reason, message }: RequestError__Output): Unanswered {
  const words = message.slice(0, LONGEST_WORDS);
  return reason === ""
    ? { reason: "Refused", message: `${code.slice(0, 64)}: ${words}` }
    : { reason: reason.slice(0, 64), message: words };
}
