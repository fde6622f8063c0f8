import { z } from "zod";

/** What `seawall exposure -o json` prints. Read by clients of other versions, so unknown fields are kept. */
export const exposureDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("ExposureReport"),
  /** How sure each is: InSync, or what it is instead. */
  hosts: z.array(z.looseObject({ name: z.string(), state: z.string(), message: z.string() })),
  /** Of these nothing is known. */
  unknown: z.array(z.looseObject({ host: z.string(), reason: z.string() })),
  /** Worst first. */
  items: z.array(
    z.looseObject({
      host: z.string(),
      container: z.string(),
      /** Absent where it is not known. */
      port: z
        .looseObject({
          protocol: z.string(),
          address: z.string(),
          number: z.number(),
          containerPort: z.number(),
        })
        .optional(),
      networks: z.array(z.string()),
      from: z.enum(["Anywhere", "Some", "Nowhere", "Unknown"]),
      cidrs: z.array(z.string()),
      policies: z.array(z.string()),
      ungoverned: z
        .looseObject({ reason: z.string(), message: z.string(), advice: z.string() })
        .optional(),
      closed: z.string().optional(),
    }),
  ),
});
export type ExposureDocument = z.infer<typeof exposureDocument>;
