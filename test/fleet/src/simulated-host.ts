import {
  acceptBundle,
  type Clock,
  createCutRecords,
  createHostSnapshots,
  createLastGood,
  createReconciler,
  createRulesRecords,
  fakeDocker,
  type Reach,
  ReceivedBundles,
  ReportSender,
  type Said,
  silentWatch,
  TextKernel,
  textFirewall,
} from "@seawall/agent/testing";
import type { DockerNetwork } from "@seawall/policy";
import type { AgentMessage, TrustedKeys } from "@seawall/proto";

/** What leads from a host to its controller. */
export interface Line {
  /** Resolves when the message is on its way. */
  send(message: AgentMessage): void;
  /** The host's bundle as it lies in the store. */
  fetch(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** What a host is like, besides its name. */
export interface Machine {
  readonly networks: readonly DockerNetwork[];
  readonly hasIPv6: boolean;
}

export interface HostOptions {
  readonly name: string;
  /** The agent's state directory. */
  readonly folder: string;
  readonly machine: Machine;
  readonly trusted: TrustedKeys;
  readonly clock: Clock;
}

/** As seldom as a host may be heard of without being Stale, and as its agent may look without seeming to hang. */
const HEARTBEAT_SECONDS = 40;
const INTERVAL_MS = 28_000;
const CONFIRM_TIMEOUT_MS = 10_000;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * A host with the real agent: from the signed bundle that it received to the report that it sends. Its kernel is text, its
 * Docker is what the test says, and a {@link Line} stands for NATS and gRPC.
 */
export class SimulatedHost {
  readonly name: string;
  readonly kernel = new TextKernel();
  readonly #options: HostOptions;
  readonly #received: ReceivedBundles;
  /** Nothing leads to the controller from here, whatever the rules are. */
  isOffline = false;
  /** Rules that cut this host off from its controller, by a part of their text. */
  cutOffBy: string | undefined;
  #line:
    | { readonly line: Line; readonly ended: AbortController; readonly sender: ReportSender }
    | undefined;
  /** Its agent does not run. */
  isStopped = false;
  #agent: { readonly stop: AbortController; readonly running: Promise<void> } | undefined;
  #said: Said | undefined;
  #fetching: Promise<void> = Promise.resolve();

  constructor(options: HostOptions) {
    this.#options = options;
    const { name, trusted } = options;
    this.name = name;
    this.#received = new ReceivedBundles(
      (envelope, notBefore) =>
        acceptBundle(envelope, { host: name, trusted, ...(notBefore && { notBefore }) }),
      quiet,
    );
  }

  get machine(): Machine {
    return this.#options.machine;
  }

  get said(): Said["status"] | undefined {
    return this.#said?.status;
  }

  get isReachable(): boolean {
    const { cutOffBy } = this;
    return !this.isOffline && (cutOffBy === undefined || !this.kernel.text().includes(cutOffBy));
  }

  get isConnected(): boolean {
    return this.#line !== undefined;
  }

  /** The newest bundle that came; 0: none. */
  get receivedGeneration(): number {
    const latest = this.#received.latest();
    return latest.kind === "bundle" ? latest.bundle.generation : 0;
  }

  /** Begins with what is on disk. */
  startAgent(): void {
    const { name, folder, machine, trusted, clock } = this.#options;
    const reconciler = createReconciler(
      {
        source: this.#received,
        lastGood: createLastGood(folder),
        cutRecords: createCutRecords(folder),
        snapshots: createHostSnapshots(folder),
        rulesRecords: createRulesRecords(folder),
        openBundle: (envelope) => acceptBundle(envelope, { host: name, trusted }),
        openings: { read: () => Promise.resolve([]), watch: () => undefined },
        reach: this.#reach(),
        management: { here: () => [], onChange: () => undefined },
        docker: fakeDocker(machine.networks),
        firewall: textFirewall(this.kernel, machine),
        rulesWatch: { ...silentWatch, isListening: true },
        flowLog: { obstacle: () => Promise.resolve(undefined) },
        conntrack: {
          list: () => Promise.resolve({ kind: "listed" }),
          mark: () => Promise.resolve({ kind: "done" }),
        },
        routes: { read: () => Promise.resolve({ own: [], routes: [] }) },
        reporter: {
          report: (status) => {
            this.#said = { status, at: clock.moment() };
            this.#line?.sender.reportChange();
          },
        },
        clock,
        log: quiet,
      },
      {
        agentVersion: "0.0.0-fleet",
        kernel: "text",
        intervalMs: INTERVAL_MS,
        confirmTimeoutMs: CONFIRM_TIMEOUT_MS,
      },
    );
    this.isStopped = false;
    const stop = new AbortController();
    this.#agent = { stop, running: reconciler.run(stop.signal) };
  }

  async stopAgent(): Promise<void> {
    this.isStopped = true;
    this.disconnect();
    this.#agent?.stop.abort();
    await this.#agent?.running;
    this.#agent = undefined;
    this.#said = undefined;
    this.#received.take(undefined);
  }

  /** Takes up the line to the controller, where it is reachable. */
  connect(open: () => Line): void {
    if (this.isConnected || !this.isReachable || this.isStopped) return;
    const line = open();
    const ended = new AbortController();
    const sender = new ReportSender({
      newest: () => this.#said,
      write: (report, written) => {
        if (!this.isReachable) {
          this.disconnect();
          return;
        }
        line.send({ report });
        setImmediate(written);
      },
      clock: this.#options.clock,
      ended: ended.signal,
    });
    this.#line = { line, ended, sender };
    sender.begin(HEARTBEAT_SECONDS);
    this.ring();
  }

  disconnect(): void {
    this.#line?.ended.abort();
    this.#line?.line.close();
    this.#line = undefined;
  }

  /** Its bundle may be another one. */
  ring(): void {
    this.#fetching = this.#fetching.then(async () => {
      const line = this.#line?.line;
      const leadsThere = (): boolean => this.#line?.line === line && this.isReachable;
      if (line === undefined || !leadsThere()) return;
      const envelope = await line.fetch();
      if (leadsThere()) this.#received.take(envelope);
    });
  }

  #reach(): Reach {
    return {
      isLive: () => this.isConnected && this.isReachable,
      attempt: () =>
        Promise.resolve(
          this.isReachable
            ? { kind: "reached" }
            : { kind: "unreachable", reason: "NobodyReachable", message: "nobody answers" },
        ),
    };
  }
}
