import { matchesLabels, parseSelector } from "@seawall/policy";
import type { ComplianceRequest__Output, ComplianceResponse, HostCompliance } from "@seawall/proto";
import { complianceOf } from "../core/compliance.ts";
import type { HostDocument } from "../core/host-document.ts";
import type { Fleet, UnbelievedHost } from "../fleet.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { hostDocuments } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";

/** Makes a connected host read its kernel now; resolves when it has answered or cannot. */
export type ObserveHost = (host: string) => Promise<ObserveOutcome>;

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
  const selector = parseSelector(request.selector);
  if (!selector.ok) throw new RequestRefused("InvalidRequest", selector.message);
  const isMeant = (host: {
    readonly name: string;
    readonly labels: HostDocument["metadata"]["labels"];
  }) =>
    (request.host === "" || host.name === request.host) &&
    matchesLabels(selector.selector, host.labels ?? {});
  const names = fleet
    .hosts()
    .filter(isMeant)
    .map(({ name }) => name);
  // Its labels are not known, so no selector can leave it out.
  const unbelieved = fleet
    .unbelievedHosts()
    .filter(({ name }) => request.host === "" || name === request.host);
  if (request.host !== "" && names.length + unbelieved.length === 0) {
    throw new RequestRefused("NotFound", `host "${request.host}" not found`);
  }
  const outcomes = new Map(
    await Promise.all(names.map(async (name) => [name, await observe(name)] as const)),
  );
  const judged = (await hostDocuments(fleet)).flatMap((host) => {
    const outcome = outcomes.get(host.metadata.name);
    return outcome === undefined ? [] : [verdictOf(host, outcome)];
  });
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
