import { parseManifests, viewOfNetworks } from "@seawall/policy";
import { expect, test } from "vitest";
import { planApply, planDelete } from "./change-set.ts";
import { fleetIssues } from "./fleet-issues.ts";

function parse(name: string, spec: string) {
  return parseManifests([
    {
      name: `${name}.yaml`,
      content: `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`,
    },
  ]).resources;
}

const host = {
  name: "db-1",
  labels: {},
  mode: "Enforce",
  addresses: [],
  view: viewOfNetworks([
    {
      id: "1",
      name: "db",
      driver: "bridge",
      bridge: "br-1",
      subnets: [],
      labels: {},
      internal: false,
    },
  ]),
} as const;
const fleet = { hosts: [host], controller: { ports: [] } };
const own = (files: ReturnType<typeof parse>) => files.map(({ resource }) => resource);

const tested = parse(
  "tested",
  "{ingress: {}, tests: [{from: 192.0.2.1, to: {network: db}, expect: Deny}]}",
);
const closed = parse("closed", "{networkSelector: {names: [db]}, ingress: {defaultAction: Deny}}");
const both = planApply(new Map(), own([...tested, ...closed]));

test("a delete that makes the test of another policy fail", () => {
  const plan = planDelete(both.next, ["FleetPolicy/closed"]);
  const next = plan.ok ? plan.set.next : new Map();
  expect(fleetIssues(both.next, next, [], fleet)).toMatchObject([
    {
      severity: "error",
      path: "spec.tests[0]",
      message: expect.stringContaining("FleetPolicy/tested: test tests[0] fails on db-1") as string,
    },
  ]);
});

test("a change that leaves a failing test as it was is warned of, not refused", () => {
  const failing = planApply(new Map(), own(tested));
  const { next } = planApply(failing.next, own(parse("other", "{egress: {}}")));
  expect(fleetIssues(failing.next, next, [], fleet)).toMatchObject([
    {
      severity: "warning",
      message: expect.stringContaining("failed before and still fails on db-1") as string,
    },
  ]);
});

test("what the selectors in the files find on these hosts", () => {
  const files = parse("typo", "{networkSelector: {names: [bd]}, ingress: {}}");
  const { next } = planApply(both.next, own(files));
  expect(fleetIssues(both.next, next, files, fleet)).toMatchObject([
    { severity: "warning", path: "spec.networkSelector" },
  ]);
});
