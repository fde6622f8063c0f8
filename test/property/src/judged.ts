import type { RenderOptions } from "@seawall/agent/core";
import type { FleetPolicy, Packet, ResolvedState, Verdict } from "@seawall/policy";

/** A packet that was judged, with what it was judged by. */
export interface Judged {
  readonly state: ResolvedState;
  readonly ipset: RenderOptions["ipset"];
  readonly policies: ReadonlyMap<string, FleetPolicy>;
  readonly packet: Packet;
  readonly verdict: Verdict;
}
