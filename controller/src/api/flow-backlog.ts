import type {
  FleetFlowsResponse,
  FlowEndMessage__Output,
  FlowMessage__Output,
  FlowReport__Output,
} from "@seawall/proto";

interface HostFlow {
  readonly host: string;
  readonly flow: FlowMessage__Output;
}

/** Packets of a host that no flow tells of. */
interface LeftOut {
  /** As the host says, of all times that it was asked before, and of this one. */
  before: number;
  now: number;
  /** Here. */
  dropped: number;
  /** The host tells; the reader is told that too. */
  hasTold: boolean;
  /** What the reader knows. */
  said?: number;
}

/** So many flows wait for a reader; what would be one more is counted, not kept. */
const MOST_WAITING = 5_000;

/** What hosts told, and the reader has not been told yet. Flows of a host that are alike are added up. */
export class FlowBacklog {
  readonly #flows = new Map<string, HostFlow>();
  readonly #leftOut = new Map<string, LeftOut>();

  /** The host is asked, or asked again: what it says is left out begins at nothing. */
  begin(host: string): void {
    const { before, now, dropped } = this.#leftOut.get(host) ?? { before: 0, now: 0, dropped: 0 };
    this.#leftOut.set(host, { before: before + now, now: 0, dropped, hasTold: false });
  }

  add(host: string, { flows, leftOut }: FlowReport__Output): void {
    const missing = this.#leftOut.get(host);
    if (missing === undefined) throw new Error(`${host} tells and was not asked`);
    missing.now = leftOut;
    missing.hasTold = true;
    for (const flow of flows.map(shortened)) {
      const key = keyOf(host, flow);
      const waiting = this.#flows.get(key)?.flow;
      if (waiting !== undefined) this.#flows.set(key, { host, flow: together(waiting, flow) });
      else if (this.#flows.size < MOST_WAITING) this.#flows.set(key, { host, flow });
      else missing.dropped += flow.packets;
    }
  }

  get isEmpty(): boolean {
    return this.#flows.size === 0;
  }

  /** At most so many flows, those first that wait longest, by host; and what was left out, where that is news. */
  take(most: number): readonly FleetFlowsResponse[] {
    const byHost = new Map<string, FlowMessage__Output[]>();
    for (const [key, { host, flow }] of [...this.#flows].slice(0, most)) {
      this.#flows.delete(key);
      byHost.set(host, [...(byHost.get(host) ?? []), flow]);
    }
    return [...this.#leftOut].flatMap(([host, missing]) => {
      const leftOut = missing.before + missing.now + missing.dropped;
      const flows = byHost.get(host) ?? [];
      if (!missing.hasTold || (flows.length === 0 && missing.said === leftOut)) return [];
      missing.said = leftOut;
      return [{ host, report: { flows, leftOut } }];
    });
  }
}

const LONGEST_TEXT = 256;
const MOST_PORTS = 16;

/** A host's own words, as much of them as a line has room for. */
function shortened(flow: FlowMessage__Output): FlowMessage__Output {
  return {
    ...flow,
    verdict: short(flow.verdict),
    policy: short(flow.policy),
    rule: short(flow.rule),
    direction: short(flow.direction),
    protocol: short(flow.protocol),
    source: flow.source && shortEnd(flow.source),
    destination: flow.destination && shortEnd(flow.destination),
    publishedPorts: flow.publishedPorts.slice(0, MOST_PORTS),
  };
}

function shortEnd(end: FlowEndMessage__Output): FlowEndMessage__Output {
  const { address, interface: at, network, container } = end;
  return {
    ...{ address: short(address), interface: short(at) },
    ...{ network: short(network), container: short(container) },
  };
}

function short(text: string): string {
  return text.slice(0, LONGEST_TEXT);
}

function keyOf(host: string, flow: FlowMessage__Output): string {
  return JSON.stringify([host, { ...flow, packets: 0, firstMs: 0, lastMs: 0 }]);
}

function together(before: FlowMessage__Output, after: FlowMessage__Output): FlowMessage__Output {
  return {
    ...after,
    packets: before.packets + after.packets,
    firstMs: Math.min(before.firstMs, after.firstMs),
    lastMs: Math.max(before.lastMs, after.lastMs),
  };
}
