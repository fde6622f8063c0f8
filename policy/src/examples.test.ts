import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { describeDesired } from "./describe-desired.ts";
import { jsonSchema } from "./json-schema.ts";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { policyTestIssues } from "./policy-tests-issues.ts";
import { unsupportedIssues } from "./unsupported.ts";
import { validateTree } from "./validate-tree.ts";

const root = fileURLToPath(new URL("../../examples/", import.meta.url));

function filesOf(example: string) {
  return readdirSync(`${root}${example}`).map((name) => ({
    name: `${example}/${name}`,
    content: readFileSync(`${root}${example}/${name}`, "utf8"),
  }));
}

const examples = readdirSync(root).filter((name) => name !== "schema");

describe.for(examples)("%s", (example) => {
  const files = filesOf(example);
  const { resources, issues } = parseManifests(files);
  const tree = resources.map(({ resource }) => resource);

  test("is valid, complete and enforced, without a warning", () => {
    expect([
      ...issues,
      ...resources.flatMap(unsupportedIssues),
      ...validateTree(tree, resources),
      ...lint(tree, resources),
      ...policyTestIssues(judgePolicyTests(tree, []), resources),
    ]).toEqual([]);
  });

  test("names the schema for editors", () => {
    for (const { content } of files) {
      expect(content).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/schema\/seawall\.schema\.json\n/,
      );
    }
  });
});

test("protect-mysql closes the database to everybody but the office, on production hosts only", () => {
  const { resources } = parseManifests(filesOf("protect-mysql"));
  const tree = resources.map(({ resource }) => resource);
  const rules = (env: string) =>
    describeDesired(compile(tree, [], { name: "shop-01", labels: { env }, mode: "Enforce" }));
  expect(rules("prod")).toEqual([
    "protect-mysql: Standard, priority 500, on shop_backend",
    "protect-mysql ingress office-to-mysql: Allow from 198.51.100.0/24, 2001:db8:7::/48 to TCP/3306 on shop_backend",
    "protect-mysql ingress default: Deny on shop_backend",
  ]);
  expect(rules("dev")).toEqual([]);
});

test("all examples fit together", () => {
  const { resources, issues } = parseManifests(examples.flatMap(filesOf));
  expect(issues).toEqual([]);
  expect(
    validateTree(
      resources.map(({ resource }) => resource),
      resources,
    ),
  ).toEqual([]);
});

test("the schema beside them is that of this version", () => {
  const stored: unknown = JSON.parse(readFileSync(`${root}schema/seawall.schema.json`, "utf8"));
  expect(
    stored,
    "run: npx --no-install seawall schema > examples/schema/seawall.schema.json && npm run fix",
  ).toEqual(jsonSchema());
});
