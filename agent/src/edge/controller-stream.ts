import { type ClientDuplexStream, type StatusObject, status } from "@grpc/grpc-js";
import type {
  AgentMessage,
  AgentServiceClient,
  ControllerMessage__Output,
  Hello,
  Request__Output,
} from "@seawall/proto";
import type { Status } from "../core/status.ts";
import type { AnnounceBundle, Clock, Log, PreviewBundle, Reporter, WatchFlows } from "../ports.ts";
import { ReportSender, type Said } from "../report-sender.ts";
import { connectController } from "./controller-client.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { RequestAnswerer } from "./request-answerer.ts";

export interface ControllerStreamOptions {
  /** Asked at every connection, so that a renewed certificate is used from the next one on. */
  readonly identity: () => AgentIdentity;
  readonly hello: Hello;
  /** Reads the kernel now. */
  readonly observe: (signal: AbortSignal) => Promise<Status>;
  readonly watchFlows: WatchFlows;
  readonly previewBundle: PreviewBundle;
  readonly announceBundle: AnnounceBundle;
  readonly clock: Clock;
  readonly log: Log;
}

type Stream = ClientDuplexStream<AgentMessage, ControllerMessage__Output>;

const WELCOME_MS = 10_000;
/** A stream that lasted this long was a good one: the next failure is a first failure. */
const STEADY_MS = 60_000;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;

/** Anywhere between nothing and a ceiling that doubles: a fleet that lost its controller does not come back in step. */
export function reconnectDelayMs(failures: number, random: number): number {
  return Math.round(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * random);
}

/**
 * The one stream to the controller: the newest status goes up, requests come down.
 * It reconnects for ever and never throws: an agent enforces without it.
 */
export class ControllerStream implements Reporter {
  readonly #options: ControllerStreamOptions;
  #newest: Said | undefined;
  #session: Session | undefined;

  constructor(options: ControllerStreamOptions) {
    this.#options = options;
  }

  report(status: Status): void {
    this.#newest = { status, at: this.#options.clock.moment() };
    this.#session?.reports.reportChange();
  }

  /** Whether the controller has welcomed the stream that is open now. */
  get isConnected(): boolean {
    return this.#session?.reports.isBegun ?? false;
  }

  /** Resolves once `stop` has aborted and the stream is closed. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let failures = 0;
    for (;;) {
      const begun = performance.now();
      const end = await this.#connectOnce(stop);
      if (stop.aborted) return;
      failures = performance.now() - begun > STEADY_MS ? 1 : failures + 1;
      const retryInMs = reconnectDelayMs(failures, clock.random());
      log.warn(
        { code: status[end.code], reason: end.details, retryInMs },
        "stream to the controller ended",
      );
      await clock.sleep(retryInMs, stop);
    }
  }

  async #connectOnce(stop: AbortSignal): Promise<StatusObject> {
    const client = connectController(this.#options.identity());
    const session = new Session(client, this.#options, () => this.#newest);
    this.#session = session;
    try {
      return await session.run(stop);
    } finally {
      this.#session = undefined;
      client.close();
    }
  }
}

/** One connection's worth of stream. */
class Session {
  readonly #stream: Stream;
  readonly #options: ControllerStreamOptions;
  readonly #answerer: RequestAnswerer;
  readonly #ended = new AbortController();
  readonly reports: ReportSender;

  constructor(
    client: AgentServiceClient,
    options: ControllerStreamOptions,
    newest: () => Said | undefined,
  ) {
    this.#stream = client.connect();
    this.#options = options;
    this.reports = new ReportSender({
      newest,
      write: (report, written) => {
        this.#stream.write({ report }, written);
      },
      clock: options.clock,
      ended: this.#ended.signal,
    });
    this.#answerer = new RequestAnswerer({
      observe: options.observe,
      watchFlows: options.watchFlows,
      previewBundle: options.previewBundle,
      announceBundle: options.announceBundle,
      reportOf: (observed) => this.reports.reportOf(observed),
      send: (reply) =>
        new Promise((written) => {
          this.#stream.write({ reply }, () => {
            written();
          });
        }),
    });
  }

  /** Resolves with how the stream ended. */
  async run(stop: AbortSignal): Promise<StatusObject> {
    const stream = this.#stream;
    const leave = () => {
      stream.cancel();
    };
    const unwelcome = setTimeout(leave, WELCOME_MS);
    stop.addEventListener("abort", leave, { once: true });
    const end = new Promise<StatusObject>((resolve) => {
      // Said once more as an error when it is one, which must be heard or it throws.
      stream.on("error", () => undefined);
      stream.on("status", resolve);
    });
    stream.on("data", (message: ControllerMessage__Output) => {
      clearTimeout(unwelcome);
      this.#receive(message);
    });
    // The controller has nothing more to say, so it is going away.
    stream.on("end", () => {
      stream.end();
    });
    stream.write({ hello: this.#options.hello });
    if (stop.aborted) leave();
    try {
      return await end;
    } finally {
      clearTimeout(unwelcome);
      stop.removeEventListener("abort", leave);
      this.#ended.abort();
      this.#answerer.cancelAll();
    }
  }

  #receive(message: ControllerMessage__Output): void {
    if (message.welcome) {
      this.#welcome(message.welcome.heartbeatSeconds);
    } else if (message.request) {
      this.#answer(message.request);
    } else if (message.cancel) {
      this.#answerer.cancel(message.cancel.id);
    }
  }

  #welcome(heartbeatSeconds: number): void {
    if (!this.reports.isBegun) this.#options.log.info({}, "connected to the controller");
    this.reports.begin(heartbeatSeconds);
  }

  #answer(request: Request__Output): void {
    void this.#answerer.answer(request);
  }
}
