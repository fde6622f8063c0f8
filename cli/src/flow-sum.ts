import type { FleetFlowsResponse__Output, FlowMessage__Output } from "@seawall/proto";

/** A flow of a host, with the packets of all reports. */
export interface SummedFlow {
  readonly host: string;
  readonly flow: FlowMessage__Output;
}

export interface LeftOut {
  readonly host: string;
  readonly packets: number;
}

export interface Unasked {
  readonly host: string;
  readonly reason: string;
  readonly message: string;
}

/** More lines than this nobody reads; the rest is counted. */
const MOST_FLOWS = 10_000;

/** What hosts have told so far. */
export class FlowSum {
  readonly #flows = new Map<string, SummedFlow>();
  /** As hosts say, and what was too much here. */
  readonly #leftOut = new Map<string, { told: number; dropped: number }>();
  readonly #unasked = new Map<string, Unasked>();

  add({ host, report, unasked }: FleetFlowsResponse__Output): void {
    if (unasked) {
      const { reason, message } = unasked;
      this.#unasked.set(host, { host, reason, message });
    }
    if (!report) return;
    const leftOut = this.#leftOut.get(host) ?? { told: 0, dropped: 0 };
    leftOut.told = report.leftOut;
    this.#leftOut.set(host, leftOut);
    for (const flow of report.flows) {
      const key = JSON.stringify([host, { ...flow, packets: 0, firstMs: 0, lastMs: 0 }]);
      const before = this.#flows.get(key)?.flow;
      if (before !== undefined) this.#flows.set(key, { host, flow: together(before, flow) });
      else if (this.#flows.size < MOST_FLOWS) this.#flows.set(key, { host, flow });
      else leftOut.dropped += flow.packets;
    }
  }

  /** Most packets first. */
  flows(): readonly SummedFlow[] {
    return [...this.#flows.values()].sort(
      (a, b) =>
        b.flow.packets - a.flow.packets ||
        b.flow.lastMs - a.flow.lastMs ||
        compareText(a.host, b.host),
    );
  }

  leftOut(): readonly LeftOut[] {
    return [...this.#leftOut]
      .map(([host, { told, dropped }]) => ({ host, packets: told + dropped }))
      .filter(({ packets }) => packets > 0);
  }

  /** Those that told. */
  get hosts(): number {
    return this.#leftOut.size;
  }

  unasked(): readonly Unasked[] {
    return [...this.#unasked.values()];
  }
}

function together(before: FlowMessage__Output, after: FlowMessage__Output): FlowMessage__Output {
  return {
    ...after,
    packets: before.packets + after.packets,
    firstMs: Math.min(before.firstMs, after.firstMs),
    lastMs: Math.max(before.lastMs, after.lastMs),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
