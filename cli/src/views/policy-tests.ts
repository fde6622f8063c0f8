import {
  describeTest,
  failureText,
  hostsText,
  isFailure,
  nameOfTest,
  type ParsedResource,
  type PolicyTestOutcome,
  type PolicyTestResult,
} from "@seawall/policy";
import type { JunitCase } from "../junit.ts";
import { printable } from "../printable.ts";
import type { Table } from "../table.ts";

/** A line for each test and each different outcome of it. */
export function testTable(results: readonly PolicyTestResult[]): Table {
  return {
    headers: ["POLICY", "TEST", "PACKETS", "EXPECT", "RESULT", "HOSTS"],
    rows: results.flatMap(({ policy, index, test, cases }) =>
      cases.map((one) =>
        [
          policy,
          nameOfTest(test, index),
          describeTest(test),
          test.expect,
          one.outcome.kind === "Unjudged" ? "Failed" : one.outcome.kind,
          hostsText(one),
        ].map(printable),
      ),
    ),
  };
}

/** The policies' files, by `FleetPolicy/NAME`: where the rule that decides stands. */
export type PolicyFiles = ReadonlyMap<string, ParsedResource>;

/** The results as one JSON document. */
export function testDocument(results: readonly PolicyTestResult[], files: PolicyFiles) {
  return {
    apiVersion: "seawall/v1",
    kind: "PolicyTestResultList",
    items: results.map((result) => ({
      policy: result.policy,
      name: nameOfTest(result.test, result.index),
      index: result.index,
      test: result.test,
      passed: !result.cases.some(({ outcome }) => isFailure(outcome)),
      cases: result.cases.map(({ outcome, hosts }) => ({
        hosts,
        imagined: hosts.length === 0,
        ...outcome,
        ...(isFailure(outcome) ? { message: failureText(result, outcome, files) } : {}),
      })),
    })),
  };
}

/** A case for each test on each host. */
export function junitCases(
  results: readonly PolicyTestResult[],
  files: PolicyFiles,
): readonly JunitCase[] {
  return results.flatMap((result) =>
    result.cases.flatMap(({ outcome, hosts }) =>
      (hosts.length === 0 ? ["imagined host"] : hosts).map((host) => ({
        suite: `FleetPolicy/${result.policy}`,
        name: `${nameOfTest(result.test, result.index)} on ${host}`,
        ...ending(result, outcome, files),
      })),
    ),
  );
}

function ending(result: PolicyTestResult, outcome: PolicyTestOutcome, files: PolicyFiles) {
  if (outcome.kind === "Skipped") return { skipped: outcome.reason };
  return isFailure(outcome) ? { failure: failureText(result, outcome, files) } : {};
}
