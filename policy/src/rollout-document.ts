import { z } from "zod";

/** What the controller tells of the newest rollout, as `-o json` prints it. Read by clients of other versions. */

const waits = z.looseObject({
  /** PascalCase: Progressing, Soaking, Approval, Paused, NoHostThere, NoSuccess, NotReported, Confirmation. */
  reason: z.string(),
  message: z.string(),
  /** RFC 3339: when something happens by itself; absent: it does not. */
  until: z.string().optional(),
});

const waveStatus = z.looseObject({
  name: z.string(),
  /** Stopped: the rollout was over before the wave was done. */
  phase: z.enum(["Waiting", "Progressing", "Soaking", "Done", "Stopped"]),
  /** Hosts that were given the revision. */
  hosts: z.number(),
  /** Of these, InSync at it now; absent when it is over, because they may be on another one. */
  inSync: z.number().optional(),
  /** Hosts that are to get it. */
  waiting: z.number(),
  /** RFC 3339; absent before it has begun. */
  since: z.string().optional(),
  /** Hosts that are not InSync, at most 20. */
  behind: z.array(
    z.looseObject({
      name: z.string(),
      state: z.enum(["Moving", "Failed", "Away", "Unknown"]),
      message: z.string(),
    }),
  ),
});

const rolloutPhase = z.enum(["Progressing", "Paused", "Completed", "RolledBack", "Superseded"]);

const pastRollout = z.looseObject({
  revision: z.number(),
  from: z.number(),
  phase: rolloutPhase,
  reason: z.string(),
  message: z.string(),
  beganTime: z.string(),
  endTime: z.string(),
  /** Hosts that were given it; absent where it went to all at once. */
  hosts: z.number().optional(),
});

export const rolloutDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("Rollout"),
  metadata: z.looseObject({ name: z.string(), creationTimestamp: z.string() }),
  spec: z.looseObject({
    revision: z.number(),
    /** What hosts are put back on. */
    from: z.number(),
  }),
  status: z.looseObject({
    phase: rolloutPhase,
    /** Why it ended so, PascalCase; empty where there is nothing to say. */
    reason: z.string(),
    message: z.string(),
    /** To all hosts, because there is no RolloutStrategy. */
    atOnce: z.boolean(),
    /** Hosts whose rules it changed when it began. */
    changes: z.number().optional(),
    maxUnavailable: z.number().optional(),
    failureBudget: z.number().optional(),
    /** Those that are asked besides failed policy tests. */
    gates: z.array(z.string()).optional(),
    waits: waits.optional(),
    waves: z.array(waveStatus),
    /** Put back at this time unless somebody confirms it before. */
    confirmBy: z.string().optional(),
    endTime: z.string().optional(),
  }),
  /** Those before it, newest first. */
  history: z.array(pastRollout),
});
export type RolloutDocument = z.infer<typeof rolloutDocument>;
