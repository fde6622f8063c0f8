import { z } from "zod";
import {
  duration,
  hostSelector,
  type Immutable,
  metadata,
  objectName,
  refuseRepeatedNames,
} from "./manifest-parts.ts";
import { quoted } from "./quoted.ts";

const MOST_WAVES = 50;

const wave = z
  .strictObject({
    name: objectName,
    hostSelector: hostSelector.exactOptional(),
    percent: z
      .int()
      .min(1)
      .max(100)
      .exactOptional()
      .describe("So many of the hosts that no wave before this took, by name."),
    soak: duration
      .exactOptional()
      .describe("How long all its hosts must stay InSync before the next wave begins."),
    approval: z
      .enum(["Manual"])
      .exactOptional()
      .describe("It begins when somebody says so: `seawall rollout promote`."),
  })
  .superRefine((value, context) => {
    if (value.hostSelector !== undefined && value.percent !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["percent"],
        message:
          "stands beside hostSelector: a wave is chosen by one of them, or by neither for all the rest",
      });
    }
  })
  .describe("Neither hostSelector nor percent: all the hosts that are left.");

const countOrPercentRule = "must be a number of hosts, 1 or more, or a percentage like 10%";
const countOrPercent = z
  .union(
    [
      z.int().min(1),
      z.string().regex(/^(?:100|[1-9]\d?)%$/, {
        error: (issue) => `${countOrPercentRule}, got ${quoted(issue.input)}`,
      }),
    ],
    { error: countOrPercentRule },
  )
  .describe(
    "So many of the hosts that a rollout changes may be other than InSync because of it at once: a number, or a percentage like 10%, of one host at least. Default 100%.",
  );

export const rolloutStrategySchema = z.strictObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("RolloutStrategy"),
  metadata,
  spec: z.strictObject({
    waves: z.array(wave).min(1).max(MOST_WAVES).superRefine(refuseRepeatedNames).exactOptional(),
    maxUnavailable: countOrPercent.exactOptional(),
    failureBudget: z
      .int()
      .min(0)
      .exactOptional()
      .describe(
        "So many hosts may fail. One more, and every host goes back to the revision before. Default 0.",
      ),
    gates: z
      .array(z.enum(["NewDrops"]))
      .exactOptional()
      .describe(
        "What a host fails by besides failed policy tests, which always count. NewDrops: it has cut live connections that `seawall diff` had not announced.",
      ),
  }),
});

export type RolloutStrategy = Immutable<z.infer<typeof rolloutStrategySchema>>;
