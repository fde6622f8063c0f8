import { expect, test } from "vitest";
import { factsOfHost } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { policyTestIssues } from "./policy-tests-issues.ts";

function parse(name: string, content: string) {
  const { resources, issues } = parseManifests([{ name, content }]);
  expect(issues).toEqual([]);
  return resources;
}

const closed = parse(
  "closed.yaml",
  `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec:
  ingress: {defaultAction: Deny}
  tests:
    - {name: nobody, from: 192.0.2.1, to: {network: db, port: 1}, expect: Deny}
`,
);
const open = parse(
  "open.yaml",
  `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: open}
spec:
  ingress:
    rules:
      - {action: Allow, ports: [{port: 1}]}
`,
);

const judge = (...parsed: (typeof open)[]) =>
  judgePolicyTests(
    parsed.flat().map(({ resource }) => resource),
    [],
  );
const lines = (issues: ReturnType<typeof policyTestIssues>) =>
  issues.map(
    ({ severity, place, path, message }) =>
      `${severity} ${place === undefined ? "-" : `${place.file}:${String(place.line)}:${String(place.column)}`} ${path}: ${message}`,
  );
const why =
  "on an imagined host: 192.0.2.1 to db TCP/1 must be Deny and is Allow: ingress rule rules[0] of FleetPolicy/open";

test("passing tests say nothing", () => {
  expect(policyTestIssues(judge(closed), closed)).toEqual([]);
});

test("what no policy governs on a host is a warning", () => {
  const networks = [{ name: "db", driver: "macvlan" }];
  const host = factsOfHost({ metadata: { name: "a" }, status: { networks } });
  const results = judgePolicyTests(
    closed.map(({ resource }) => resource),
    [host],
  );
  expect(lines(policyTestIssues(results, closed))).toEqual([
    "warning closed.yaml:7:7 spec.tests[0]: test nobody fails on a: 192.0.2.1 to db TCP/1 must be Deny, and no policy governs it: traffic of networks of driver macvlan passes no bridge of this host: db; use a network of driver bridge, or filter where that traffic passes",
  ]);
});

test("a test and the rule that decides, each with its place", () => {
  expect(lines(policyTestIssues(judge(closed, open), [...closed, ...open]))).toEqual([
    `error closed.yaml:7:7 spec.tests[0]: test nobody fails ${why} (open.yaml:7:9) decides`,
  ]);
});

test("a new policy that breaks the test of one that is there already", () => {
  expect(lines(policyTestIssues(judge(closed, open), open, () => judge(closed)))).toEqual([
    `error - spec.tests[0]: FleetPolicy/closed: test nobody fails ${why} (open.yaml:7:9) decides`,
  ]);
});

test("what failed before refuses only changes of its own policy", () => {
  const results = judge(closed, open);
  expect(lines(policyTestIssues(results, [], () => results))).toEqual([
    `warning - spec.tests[0]: FleetPolicy/closed: test nobody failed before and still fails ${why} decides`,
  ]);
  expect(policyTestIssues(results, closed, () => results)).toMatchObject([{ severity: "error" }]);
});
