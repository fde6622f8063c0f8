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
  begin(plan: Enforced, before: RulesBefore): Promise<readonly Failure[]>;
  /** Rules have changed, or are about to. */
  rulesChange(): void;
  /** Once the plan's target was read back. */
  follow(plan: Enforced, before: RulesBefore): Promise<Followed>;
}

type Enforced = Pick<PassPlan, "isOfBundle" | "renderedFrom">;

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
  /** The last one by which not all connections are judged yet. */
  let unfinished: { readonly bundle: Bundle; readonly from: RenderedFrom } | undefined;
  /** Of the revision before it, where that was not done: what it denies and has not cut yet is its own doing. */
  let inherited: RenderedFrom | undefined;
  return {
    load: () => attribution.load(),
    rulesChange: () => {
      liveConnections.rulesChange();
    },
    begin: async ({ isOfBundle }, { bundle, confirmed }) => {
      if (!isOfBundle || bundle === undefined) return [];
      if (unfinished && !isOfOneRevision(unfinished.bundle, bundle)) inherited = unfinished.from;
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
      if (isComplete) unfinished = inherited = undefined;
      else if (enforced && renderedFrom) unfinished = { bundle: enforced, from: renderedFrom };
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

function isOfOneRevision(one: Bundle, other: Bundle): boolean {
  return one.epoch === other.epoch && one.revision === other.revision;
}

type CoverageOn = (routes: HostRoutes) => Coverage;

function beside(older: RenderedFrom | undefined, covers: CoverageOn): CoverageOn {
  if (older === undefined) return covers;
  return (routes) => {
    const [before, covered] = [connectionJudgeOf(older, routes), covers(routes)];
    return (ends) => before.verdict(ends) === "denied" || covered(ends);
  };
}
