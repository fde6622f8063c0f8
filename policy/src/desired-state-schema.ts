import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import type { DesiredPolicy, DesiredState } from "./desired-state.ts";
import { chosenHostOptions } from "./host-options.ts";
import { interfaceName } from "./manifest-parts.ts";
import { policyTests } from "./policy-tests-schema.ts";

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

const dockerSelector = z.strictObject({
  names: z.array(z.string()).exactOptional(),
  labels: labelSelector.exactOptional(),
});

const selectors = z.array(dockerSelector).min(1).exactOptional();
const peers = z.strictObject({
  addresses: z.strictObject({ v4: cidrs(isIPv4, 32), v6: cidrs(isIPv6, 128) }),
  networks: selectors,
  containers: selectors,
});

const rule = z.strictObject({
  name: z.string().min(1),
  action: ruleAction,
  from: peers.exactOptional(),
  to: peers.exactOptional(),
  // An empty list would mean every port to one reader and none to another.
  ports: z.array(portMatch).min(1).exactOptional(),
  log: z.literal(true).exactOptional(),
});

const direction = z.strictObject({ defaultAction: action, rules: z.array(rule) });
const egress = z.strictObject({ ...direction.shape, host: z.literal(true).exactOptional() });

const policyFields = z.strictObject({
  name: z.string().min(1),
  tier: z.enum(["Guardrail", "Standard", "Baseline"]),
  priority: z.int().min(0).max(1000),
  mode: z.literal("Audit").exactOptional(),
  ingress: direction.exactOptional(),
  egress: egress.exactOptional(),
  internal: direction.exactOptional(),
  tests: policyTests.exactOptional(),
  networkSelector: dockerSelector.exactOptional(),
  containerSelector: dockerSelector.exactOptional(),
  interfaces: z.array(interfaceName).min(1).exactOptional(),
});

// No union of two objects: an unknown field must be told by its own place. Fields stay in the order in
// which they are compiled, so that what was decoded is the same text again.
const policy = policyFields.transform((fields, context): DesiredPolicy => {
  const { name, tier, priority, mode, ...rest } = fields;
  const { networkSelector, containerSelector, interfaces, ...directions } = rest;
  const head = { name, tier, priority, ...(mode === undefined ? {} : { mode }) };
  if (networkSelector !== undefined && interfaces === undefined) {
    return {
      ...head,
      networkSelector,
      ...(containerSelector === undefined ? {} : { containerSelector }),
      ...directions,
    };
  }
  if (interfaces !== undefined && (networkSelector ?? containerSelector) === undefined) {
    return { ...head, interfaces, ...directions };
  }
  context.addIssue({ code: "custom", message: "selects neither networks nor interfaces, or both" });
  return z.NEVER;
});

export const desiredPoliciesSchema = z.array(policy);

export const desiredStateSchema = z.strictObject({
  policies: desiredPoliciesSchema,
  options: chosenHostOptions.exactOptional(),
}) satisfies z.ZodType<DesiredState>;
