import { z } from "zod";
import {
  containerSelector,
  hostSelector,
  type Immutable,
  interfaceName,
  ipBlock,
  metadata,
  networkSelector,
  objectName,
  refuseRepeatedNames,
} from "./manifest-parts.ts";
import { ingressPort, port } from "./policy-port.ts";
import { policyTests } from "./policy-tests-schema.ts";

/** What an absent field means. Nothing is filled in: a stored policy is what its author wrote. */
export const policyDefaults = {
  tier: "Standard",
  priority: 500,
  mode: "Enforce",
  defaultAction: "Allow",
  protocol: "TCP",
} as const;

/** The name that reports give to a default action, so no rule may have it. */
export const defaultRuleName = "default";

const ruleName = objectName.refine((name) => name !== defaultRuleName, {
  error: `"${defaultRuleName}" names the default action in reports: choose another name`,
});

const peer = z
  .strictObject({
    ipBlock: ipBlock.exactOptional(),
    addressGroup: objectName.exactOptional().describe("Name of an AddressGroup."),
    hostSelector: hostSelector.exactOptional().describe("The addresses of these fleet hosts."),
    networkSelector: networkSelector.exactOptional().describe("Other bridges of the same host."),
    containerSelector: containerSelector.exactOptional().describe("Containers of the same host."),
  })
  .superRefine((value, context) => {
    const kinds = Object.keys(value);
    if (kinds.length !== 1) {
      const found = kinds.length === 0 ? "is empty" : `has ${kinds.join(" and ")}`;
      context.addIssue({
        code: "custom",
        message: `${found}: a peer is exactly one of ${peerKinds.join(", ")}; write one list item for each`,
      });
    }
  })
  .meta({ minProperties: 1, maxProperties: 1 });
const peerKinds = Object.keys(peer.shape);

const peers = z
  .array(peer)
  .min(1)
  .exactOptional()
  .describe("Absent: anywhere. Several: any of them.");
const action = z.enum(["Allow", "Deny", "Reject", "Pass"]);
const ruleFields = {
  name: ruleName.exactOptional(),
  action: action.describe(
    "Allow, Deny (drop), Reject (refuse with an answer), or Pass (on to the next tier).",
  ),
  log: z
    .boolean()
    .exactOptional()
    .describe(
      "Tell NFLOG, and so seawall flows, of what an Allow or Pass rule matches. Denials are told of anyway.",
    ),
};
const everyPort = "Absent: every protocol and port. Several: any of them.";
const ports = z.array(port).min(1).exactOptional().describe(everyPort);

const ingressRule = z.strictObject({
  ...ruleFields,
  from: peers,
  ports: z.array(ingressPort).min(1).exactOptional().describe(everyPort),
});
const egressRule = z.strictObject({ ...ruleFields, to: peers, ports });
const internalRule = z.strictObject({ ...ruleFields, from: peers, to: peers, ports });

const defaultAction = z
  .enum(["Allow", "Deny", "Reject"])
  .exactOptional()
  .describe("What happens to what no rule decides. Allow (default), Deny or Reject.");

const ingress = z
  .strictObject({
    defaultAction,
    rules: z.array(ingressRule).min(1).superRefine(refuseRepeatedNames).exactOptional(),
  })
  .describe("What is forwarded into the bridge from outside it.");
const egress = z
  .strictObject({
    defaultAction,
    host: z
      .boolean()
      .exactOptional()
      .describe("true: also what containers send to the host itself."),
    rules: z.array(egressRule).min(1).superRefine(refuseRepeatedNames).exactOptional(),
  })
  .describe("What is forwarded out of the bridge.");
const internal = z
  .strictObject({
    defaultAction,
    rules: z.array(internalRule).min(1).superRefine(refuseRepeatedNames).exactOptional(),
  })
  .describe("What goes between containers of the same bridge, judged at the destination.");

const spec = z
  .strictObject({
    tier: z
      .enum(["Guardrail", "Standard", "Baseline"])
      .exactOptional()
      .describe("Which rules are judged first. Standard is the default."),
    priority: z
      .int()
      .min(0)
      .max(1000)
      .exactOptional()
      .describe("0 to 1000 within the tier, lower is judged first; default 500."),
    mode: z
      .enum(["Enforce", "Audit"])
      .exactOptional()
      .describe("Enforce (default), or Audit: count and drop nothing."),
    hostSelector: hostSelector.exactOptional(),
    networkSelector: networkSelector.exactOptional(),
    containerSelector: containerSelector.exactOptional(),
    interfaces: z
      .array(interfaceName)
      .min(1)
      .exactOptional()
      .describe("Instead of networkSelector: traffic forwarded outside Docker through these."),
    ingress: ingress.exactOptional(),
    egress: egress.exactOptional(),
    internal: internal.exactOptional(),
    tests: policyTests
      .exactOptional()
      .describe("What must be so, whatever other policies say: a failing test refuses the write."),
  })
  .superRefine((value, context) => {
    if ((value.ingress ?? value.egress ?? value.internal ?? value.tests) === undefined) {
      context.addIssue({
        code: "custom",
        message: "says nothing: give at least one of ingress, egress and internal",
      });
    }
    if (
      value.interfaces !== undefined &&
      (value.networkSelector ?? value.containerSelector) !== undefined
    ) {
      context.addIssue({
        code: "custom",
        path: ["interfaces"],
        message: "stands in place of networkSelector and containerSelector: remove it or those",
      });
    }
  });

export const fleetPolicySchema = z.strictObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("FleetPolicy"),
  metadata,
  spec,
});

export type FleetPolicy = Immutable<z.infer<typeof fleetPolicySchema>>;
export type FleetPolicySpec = FleetPolicy["spec"];
export type PolicyPeer = Immutable<z.infer<typeof peer>>;
