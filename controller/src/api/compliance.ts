import {
  type ComplianceControl,
  complianceControlNames,
  factsOfHost,
  type HostDocument,
} from "@seawall/policy";
import type { ComplianceRequest__Output, DocumentResponse } from "@seawall/proto";
import { complianceOf, type HostCompliance, unknownCompliance } from "../core/compliance.ts";
import type { ComplianceEvidence } from "../core/compliance-evidence.ts";
import { complianceReport } from "../core/compliance-report.ts";
import { type HostCompiler, hostCompilerOf } from "../core/host-compiler.ts";
import type { Fleet } from "../fleet.ts";
import type { SignReport } from "../identity/sign-report.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { askHosts, type ObserveHost } from "./ask-hosts.ts";
import type { Caller } from "./authorize.ts";
import { hostDocuments } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";

export interface ReportSigning {
  readonly sign: SignReport;
  readonly now: () => Date;
  /** Of the store: revisions of another one have the same numbers. */
  readonly epoch: number;
}

/**
 * The verdict per host and control, from the kernel as it is now: every host is asked to read its rules back first, and
 * one that does not answer does not pass, however fresh its last report. Signed, so that it can be handed on.
 */
export async function compliance(
  request: ComplianceRequest__Output,
  caller: Caller,
  fleet: Fleet,
  observe: ObserveHost,
  { sign, now, epoch }: ReportSigning,
): Promise<DocumentResponse> {
  const { selector, host } = request;
  const controls = controlsOf(request.controls);
  const { asked, unbelieved } = await askHosts(request, fleet, observe);
  const { revision, documents, compile, hasPolicy } = await measured(fleet, request.policy);
  if (!hasPolicy) throw new RequestRefused("NotFound", `policy "${request.policy}" not found`);
  const outcomes = new Map(asked.map((one) => [one.document.metadata.name, one.outcome]));
  const policy = request.policy === "" ? undefined : request.policy;
  const judged = documents.flatMap((document): readonly HostCompliance[] => {
    const outcome = outcomes.get(document.metadata.name);
    if (outcome === undefined) return [];
    const evidence = evidenceOf(document, outcome, compile, policy);
    return isInScope(evidence) ? [complianceOf(evidence, controls)] : [];
  });
  const unknown = unbelieved.map((one) => unknownCompliance(one.name, one, controls));
  const time = now();
  const report = complianceReport(
    {
      ...{ time: time.toISOString(), requestedBy: caller.name, epoch, revision },
      scope: { selector, host, policy: request.policy, controls },
    },
    [...judged, ...unknown],
  );
  return { document: JSON.stringify({ ...report, signature: await sign(report, time) }) };
}

/** In the order in which they are told, each once. @throws RequestRefused */
function controlsOf(names: readonly string[]): readonly ComplianceControl[] {
  const wrong = names.find((name) => !complianceControlNames.some((control) => control === name));
  if (wrong !== undefined) {
    const known = complianceControlNames.join(", ");
    throw new RequestRefused(
      "InvalidRequest",
      `no control is named "${wrong}"; there are ${known}`,
    );
  }
  return names.length === 0
    ? complianceControlNames
    : complianceControlNames.filter((control) => names.includes(control));
}

interface Measured {
  readonly revision: number;
  readonly documents: readonly HostDocument[];
  readonly compile: HostCompiler | undefined;
  readonly hasPolicy: boolean;
}

/** Hosts, and the revision that their state is measured against: no other one was made meanwhile. */
async function measured(fleet: Fleet, policy: string): Promise<Measured> {
  const revision = await fleet.newestRevision();
  const tree = await fleet.tree(revision);
  const documents = await hostDocuments(fleet);
  const compile = hostCompilerOf(tree, fleet.directory());
  if ((await fleet.newestRevision()) !== revision) return await measured(fleet, policy);
  const hasPolicy = policy === "" || tree.has(`FleetPolicy/${policy}`);
  return { revision, documents, compile, hasPolicy };
}

function evidenceOf(
  host: HostDocument,
  reading: ObserveOutcome,
  compile: HostCompiler | undefined,
  policy: string | undefined,
): ComplianceEvidence {
  const facts = factsOfHost(host);
  return { host, reading, desired: compile?.(facts).desired, view: facts.view, policy };
}

/** Left out is only who is known to have nothing that the policy selects. */
function isInScope({ host, reading, desired, policy }: ComplianceEvidence): boolean {
  if (policy === undefined || desired === undefined) return true;
  if (!desired.policies.some(({ name }) => name === policy)) return false;
  const status = host.status.policies.find(({ name }) => name === policy);
  const isKnown = reading.ok && host.status.state === "InSync" && status !== undefined;
  return !isKnown || status.networks.length > 0;
}
