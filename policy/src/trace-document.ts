import { z } from "zod";

/** What `seawall trace -o json` prints. Read by clients of other versions, so unknown fields are kept. */
const end = z.looseObject({
  container: z.string().optional(),
  network: z.string().optional(),
  /** Absent at an end of BetweenInterfaces: any that no other path names there, from the same interface. */
  interface: z.string().optional(),
  address: z.string().optional(),
  port: z.number().optional(),
});

const ruleName = z.looseObject({ policy: z.string(), rule: z.string() });

const judgement = z.looseObject({
  network: z.string(),
  /** ingress | egress | internal | host */
  scope: z.string(),
  action: z.enum(["Allow", "Deny", "Reject"]),
  decidedBy: ruleName.optional(),
  held: z.boolean().optional(),
  passedBy: z.array(ruleName).optional(),
  notMatched: z.array(ruleName).optional(),
});

const count = z.looseObject({ packets: z.number(), bytes: z.number() });

const change = z.discriminatedUnion("possible", [
  z.looseObject({
    possible: z.literal(true),
    wanted: z.enum(["Allow", "Deny"]),
    edits: z.array(
      z.looseObject({
        policy: z.string(),
        field: z.string().optional(),
        position: z.number().optional(),
        /** Lines. */
        yaml: z.array(z.string()),
      }),
    ),
  }),
  z.looseObject({ possible: z.literal(false), reason: z.string() }),
]);

const path = z.looseObject({
  outcome: z.enum(["Allowed", "Denied", "Rejected", "Closed", "Unknown"]),
  /** Forwarded | BetweenInterfaces | SameBridge | DockerProxy | Input | Output | NoBridge | None */
  route: z.string(),
  family: z.string().optional(),
  source: end,
  destination: end,
  published: z.string().optional(),
  judged: z.boolean(),
  ungoverned: z
    .looseObject({ reason: z.string(), message: z.string(), advice: z.string() })
    .optional(),
  verdict: z
    .looseObject({
      action: z.enum(["Allow", "Deny", "Reject"]),
      decidedBy: judgement.optional(),
      judgements: z.array(judgement),
      wouldDeny: judgement.optional(),
      /** No policy is asked. */
      management: z.looseObject({ container: z.string() }).optional(),
    })
    .optional(),
  counter: count.optional(),
  wouldDenyCounter: count.optional(),
  docker: z.looseObject({ lets: z.enum(["Yes", "No", "Unknown"]), reason: z.string() }),
  change,
});

export const traceDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("Trace"),
  source: z.string(),
  destination: z.string(),
  protocol: z.string(),
  /** Every path on every host is let through, there is one, and all these hosts are in sync. */
  allowed: z.boolean(),
  groups: z.array(
    z.looseObject({
      hosts: z.array(z.looseObject({ name: z.string(), state: z.string(), message: z.string() })),
      paths: z.array(path),
    }),
  ),
  elsewhere: z.array(z.looseObject({ hosts: z.array(z.string()), reason: z.string() })),
});
export type TraceDocument = z.infer<typeof traceDocument>;
