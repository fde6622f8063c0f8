import type {
  AnnounceRequest__Output,
  FlowReport,
  FlowsRequest__Output,
  HostReport,
  PreviewRequest__Output,
  Reply,
  Request__Output,
} from "@seawall/proto";
import type { Status } from "../core/status.ts";
import type { AnnounceBundle, PreviewBundle, WatchFlows } from "../ports.ts";
import { untilAborted } from "./until-aborted.ts";

/** What the controller is told when there is no answer. */
type Code =
  | "UNIMPLEMENTED"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED"
  | "FAILED_PRECONDITION"
  | "INTERNAL";

export interface AnswererOptions {
  readonly observe: (signal: AbortSignal) => Promise<Status>;
  readonly watchFlows: WatchFlows;
  readonly previewBundle: PreviewBundle;
  readonly announceBundle: AnnounceBundle;
  /** Asked right before its report is sent. */
  readonly reportOf: (status: Status) => HostReport;
  /** Resolves once the reply is on its way. */
  readonly send: (reply: Reply) => Promise<void>;
}

const sha256 = /^[0-9a-f]{64}$/;

/** Each holds up to 1,000 flows. */
const MOST_FLOW_REQUESTS = 8;
/** Each lists all live connections. */
const MOST_PREVIEWS = 2;

interface Running {
  readonly kind: Request__Output["kind"];
  readonly cancelled: AbortController;
}

/** Answers the controller's requests, each within its deadline and until it is cancelled. Never throws. */
export class RequestAnswerer {
  readonly #options: AnswererOptions;
  readonly #running = new Map<number, Running>();
  /** Being judged; those too that nobody waits for any more, since they go on listing connections. */
  #previews = 0;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  async answer(request: Request__Output): Promise<void> {
    const { id, deadlineMs, kind, flows, preview, announce } = request;
    const cancelled = new AbortController();
    this.#running.set(id, { kind, cancelled });
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      if (kind === "observe") await this.#observe(id, cancelled.signal, deadline, deadlineMs);
      else if (flows) await this.#tellFlows(id, flows, cancelled.signal, deadline);
      else if (preview) await this.#preview(id, preview, cancelled.signal, deadline, deadlineMs);
      else if (announce) await this.#announce(id, announce);
      else this.#refuse(id, "UNIMPLEMENTED", "this agent does not know the request; upgrade it");
    } catch (error) {
      this.#refuse(id, "INTERNAL", error instanceof Error ? error.message : String(error));
    } finally {
      this.#running.delete(id);
    }
  }

  async #observe(
    id: number,
    cancelled: AbortSignal,
    deadline: AbortSignal,
    deadlineMs: number,
  ): Promise<void> {
    const { observe, reportOf, send } = this.#options;
    const signal = AbortSignal.any([cancelled, deadline]);
    const observed = await untilAborted(signal, observe(signal));
    if (observed !== undefined) void send({ id, observe: reportOf(observed) });
    else if (cancelled.aborted) this.#refuse(id, "CANCELLED", "cancelled by the controller");
    else this.#refuse(id, "DEADLINE_EXCEEDED", `not read within ${deadlineMs} ms`);
  }

  async #tellFlows(
    id: number,
    filter: FlowsRequest__Output,
    cancelled: AbortSignal,
    deadline: AbortSignal,
  ): Promise<void> {
    const { watchFlows, send } = this.#options;
    const asking = [...this.#running.values()].filter(({ kind }) => kind === "flows").length;
    if (asking > MOST_FLOW_REQUESTS) {
      const message = `${String(MOST_FLOW_REQUESTS)} others look at this host's flows already`;
      this.#refuse(id, "FAILED_PRECONDITION", message, "TooManyAsking");
      return;
    }
    const tell = (report: FlowReport) => send({ id, flows: report });
    const failure = await watchFlows(filter, tell, { cancelled, deadline });
    if (cancelled.aborted) this.#refuse(id, "CANCELLED", "cancelled by the controller");
    else if (failure !== undefined) {
      this.#refuse(id, "FAILED_PRECONDITION", failure.message, failure.reason);
    }
  }

  async #preview(
    id: number,
    asked: PreviewRequest__Output,
    cancelled: AbortSignal,
    deadline: AbortSignal,
    deadlineMs: number,
  ): Promise<void> {
    const { previewBundle, send } = this.#options;
    if (this.#previews >= MOST_PREVIEWS) {
      const message = `${String(MOST_PREVIEWS)} others ask this host for a preview already`;
      this.#refuse(id, "FAILED_PRECONDITION", message, "TooManyAsking");
      return;
    }
    const signal = AbortSignal.any([cancelled, deadline]);
    this.#previews += 1;
    const judging = previewBundle(asked, signal).finally(() => {
      this.#previews -= 1;
    });
    const said = await untilAborted(signal, judging);
    if (cancelled.aborted) this.#refuse(id, "CANCELLED", "cancelled by the controller");
    else if (said === undefined) {
      this.#refuse(id, "DEADLINE_EXCEEDED", `not judged within ${deadlineMs} ms`);
    } else if ("failure" in said) {
      const { message, reason } = said.failure;
      this.#refuse(id, "FAILED_PRECONDITION", message, reason);
    } else void send({ id, preview: said });
  }

  async #announce(id: number, { preview, before }: AnnounceRequest__Output): Promise<void> {
    const { announceBundle, send } = this.#options;
    if (!sha256.test(before)) {
      const message = "what it was compared with is given by no digest";
      this.#refuse(id, "FAILED_PRECONDITION", message, "NoDigest");
      return;
    }
    const failed = await announceBundle(preview, before);
    if (failed === undefined) void send({ id, announce: {} });
    else {
      const { message, reason } = failed.failure;
      this.#refuse(id, "FAILED_PRECONDITION", message, reason);
    }
  }

  cancel(id: number): void {
    this.#running.get(id)?.cancelled.abort();
  }

  /** The stream is gone; nobody waits for the answers. */
  cancelAll(): void {
    for (const { cancelled } of this.#running.values()) cancelled.abort();
  }

  #refuse(id: number, code: Code, message: string, reason = ""): void {
    void this.#options.send({ id, error: { code, message, reason } });
  }
}
