import {
  type ComplianceControl,
  type ComplianceDocument,
  complianceControlNames,
  type DesiredState,
} from "@seawall/policy";
import {
  type ComplianceEvidence,
  type Finding,
  pass,
  unknown,
  whyNotInSync,
  whyUnanswered,
  whyUnread,
} from "./compliance-evidence.ts";
import { desiredEqualsKernel, guardsStanding, hookedFirst } from "./compliance-kernel.ts";
import { defaultDeny, noPortOpenByDefault, nothingUnenforceable } from "./compliance-policy.ts";

export type HostCompliance = ComplianceDocument["hosts"][number];
type ControlResult = HostCompliance["controls"][number];

/**
 * What each control says of a host. All rests on what its kernel was read back to hold a moment ago: without that every
 * control is UNKNOWN, and what is only known of the rules that are wanted is UNKNOWN while they are not in force. A
 * failure that shows whatever is in force is a failure.
 */
export function complianceOf(
  evidence: ComplianceEvidence,
  controls: readonly ComplianceControl[] = complianceControlNames,
): HostCompliance {
  const { metadata, status } = evidence.host;
  return hostCompliance(metadata.name, controls, (control) => findingOf(control, evidence), {
    rulesetDigest: status.rulesetDigest,
    observedTime: status.observedTime,
    reportAgeMs: Math.round(status.reportAgeMs),
    generation: status.generation,
    observedGeneration: status.observedGeneration,
    agentVersion: status.versions.agent,
    backend: status.versions.backend,
  });
}

const noEvidence: HostCompliance["evidence"] = {
  rulesetDigest: "",
  observedTime: "",
  reportAgeMs: -1,
  generation: 0,
  observedGeneration: 0,
  agentVersion: "",
  backend: "",
};

/** Of a host of which nothing is known, and why. */
export function unknownCompliance(
  name: string,
  { reason, message }: { readonly reason: string; readonly message: string },
  controls: readonly ComplianceControl[],
): HostCompliance {
  const next = `if it is a host of yours, delete it and join it again: seawall delete host ${name}`;
  return hostCompliance(name, controls, () => unknown(reason, message, next), noEvidence);
}

function hostCompliance(
  name: string,
  controls: readonly ComplianceControl[],
  judge: (control: ComplianceControl) => Finding,
  evidence: HostCompliance["evidence"],
): HostCompliance {
  const results = controls.map((control) => resultOf(control, judge(control)));
  return { name, verdict: worst(results), controls: results, evidence };
}

function resultOf(name: ComplianceControl, finding: Finding): ControlResult {
  return finding.verdict === "PASS"
    ? { name, ...finding, reason: "", next: "" }
    : { name, ...finding };
}

function worst(results: readonly ControlResult[]): ControlResult["verdict"] {
  const verdicts = new Set(results.map(({ verdict }) => verdict));
  if (verdicts.has("FAIL")) return "FAIL";
  // Of nothing that was asked nothing is known.
  return verdicts.has("UNKNOWN") || verdicts.size === 0 ? "UNKNOWN" : "PASS";
}

function findingOf(control: ComplianceControl, evidence: ComplianceEvidence): Finding {
  const problem = whyUnanswered(evidence);
  if (problem !== undefined) return problem;
  if (control === "DesiredEqualsKernel") return desiredEqualsKernel(evidence);
  return whyUnread(evidence) ?? whileInForce(control, evidence, findingOfRules(control, evidence));
}

function findingOfRules(
  control: Exclude<ComplianceControl, "DesiredEqualsKernel">,
  evidence: ComplianceEvidence,
): Finding {
  switch (control) {
    case "ReportFresh":
      return pass("read back when asked");
    case "HookedFirst":
      return hookedFirst(evidence);
    case "GuardsStanding":
      return guardsStanding(evidence);
    case "NothingUnenforceable":
      return wanted(evidence, nothingUnenforceable);
    case "DefaultDeny":
      return wanted(evidence, defaultDeny);
    case "NoPortOpenByDefault":
      return wanted(evidence, noPortOpenByDefault);
  }
}

function wanted(
  evidence: ComplianceEvidence,
  control: (evidence: ComplianceEvidence & { readonly desired: DesiredState }) => Finding,
): Finding {
  const { desired } = evidence;
  return desired === undefined ? notTold : control({ ...evidence, desired });
}

const notTold = unknown(
  "HostNotBelieved",
  "policies name hosts by label, and the record of a host is not believed, so what they mean is not known",
  "see which one in this report",
);

/** What is so with other rules than the wanted ones proves nothing; that its kernel was read is so with any. */
function whileInForce(
  control: ComplianceControl,
  evidence: ComplianceEvidence,
  finding: Finding,
): Finding {
  if (finding.verdict !== "PASS" || control === "ReportFresh") return finding;
  const problem = whyNotInSync(evidence);
  if (problem === undefined) return finding;
  const message = `the rules that are wanted are not in force: ${problem.message || problem.reason}`;
  return unknown("NotInSync", message, problem.next);
}
