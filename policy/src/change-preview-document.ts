import { z } from "zod";

/** What `seawall diff -f` learns of a change. Read by clients of other versions, so unknown fields are kept. */
const traffic = z.looseObject({
  before: z.enum(["Allow", "Deny", "Reject"]),
  after: z.enum(["Allow", "Deny", "Reject"]),
  from: z.array(z.string()),
  to: z.array(z.string()),
  ports: z.string(),
  families: z.array(z.enum(["IPv4", "IPv6"])),
  /** How many it is so on. */
  hostCount: z.number(),
  /** The first of them. */
  hosts: z.array(z.string()),
});

const connection = z.looseObject({
  protocol: z.string(),
  source: z.string(),
  /** As it was called: behind a published port, not who answers. */
  destination: z.string(),
  port: z.number(),
  answerer: z.string(),
  answeringPort: z.number(),
});

export const changePreviewDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("ChangePreview"),
  /** The newest revision: what the change was compared with. */
  revision: z.number(),
  /** Hosts whose compiled rules change, each with the networks of which they say something else then. */
  hosts: z.array(z.looseObject({ name: z.string(), networks: z.array(z.string()) })),
  traffic: z.array(traffic),
  /** How many more changes of traffic there are than are told. */
  trafficLeftOut: z.number(),
  /** Of the hosts that were asked, those that have some. */
  connections: z.array(
    z.looseObject({
      host: z.string(),
      /** Live connections that would be cut. */
      cut: z.number(),
      /** May be denied then, which cannot be told: they would be left open. */
      notJudged: z.number(),
      /** The first of those that would be cut; none where many other hosts have some. */
      first: z.array(connection),
    }),
  ),
  /** Of their connections nothing is known. */
  unasked: z.array(
    z.looseObject({
      host: z.string(),
      reason: z.string(),
      message: z.string(),
      /** What their traffic was computed from: LastReport, or Nothing, and then it is not among the above. */
      traffic: z.enum(["LastReport", "Nothing"]),
    }),
  ),
  /** On these there was too much to compare: of their traffic nothing is told. */
  uncompared: z.array(z.string()),
  /** On these an older revision is in force: more changes there. */
  behind: z.array(z.string()),
  /** What the gate NewDrops will compare with; absent: the RolloutStrategy that it would go out by has no such gate. */
  announced: z
    .looseObject({
      /** Hosts that have it on their disks. */
      hosts: z.number(),
      /** Why none has: Viewer, Guardrail, TooMuchToTell; empty: some may have. */
      reason: z.string(),
      /** Hosts that change and have it not. */
      unannounced: z.array(
        z.looseObject({ host: z.string(), reason: z.string(), message: z.string() }),
      ),
    })
    .optional(),
});
export type ChangePreviewDocument = z.infer<typeof changePreviewDocument>;
