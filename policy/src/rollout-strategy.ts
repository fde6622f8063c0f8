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

const wave = z
  .strictObject({
    name: objectName,
    hostSelector: hostSelector.exactOptional(),
    percent: z
      .int()
      .min(1)
      .max(100)
      .exactOptional()
      .describe("So many of the hosts that no wave before this took."),
    soak: duration
      .exactOptional()
      .describe("How long this wave must hold before the next one begins."),
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

const countOrPercentRule = "must be a number of hosts or a percentage like 10%";
const countOrPercent = z
  .union(
    [
      z.int().min(0),
      z.string().regex(/^(?:100|[1-9]?\d)%$/, {
        error: (issue) => `${countOrPercentRule}, got ${quoted(issue.input)}`,
      }),
    ],
    { error: countOrPercentRule },
  )
  .describe("A number of hosts, or a percentage like 10%.");

export const rolloutStrategySchema = z.strictObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("RolloutStrategy"),
  metadata,
  spec: z.strictObject({
    waves: z.array(wave).min(1).superRefine(refuseRepeatedNames).exactOptional(),
    maxUnavailable: countOrPercent.exactOptional(),
    failureBudget: z
      .int()
      .min(0)
      .exactOptional()
      .describe("Hosts that may fail before the rollout stops and rolls back."),
    confirmTimeout: duration
      .exactOptional()
      .describe("A host reverts by itself unless it could confirm the change within this time."),
  }),
});

export type RolloutStrategy = Immutable<z.infer<typeof rolloutStrategySchema>>;
