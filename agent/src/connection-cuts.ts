import type { Coverage } from "./core/announcement.ts";
import { connectionJudgeOf, type RenderedFrom } from "./core/connection-judge-of.ts";
import type { Failure } from "./core/failure.ts";
import type { HostRoutes } from "./core/host-routes.ts";
import type { Status } from "./core/status.ts";
import { type CutAttributionPorts, createCutAttribution } from "./cut-attribution.ts";
import {
  connectionsAfter,
  createLiveConnections,
  type LiveConnectionsPorts,
} from "./live-connections.ts";
import type { PassPlan } from "./pass-plan.ts";
import type { Bundle, Clock } from "./ports.ts";

/** Brings live connections to the rules of each pass, and says of a revision what it has cut by that. */
export interface ConnectionCuts {
  /** Before a newer bundle is kept on disk. */
  load(): Promise<void>;
  /** Before anything is written of the plan. What is cut from here on is the bundle's doing, where its revision is not in force yet. */
  begin(plan: PassPlan, before: RulesBefore): Promise<readonly Failure[]>;
  /** Rules have changed, or are about to. */
  rulesChange(): void;
  /** Once the plan's target was read back. */
  follow(plan: PassPlan, before: RulesBefore): Promise<Followed>;
}

export interface RulesBefore {
  readonly connections: Status["connections"];
  /** The one that the plan is made from. */
  readonly bundle?: Bundle;
  /** The last confirmed one, where that is another. */
  readonly confirmed?: Bundle;
}

export interface Followed {
  readonly failures: readonly Failure[];
  readonly news: Partial<Status>;
}

export type ConnectionCutsPorts = LiveConnectionsPorts &
  CutAttributionPorts & { readonly clock: Clock };

export function createConnectionCuts(ports: ConnectionCutsPorts): ConnectionCuts {
  const { clock } = ports;
  const liveConnections = createLiveConnections(ports);
  const attribution = createCutAttribution(ports);
  /** The bundle whose rules were read back last. */
  let enforced: Bundle | undefined;
  /** What it was enforced by, while not all connections are judged by that. */
  let unfinished: RenderedFrom | undefined;
  /** The same of the revision before it: what that one denies and has not cut yet is its own doing. */
  let inherited: RenderedFrom | undefined;
  const isNext = (bundle: Bundle): boolean =>
    enforced?.epoch !== bundle.epoch || enforced.revision !== bundle.revision;
  return {
    load: () => attribution.load(),
    rulesChange: () => {
      liveConnections.rulesChange();
    },
    begin: async ({ isOfBundle }, { bundle, confirmed }) => {
      if (!isOfBundle || bundle === undefined) return [];
      if (isNext(bundle)) inherited = unfinished;
      return await attribution.begin(bundle, (enforced ?? confirmed)?.desired);
    },
    follow: async ({ isOfBundle, renderedFrom }, { bundle, connections }) => {
      const covers = isOfBundle ? attribution.covers : undefined;
      const judging = liveConnections.judge(renderedFrom, covers && beside(inherited, covers));
      const judged = await judging.catch((error: unknown) => {
        attribution.lost();
        throw error;
      });
      const isComplete = judged?.failure === undefined;
      const unkept = covers && (await attribution.judged(judged?.counted, isComplete));
      enforced = isOfBundle ? bundle : undefined;
      unfinished = isComplete ? undefined : renderedFrom;
      if (isComplete) inherited = undefined;
      return {
        failures: [...(judged?.failure === undefined ? [] : [judged.failure]), ...(unkept ?? [])],
        news: {
          ...(judged && { connections: connectionsAfter(connections, judged, clock.now()) }),
          appliedCuts: attribution.told,
        },
      };
    },
  };
}

type CoverageOn = (routes: HostRoutes) => Coverage;

function beside(older: RenderedFrom | undefined, covers: CoverageOn): CoverageOn {
  if (older === undefined) return covers;
  return (routes) => {
    const [before, covered] = [connectionJudgeOf(older, routes), covers(routes)];
    return (ends) => before.verdict(ends) === "denied" || covered(ends);
  };
}
