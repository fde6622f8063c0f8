import type { HostDocument } from "@seawall/policy";
import type { ComplianceRequest__Output, ComplianceResponse, HostCompliance } from "@seawall/proto";
import { complianceOf } from "../core/compliance.ts";
import type { Fleet, UnbelievedHost } from "../fleet.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { askHosts, type ObserveHost } from "./ask-hosts.ts";

/**
 * The verdict per host, from the kernel as it is now: every host is asked to
 * read its rules back first, and one that does not answer does not pass, however
 * fresh its last report. No host at all is not compliant: there is nothing to prove.
 */
export async function compliance(
  request: ComplianceRequest__Output,
  fleet: Fleet,
  observe: ObserveHost,
): Promise<ComplianceResponse> {
  const { asked, unbelieved } = await askHosts(request, fleet, observe);
  const judged = asked.map(({ document, outcome }) => verdictOf(document, outcome));
  const hosts = [...judged, ...unbelieved.map(unknownVerdict)];
  return { compliant: hosts.length > 0 && hosts.every(({ verdict }) => verdict === "PASS"), hosts };
}

function verdictOf(host: HostDocument, outcome: ObserveOutcome): HostCompliance {
  const { status } = host;
  return {
    host: host.metadata.name,
    ...complianceOf(host, outcome),
    desiredGeneration: status.generation,
    observedGeneration: status.observedGeneration,
    rulesetDigest: status.rulesetDigest,
    reportAgeMs: Math.round(status.reportAgeMs),
  };
}

function unknownVerdict({ name, reason, message }: UnbelievedHost): HostCompliance {
  return {
    host: name,
    ...{ verdict: "UNKNOWN", reason, message },
    ...{ desiredGeneration: 0, observedGeneration: 0, rulesetDigest: "", reportAgeMs: -1 },
  };
}
