import { describe, expect, test } from "vitest";
import type { Issue } from "./issue.ts";
import { parseManifests } from "./parse-manifests.ts";
import { validateTree } from "./validate-tree.ts";

function parse(content: string) {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return resources;
}

function line({ severity, place, path, message }: Issue): string {
  return `${severity} ${place === undefined ? "-" : `${String(place.line)}:${String(place.column)}`} ${path}: ${message}`;
}

function policy(name: string, spec: string): string {
  return `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

const office =
  "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: office}\nspec: {cidrs: []}\n";
const fromOffice = "{ingress: {rules: [{action: Allow, from: [{addressGroup: office}]}]}}";

describe("address groups", () => {
  test("a group that is there", () => {
    const parsed = parse(`${policy("a", fromOffice)}---\n${office}`);
    expect(
      validateTree(
        parsed.map(({ resource }) => resource),
        parsed,
      ),
    ).toEqual([]);
  });

  test("a group that is not there, named in a file", () => {
    const parsed = parse(policy("a", fromOffice));
    expect(
      validateTree(
        parsed.map(({ resource }) => resource),
        parsed,
      ).map(line),
    ).toEqual([
      "error 4:64 spec.ingress.rules[0].from[0].addressGroup: AddressGroup/office does not exist: write it, or mend the name",
    ]);
  });

  test("with only the files known, the fleet may have it", () => {
    const parsed = parse(
      policy("a", "{egress: {rules: [{action: Allow, to: [{addressGroup: office}]}]}}"),
    );
    expect(
      validateTree(
        parsed.map(({ resource }) => resource),
        parsed,
        "files",
      ).map(line),
    ).toEqual([
      "warning 4:61 spec.egress.rules[0].to[0].addressGroup: AddressGroup/office is not in these files: apply refuses this unless the fleet has it",
    ]);
  });

  test("a group that is deleted while a stored policy refers to it", () => {
    const stored = parse(policy("a", fromOffice)).map(({ resource }) => resource);
    expect(validateTree(stored, []).map(line)).toEqual([
      "error - spec.ingress.rules[0].from[0].addressGroup: FleetPolicy/a still refers to AddressGroup/office: change or delete that policy first, or in the same call",
    ]);
  });

  test("every place a group can be named at", () => {
    const parsed = parse(
      policy(
        "a",
        "{ingress: {rules: [{action: Deny, from: [{addressGroup: b}]}]}, egress: {rules: [{action: Deny, to: [{addressGroup: c}]}]}, " +
          "internal: {rules: [{action: Deny, from: [{addressGroup: d}], to: [{addressGroup: e}]}]}}",
      ),
    );
    expect(
      validateTree(
        parsed.map(({ resource }) => resource),
        parsed,
      ).map(({ path }) => path),
    ).toEqual([
      "spec.ingress.rules[0].from[0].addressGroup",
      "spec.egress.rules[0].to[0].addressGroup",
      "spec.internal.rules[0].from[0].addressGroup",
      "spec.internal.rules[0].to[0].addressGroup",
    ]);
  });
});

describe("ties", () => {
  const allow = "ingress: {rules: [{action: Allow}]}";
  const deny = "ingress: {rules: [{action: Deny}]}";

  test("are told at the policy that stands in a file", () => {
    const stored = parse(policy("b", `{${deny}}`));
    const parsed = parse(policy("a", `{priority: 500, ${allow}}`));
    const tree = [...parsed, ...stored].map(({ resource }) => resource);
    expect(validateTree(tree, parsed).map(line)).toEqual([
      "warning 4:18 spec.priority: tier Standard and priority 500 are also those of FleetPolicy/b, and both can select the same network: the name decides which is judged first; give them different priorities",
    ]);
    expect(validateTree(tree, [])).toEqual([]);
  });

  test("with many policies are one line", () => {
    const parsed = parse(
      ["a", "b", "c"].map((name) => policy(name, `{${name === "a" ? allow : deny}}`)).join("---\n"),
    );
    const lines = validateTree(
      parsed.map(({ resource }) => resource),
      parsed,
    ).map(line);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(
      "warning 4:7 spec: tier Standard and priority 500 are also those of FleetPolicy/b and 1 more,",
    );
  });

  const hosts = (selector: string) => `hostSelector: {${selector}}`;
  const networks = (selector: string) => `networkSelector: {${selector}}`;
  const expression = (key: string, operator: string, values?: string) =>
    `matchExpressions: [{key: ${key}, operator: ${operator}${values === undefined ? "" : `, values: [${values}]`}}]`;
  test.for<{ why: string; a: string; b: string; tie: boolean }>([
    { why: "everything", a: allow, b: deny, tie: true },
    { why: "another priority", a: allow, b: `${deny}, priority: 499`, tie: false },
    { why: "another tier", a: allow, b: `${deny}, tier: Guardrail`, tie: false },
    {
      why: "rules of one action: their order is nothing",
      a: allow,
      b: `${allow}, egress: {rules: [{action: Deny}]}`,
      tie: false,
    },
    { why: "Deny and Reject", a: deny, b: "ingress: {rules: [{action: Reject}]}", tie: true },
    {
      why: "no rules: defaults come after all rules",
      a: allow,
      b: "ingress: {defaultAction: Deny}",
      tie: false,
    },
    { why: "other directions", a: allow, b: "egress: {rules: [{action: Deny}]}", tie: false },
    {
      why: "a label with another value",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts("matchLabels: {env: dev}")}`,
      tie: false,
    },
    {
      why: "other labels",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts("matchLabels: {role: db}")}`,
      tie: true,
    },
    {
      why: "In of other values",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts(expression("env", "In", "dev, test"))}`,
      tie: false,
    },
    {
      why: "NotIn of the value",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts(expression("env", "NotIn", "prod"))}`,
      tie: false,
    },
    {
      why: "NotIn of another value",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts(expression("env", "NotIn", "dev"))}`,
      tie: true,
    },
    {
      why: "DoesNotExist of a label the other wants",
      a: `${allow}, ${hosts("matchLabels: {env: prod}")}`,
      b: `${deny}, ${hosts(expression("env", "DoesNotExist"))}`,
      tie: false,
    },
    {
      why: "Exists and DoesNotExist",
      a: `${allow}, ${hosts(expression("env", "Exists"))}`,
      b: `${deny}, ${hosts(expression("env", "DoesNotExist"))}`,
      tie: false,
    },
    {
      why: "other network names",
      a: `${allow}, ${networks("names: [a, b]")}`,
      b: `${deny}, ${networks("names: [c]")}`,
      tie: false,
    },
    {
      why: "a common network name",
      a: `${allow}, ${networks("names: [a, b]")}`,
      b: `${deny}, ${networks("names: [b]")}`,
      tie: true,
    },
    {
      why: "a wildcard over the name",
      a: `${allow}, ${networks('names: ["shop_*"]')}`,
      b: `${deny}, ${networks("names: [shop_a]")}`,
      tie: true,
    },
    {
      why: "a wildcard elsewhere",
      a: `${allow}, ${networks('names: ["shop_*"]')}`,
      b: `${deny}, ${networks("names: [web_a]")}`,
      tie: false,
    },
    {
      why: "network labels",
      a: `${allow}, ${networks("matchLabels: {p: x}")}`,
      b: `${deny}, ${networks("matchLabels: {p: y}")}`,
      tie: false,
    },
  ])("$why: $tie", ({ a, b, tie }) => {
    const parsed = parse(`${policy("a", `{${a}}`)}---\n${policy("b", `{${b}}`)}`);
    expect(
      validateTree(
        parsed.map(({ resource }) => resource),
        parsed,
      ),
    ).toHaveLength(tie ? 2 : 0);
  });
});
