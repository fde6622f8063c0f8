import { z } from "zod";
import { cidr, type Immutable, metadata } from "./manifest-parts.ts";

export const addressGroupSchema = z.strictObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("AddressGroup"),
  metadata,
  spec: z.strictObject({
    cidrs: z.array(cidr).describe("IPv4 and IPv6 blocks. An empty list matches nothing."),
  }),
});

export type AddressGroup = Immutable<z.infer<typeof addressGroupSchema>>;
