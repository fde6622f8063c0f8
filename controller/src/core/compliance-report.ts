import {
  type ComplianceControl,
  type ComplianceVerdict,
  complianceControls,
  type UnsignedCompliance,
} from "@seawall/policy";
import type { HostCompliance } from "./compliance.ts";

/** What was asked, by whom, when, and against which revision of which store. */
export interface ReportHeader {
  readonly time: string;
  readonly requestedBy: string;
  readonly epoch: number;
  readonly revision: number;
  readonly scope: {
    readonly selector: string;
    readonly host: string;
    readonly policy: string;
    readonly controls: readonly ComplianceControl[];
  };
}

/** No host at all is not compliant: there is nothing to prove. */
export function complianceReport(
  { time, requestedBy, epoch, revision, scope }: ReportHeader,
  hosts: readonly HostCompliance[],
): UnsignedCompliance {
  const verdicts = hosts.flatMap(({ controls }) => controls.map(({ verdict }) => verdict));
  const passed = amount(verdicts, "PASS");
  return {
    apiVersion: "seawall/v1",
    kind: "ComplianceReport",
    ...{ time, requestedBy, epoch, revision },
    scope: { ...scope, controls: [...scope.controls] },
    compliant: hosts.length > 0 && hosts.every(({ verdict }) => verdict === "PASS"),
    // Never 100 while anything is amiss.
    score: verdicts.length === 0 ? 0 : Math.floor((passed * 1000) / verdicts.length) / 10,
    controls: scope.controls.map((name) => {
      const own = hosts.flatMap(({ controls }) =>
        controls.filter((result) => result.name === name).map(({ verdict }) => verdict),
      );
      return {
        name,
        title: complianceControls[name],
        pass: amount(own, "PASS"),
        fail: amount(own, "FAIL"),
        unknown: amount(own, "UNKNOWN"),
      };
    }),
    hosts: [...hosts],
  };
}

function amount(verdicts: readonly ComplianceVerdict[], verdict: ComplianceVerdict): number {
  return verdicts.filter((one) => one === verdict).length;
}
