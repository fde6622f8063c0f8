import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import type { DesiredState } from "./desired-state.ts";

/**
 * DesiredState as it comes off the wire, strictly: an unknown field is refused,
 * because an agent that ignored it would enforce something else than was meant.
 */
function cidrs(isAddress: (text: string) => boolean, bits: number) {
  return z.array(
    z.string().refine((text) => {
      const [address = "", prefix = "", ...rest] = text.split("/");
      return (
        rest.length === 0 &&
        isAddress(address) &&
        !address.includes("%") &&
        /^\d{1,3}$/.test(prefix) &&
        Number(prefix) <= bits
      );
    }, "is not a CIDR"),
  );
}

const action = z.enum(["Allow", "Deny", "Reject"]);
const ruleAction = z.enum(["Allow", "Deny", "Reject", "Pass"]);
const portNumber = z.int().min(1).max(65535);
const portRange = z
  .strictObject({ first: portNumber, last: portNumber })
  .refine((range) => range.first <= range.last, "ends before it begins");
const protocol = z.enum(["TCP", "UDP"]);

const portMatch = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("port"), protocol, ports: portRange.exactOptional() }),
  z.strictObject({ kind: z.literal("publishedPort"), protocol, ports: portRange }),
  z.strictObject({ kind: z.literal("icmp") }),
]);

const expression = z.discriminatedUnion("operator", [
  z.strictObject({
    key: z.string(),
    operator: z.enum(["In", "NotIn"]),
    values: z.array(z.string()),
  }),
  z.strictObject({ key: z.string(), operator: z.enum(["Exists", "DoesNotExist"]) }),
]);

const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).exactOptional(),
  matchExpressions: z.array(expression).exactOptional(),
});

const networkSelector = z.strictObject({
  names: z.array(z.string()).exactOptional(),
  labels: labelSelector.exactOptional(),
});

const rule = z
  .strictObject({
    name: z.string().min(1),
    action: ruleAction,
    addresses: z.strictObject({ v4: cidrs(isIPv4, 32), v6: cidrs(isIPv6, 128) }).exactOptional(),
    networks: z.array(networkSelector).min(1).exactOptional(),
    // An empty list would mean every port to one reader and none to another.
    ports: z.array(portMatch).min(1).exactOptional(),
  })
  .refine(
    ({ addresses, networks }) => networks === undefined || addresses !== undefined,
    "has networks without addresses, which would mean anywhere",
  );

const direction = z.strictObject({ defaultAction: action, rules: z.array(rule) });

const policy = z.strictObject({
  name: z.string().min(1),
  tier: z.enum(["Guardrail", "Standard", "Baseline"]),
  priority: z.int().min(0).max(1000),
  networkSelector,
  ingress: direction.exactOptional(),
  egress: direction.exactOptional(),
});

export const desiredStateSchema = z.strictObject({
  policies: z.array(policy),
}) satisfies z.ZodType<DesiredState>;
