import { z } from "zod";

/** What is asked of every host, in the order in which it is told. */
export const complianceControls = {
  ReportFresh: "the host reads its kernel back when it is asked",
  DesiredEqualsKernel: "the rules in the kernel are those of the newest bundle",
  HookedFirst: "packets come to the rules before Docker accepts any",
  GuardsStanding: "guards stand behind filter and at published ports",
  NothingUnenforceable: "no policy says what no rule can bring about",
  DefaultDeny: "every bridge is under a deny default",
  NoPortOpenByDefault: "no published port is open to anywhere unless a rule says so",
} as const;

export type ComplianceControl = keyof typeof complianceControls;

export const complianceControlNames = [
  "ReportFresh",
  "DesiredEqualsKernel",
  "HookedFirst",
  "GuardsStanding",
  "NothingUnenforceable",
  "DefaultDeny",
  "NoPortOpenByDefault",
] as const satisfies readonly ComplianceControl[];

const verdict = z.enum(["PASS", "FAIL", "UNKNOWN"]);
export type ComplianceVerdict = z.infer<typeof verdict>;

const unsignedCompliance = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("ComplianceReport"),
  /** RFC 3339, by the controller's clock. */
  time: z.string(),
  /** The user who asked, as the controller knows him by his certificate. */
  requestedBy: z.string(),
  /** Of the store: it grows when a new one is begun, and revisions are counted anew. */
  epoch: z.number(),
  /** The newest one, which hosts are measured against; 0: there is none. */
  revision: z.number(),
  /** What was asked. */
  scope: z.looseObject({
    /** A label selector; empty: every host. */
    selector: z.string(),
    /** Empty: every host. */
    host: z.string(),
    /** Only where and what this policy selects; empty: everything. */
    policy: z.string(),
    controls: z.array(z.string()),
  }),
  /** Every control passes on every host, and there is a host. */
  compliant: z.boolean(),
  /** Percent of all that was asked that passes, rounded down to a tenth. */
  score: z.number(),
  controls: z.array(
    z.looseObject({
      name: z.string(),
      title: z.string(),
      pass: z.number(),
      fail: z.number(),
      unknown: z.number(),
    }),
  ),
  hosts: z.array(
    z.looseObject({
      name: z.string(),
      /** The worst of its controls. */
      verdict,
      controls: z.array(
        z.looseObject({
          name: z.string(),
          verdict,
          /** PascalCase, for machines; empty with PASS. */
          reason: z.string(),
          message: z.string(),
          /** What to do about it; empty with PASS. */
          next: z.string(),
        }),
      ),
      /** Of the report that this rests on; empty or 0 where there is none. */
      evidence: z.looseObject({
        /** sha256 over the rules read back. */
        rulesetDigest: z.string(),
        /** When, by the host's clock. */
        observedTime: z.string(),
        /** By the controller's; -1: never. */
        reportAgeMs: z.number(),
        /** Of its newest bundle, and of the one whose rules were read back. */
        generation: z.number(),
        observedGeneration: z.number(),
        agentVersion: z.string(),
        backend: z.string(),
      }),
    }),
  ),
});
/** All of the document that is signed. */
export type UnsignedCompliance = z.infer<typeof unsignedCompliance>;

/**
 * What `seawall compliance -o json` prints. Handed on, and read by other versions, so unknown fields are kept. The
 * signature is over the canonical JSON of all of it but the signature.
 */
export const complianceDocument = unsignedCompliance.extend({
  signature: z.looseObject({
    format: z.number(),
    keyId: z.string(),
    /** Base64. */
    signature: z.string(),
    /** PEM, of the key, by the fleet's CA. */
    certificate: z.string(),
  }),
});
export type ComplianceDocument = z.infer<typeof complianceDocument>;
