import type { Family, ResolvedState } from "@seawall/policy";
import type { HostRoutes } from "./host-routes.ts";
import { type ConnectionJudge, createConnectionJudge } from "./judge-connection.ts";

/** What rules are rendered from, and live connections are judged by. */
export interface RenderedFrom {
  readonly state: ResolvedState;
  /** Whether rules see what stays on one bridge. */
  readonly bridgeNf: Readonly<Record<Family, boolean>>;
}

/** Judges what is open on the host by what its rules are rendered from. */
export function connectionJudgeOf(
  { state, bridgeNf }: RenderedFrom,
  routes: HostRoutes,
): ConnectionJudge {
  const { dockerBridges, interfaces } = state;
  return createConnectionJudge(state, {
    ...{ bridgeNf, dockerBridges, routes },
    named: interfaces.map((one) => one.interface),
  });
}
