import { type HostDocument, matchesLabels, parseSelector } from "@seawall/policy";
import type { ComplianceRequest__Output, ComplianceResponse, HostCompliance } from "@seawall/proto";
import { complianceOf } from "../core/compliance.ts";
import type { Fleet } from "../fleet.ts";
import { hostDocuments } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";

/** Makes a connected host read its kernel now; resolves when it has answered or cannot. */
export type ObserveHost = (host: string) => Promise<unknown>;

/**
 * The verdict per host, from the kernel as it is now: every connected host is
 * asked to read its rules back first. No host at all is not compliant: there is nothing to prove.
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
  if (request.host !== "" && names.length === 0) {
    throw new RequestRefused("NotFound", `host "${request.host}" not found`);
  }
  await Promise.all(names.map(observe));
  const hosts = (await hostDocuments(fleet))
    .filter(({ metadata }) => names.includes(metadata.name))
    .map(verdictOf);
  return { compliant: hosts.length > 0 && hosts.every(({ verdict }) => verdict === "PASS"), hosts };
}

function verdictOf(host: HostDocument): HostCompliance {
  const { status } = host;
  return {
    host: host.metadata.name,
    ...complianceOf(host),
    desiredGeneration: status.generation,
    observedGeneration: status.observedGeneration,
    rulesetDigest: status.rulesetDigest,
    reportAgeMs: Math.round(status.reportAgeMs),
  };
}
