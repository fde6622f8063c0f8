import { matchesLabels, parseSelector } from "@seawall/policy";
import type { FleetFlowsRequest__Output, FleetFlowsResponse } from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import type { FlowsAsked, FlowsAsker, Unanswered } from "./agent-sessions.ts";
import { FlowBacklog } from "./flow-backlog.ts";
import { RequestRefused } from "./request-refused.ts";

/** Asks a host for its flows. Returns what to call when nobody wants to know any more. */
export type AskFlows = (host: string, asked: FlowsAsked, asker: FlowsAsker) => () => void;

/** Who wants to know. */
export interface FlowsReader {
  /** False: it has enough for now. */
  readonly isReady: () => boolean;
  readonly send: (response: FleetFlowsResponse) => void;
  /** There is nothing more to come. */
  readonly end: () => void;
}

/** Follows for ever, a day at a time. */
const LONGEST_MS = 86_400_000;
const FLUSH_MS = 500;
const FLOWS_PER_FLUSH = 500;
/** A host that is not connected costs nothing to ask. */
const ASK_AGAIN_MS = { connected: 10_000, away: 1_000 } as const;

/**
 * Asks the selected hosts for their flows, and passes on what they tell. With `forMs` each is asked once, and it ends
 * when all have; else whoever can be asked is, at once or later, until it is stopped. Returns what to call to stop.
 * @throws RequestRefused
 */
export function tellFlows(
  request: FleetFlowsRequest__Output,
  reader: FlowsReader,
  fleet: Fleet,
  ask: AskFlows,
): () => void {
  const asking = new FlowsOfHosts(request, reader, fleet, ask);
  asking.begin();
  return () => {
    asking.stop();
  };
}

class FlowsOfHosts {
  readonly #request: FleetFlowsRequest__Output;
  readonly #reader: FlowsReader;
  readonly #ask: AskFlows;
  readonly #selected: () => readonly string[];
  readonly #unbelieved: ReturnType<Fleet["unbelievedHosts"]>;
  readonly #backlog = new FlowBacklog();
  /** What stops each of those that are asked now. */
  readonly #asked = new Map<string, () => void>();
  /** Why others do not tell, as the reader knows it, and when they are asked again. */
  readonly #unasked = new Map<string, { readonly why: Unanswered; readonly againAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    request: FleetFlowsRequest__Output,
    reader: FlowsReader,
    fleet: Fleet,
    ask: AskFlows,
  ) {
    const { selector: text, host, forMs } = request;
    const selector = parseSelector(text);
    if (!selector.ok) throw new RequestRefused("InvalidRequest", selector.message);
    if (forMs > LONGEST_MS) throw new RequestRefused("InvalidRequest", "at most for 24h");
    const isNamed = ({ name }: { readonly name: string }) => host === "" || name === host;
    this.#request = request;
    this.#reader = reader;
    this.#ask = ask;
    this.#selected = () =>
      fleet
        .hosts()
        .filter((one) => isNamed(one) && matchesLabels(selector.selector, one.labels))
        .map(({ name }) => name);
    // Its labels are not known, so no selector can leave it out.
    this.#unbelieved = fleet.unbelievedHosts().filter(isNamed);
    if (host !== "" && this.#selected().length + this.#unbelieved.length === 0) {
      throw new RequestRefused("NotFound", `host "${host}" not found`);
    }
  }

  begin(): void {
    for (const { name, reason, message } of this.#unbelieved) {
      this.#reader.send({ host: name, unasked: { reason, message } });
    }
    this.#askThoseDue();
    this.#timer = setInterval(() => {
      if (this.#request.forMs === 0) this.#askThoseDue();
      this.#flush();
    }, FLUSH_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const stop of this.#asked.values()) stop();
    this.#asked.clear();
  }

  #askThoseDue(): void {
    const selected = new Set(this.#selected());
    const now = performance.now();
    for (const host of selected) {
      const isDue = (this.#unasked.get(host)?.againAt ?? 0) <= now;
      if (!this.#asked.has(host) && isDue) this.#askOne(host);
    }
    for (const [host, stop] of this.#asked) {
      if (selected.has(host)) continue;
      stop();
      this.#asked.delete(host);
    }
  }

  #askOne(host: string): void {
    const { denied, audited, forMs } = this.#request;
    this.#backlog.begin(host);
    // It may have ended before it is known how to stop it.
    this.#asked.set(host, () => undefined);
    const stop = this.#ask(
      host,
      { denied, audited, forMs: forMs === 0 ? LONGEST_MS : forMs },
      {
        told: (report) => {
          this.#unasked.delete(host);
          this.#backlog.add(host, report);
        },
        ended: (why) => {
          this.#asked.delete(host);
          if (why !== undefined) this.#sayUnasked(host, why);
        },
      },
    );
    if (this.#asked.has(host)) this.#asked.set(host, stop);
  }

  #sayUnasked(host: string, why: Unanswered): void {
    const known = this.#unasked.get(host)?.why;
    const isAway = why.reason === "NotConnected" || why.reason === "Disconnected";
    const againAt = performance.now() + ASK_AGAIN_MS[isAway ? "away" : "connected"];
    this.#unasked.set(host, { why, againAt });
    if (known?.reason === why.reason && known.message === why.message) return;
    this.#reader.send({ host, unasked: { ...why } });
  }

  #flush(): void {
    if (!this.#reader.isReady()) return;
    for (const response of this.#backlog.take(FLOWS_PER_FLUSH)) this.#reader.send(response);
    const isOver = this.#request.forMs > 0 && this.#asked.size === 0 && this.#backlog.isEmpty;
    if (!isOver) return;
    this.stop();
    this.#reader.end();
  }
}
