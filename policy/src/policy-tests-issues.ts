import type { Direction } from "./desired-state.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import { defaultRuleName } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import {
  isFailure,
  type PolicyTestCase,
  type PolicyTestOutcome,
  type PolicyTestResult,
} from "./policy-tests.ts";
import { describeTest, nameOfTest } from "./policy-tests-words.ts";
import { resourceKey } from "./resource.ts";

/** Hosts that a message names; of the others it gives the number. */
const SHOWN_HOSTS = 3;

/**
 * Every test that does not hold, at its place where its policy stands in one of the files. One that no policy
 * could make hold on a host is a warning: to refuse the change would leave the others unprotected too.
 * `before` are the results of the same hosts without the change: a test outside the files
 * that the change makes fail nowhere new is a warning, because other changes must stay possible.
 */
export function policyTestIssues(
  results: readonly PolicyTestResult[],
  parsed: readonly ParsedResource[],
  before: () => readonly PolicyTestResult[] = () => [],
): readonly Issue[] {
  const files = new Map(parsed.map((item) => [resourceKey(item.resource), item]));
  const failing = results.filter(({ cases }) => cases.some(({ outcome }) => isFailure(outcome)));
  if (failing.length === 0) {
    return [];
  }
  const failedBefore = new Set(before().flatMap(failures));
  return failing.flatMap((result) => {
    const file = files.get(`FleetPolicy/${result.policy}`);
    const path = ["spec", "tests", result.index];
    const isOld = file === undefined && failures(result).every((line) => failedBefore.has(line));
    const place = file === undefined ? {} : { place: file.locate(path) };
    return result.cases
      .filter(({ outcome }) => isFailure(outcome))
      .map(
        (failure): Issue => ({
          ...place,
          severity: isOld || failure.outcome.kind === "Ungoverned" ? "warning" : "error",
          path: formatPath(path),
          message: `${file === undefined ? `FleetPolicy/${result.policy}: ` : ""}test ${nameOfTest(result.test, result.index)} ${isOld ? "failed before and still fails" : "fails"} on ${hostsText(failure)}: ${failureText(result, failure.outcome, files)}`,
        }),
      );
  });
}

/** What was expected, what it is, and what decides; with the place of that rule where it stands in a file. */
export function failureText(
  { test }: Pick<PolicyTestResult, "test">,
  outcome: PolicyTestOutcome,
  files: ReadonlyMap<string, ParsedResource> = new Map(),
): string {
  if (outcome.kind === "Passed") {
    return "";
  }
  if (outcome.kind !== "Failed" && outcome.kind !== "Ungoverned") {
    return outcome.reason;
  }
  const of = outcome.packet === describeTest(test) ? "" : `, one of ${describeTest(test)},`;
  const must = `${outcome.packet}${of} must be ${test.expect}`;
  return outcome.kind === "Ungoverned"
    ? `${must}, and no policy governs it: ${outcome.reason}`
    : `${must} and is ${outcome.actual}: ${causeText(outcome, files)}`;
}

/** The hosts of a case, for people. */
export function hostsText({ hosts }: PolicyTestCase): string {
  if (hosts.length === 0) {
    return "an imagined host";
  }
  const more = hosts.length - SHOWN_HOSTS;
  const shown = hosts.slice(0, SHOWN_HOSTS).join(", ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}

function causeText(
  { decidedBy, held, toHost, outside }: Extract<PolicyTestOutcome, { kind: "Failed" }>,
  files: ReadonlyMap<string, ParsedResource>,
): string {
  if (held === true) {
    return "an address of a bridge that is no known container's is held";
  }
  if (decidedBy === undefined) {
    if (outside === true) {
      return "no rule matches and no policy that selects an interface it goes by denies by default";
    }
    const speaking = `selects the network${toHost === true ? " and says `host: true`" : ""}`;
    return `no rule matches and no policy that ${speaking} denies by default`;
  }
  const { policy, rule, direction } = decidedBy;
  const key = `FleetPolicy/${policy}`;
  const file = files.get(key);
  const place = file?.locate(placeOf(file, direction, rule));
  const at =
    place === undefined ? "" : ` (${place.file}:${String(place.line)}:${String(place.column)})`;
  return rule === defaultRuleName
    ? `the ${direction} defaultAction of ${key}${at} decides`
    : `${direction} rule ${rule} of ${key}${at} decides`;
}

function placeOf({ resource }: ParsedResource, direction: Direction, rule: string): FieldPath {
  const path = ["spec", direction];
  if (resource.kind !== "FleetPolicy" || rule === defaultRuleName) {
    return [...path, "defaultAction"];
  }
  const rules = resource.spec[direction]?.rules ?? [];
  const named = rules.findIndex(({ name }) => name === rule);
  const index = named >= 0 ? named : Number(/^rules\[(\d+)\]$/.exec(rule)?.[1] ?? 0);
  return [...path, "rules", index];
}

function failures({ policy, test, cases }: PolicyTestResult): readonly string[] {
  const what = JSON.stringify([policy, test]);
  return cases
    .filter(({ outcome }) => isFailure(outcome))
    .flatMap(({ hosts }) => (hosts.length === 0 ? [what] : hosts.map((host) => `${what} ${host}`)));
}
