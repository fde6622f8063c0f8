import { expect, test } from "vitest";
import type { HostCompliance } from "./compliance.ts";
import { complianceReport } from "./compliance-report.ts";

const scope = {
  ...{ selector: "", host: "", policy: "" },
  controls: ["ReportFresh", "DefaultDeny"] as const,
};
const header = {
  ...{ time: "2026-01-02T03:04:05.000Z", requestedBy: "vera", epoch: 1, revision: 3 },
  scope,
};

function host(name: string, ...verdicts: readonly ("PASS" | "FAIL" | "UNKNOWN")[]): HostCompliance {
  return {
    name,
    verdict: verdicts.every((one) => one === "PASS") ? "PASS" : "FAIL",
    controls: verdicts.map((verdict, index) => ({
      ...{ name: scope.controls[index] ?? "", verdict },
      ...{ reason: "", message: "", next: "" },
    })),
    evidence: {
      ...{ rulesetDigest: "", observedTime: "", reportAgeMs: 0, generation: 0 },
      ...{ observedGeneration: 0, agentVersion: "", backend: "" },
    },
  };
}

const good = host("a", "PASS", "PASS");

test.for<{ name: string; hosts: readonly HostCompliance[]; is: readonly [boolean, number] }>([
  { name: "everything passes", hosts: [good], is: [true, 100] },
  { name: "nobody is asked", hosts: [], is: [false, 0] },
  {
    name: "one control of four is unknown",
    hosts: [good, host("b", "PASS", "UNKNOWN")],
    is: [false, 75],
  },
  {
    name: "one of two thousand fails: not 100 yet",
    hosts: [...Array<HostCompliance>(1_499).fill(good), host("b", "PASS", "FAIL")],
    is: [false, 99.9],
  },
])("$name → compliant, score: $is", ({ hosts, is }) => {
  const { compliant, score } = complianceReport(header, hosts);
  expect([compliant, score]).toEqual(is);
});

test("the sums of each control", () => {
  const { controls } = complianceReport(header, [good, host("b", "FAIL", "UNKNOWN")]);
  expect(controls.map(({ name, pass, fail, unknown }) => [name, pass, fail, unknown])).toEqual([
    ["ReportFresh", 1, 1, 0],
    ["DefaultDeny", 1, 0, 1],
  ]);
});
