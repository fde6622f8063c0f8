import { describe, expect, test } from "vitest";
import { manifestLimits, parseManifests } from "./parse-manifests.ts";

function issuesOf(content: string): readonly string[] {
  return parseManifests([{ name: "p.yaml", content }]).issues.map(({ place, path, message }) =>
    place === undefined
      ? message
      : `${String(place.line)}:${String(place.column)} ${path}${path === "" ? "" : ": "}${message}`,
  );
}

describe("YAML that is not read", () => {
  test.for([
    [
      "a: [1\nb: 2",
      "2:1 not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["\ta: 1", "1:1 not valid YAML: Tabs are not allowed as indentation"],
    ["a: 1\na: 2", "2:1 a: stands here a second time: remove one (the first is at line 1)"],
    ['a: 1\n"a": 2', "2:1 a: stands here a second time: remove one (the first is at line 1)"],
    [
      "a: {b: 1, c: {d: 1, d: 1}}",
      "1:21 a.c.d: stands here a second time: remove one (the first is at line 1)",
    ],
    ["a: !!str 5", '1:4 YAML tags are not read: remove "!!str"; quote a value to make it text'],
    ["a: !foo {b: 1}", '1:4 YAML tags are not read: remove "!foo"; quote a value to make it text'],
    ["%YAML 1.1\n---\na: yes", '1:1 YAML directives are not read: remove "%YAML 1.1"'],
    ["1: a", "1:1 has a field name that is not text: quote it"],
    ["a:\n  true: b", "2:3 a: has a field name that is not text: quote it"],
    ["? [a]\n: b", "1:3 has a field name that is not text: quote it"],
    ["a: *b", '1:4 a: no anchor "b" stands before this alias'],
    [
      "a: &a [*a]",
      "1:8 a[0]: aliases repeat more than 1000 values: write the values out, or put them into an AddressGroup",
    ],
    ["__proto__: {a: 1}", "1:1 has a field name that is not text: quote it"],
  ])("%j: %s", ([content, line]) => {
    expect(issuesOf(content ?? "")).toEqual([line]);
  });

  test("what looks like a tag or an alias inside text is text", () => {
    const notes = ['"!tag *alias %directive"', "'!!str'", "|\n      !block\n      %block"];
    for (const note of notes) {
      expect(
        issuesOf(`apiVersion: seawall/v1
kind: AddressGroup
metadata:
  name: a
  annotations:
    note: ${note}
spec: {cidrs: []}`),
      ).toEqual([]);
    }
  });

  test("a message never carries a line break or an escape sequence into the terminal", () => {
    for (const content of [
      "a: \u001b[31m[\nb",
      '"\u001b]0;x\u0007": 1',
      'apiVersion: seawall/v1\nkind: "\\e[2J\\n"',
      "a: 1\n\u0007b",
      '"\u009b2J": 1',
      `apiVersion: "${"\u009b".repeat(50)}"`,
    ]) {
      for (const line of issuesOf(content)) {
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }
  });
});

describe("limits", () => {
  const group = (cidrs: string) =>
    `apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: a}\nspec:\n  cidrs:\n${cidrs}`;

  test("a file of more than 1 MiB is not even read", () => {
    const content = `# ${"ä".repeat(manifestLimits.file / 2)}`;
    expect(issuesOf(content)).toEqual([
      "1:1 has 1048578 bytes: a file may have at most 1048576; split it",
    ]);
  });

  test("an object of more than 256 KiB", () => {
    const cidrs = Array.from(
      { length: 20_000 },
      (_, index) => `    - 10.${String(index >> 8)}.${String(index & 255)}.0/24\n`,
    ).join("");
    expect(issuesOf(group(cidrs))).toEqual([
      "1:1 has 328910 bytes: an object may have at most 262144; split it",
    ]);
  });

  test("a group of 10,000 CIDRs is fine", () => {
    const cidrs = Array.from(
      { length: 10_000 },
      (_, index) => `    - 10.${String(index >> 8)}.${String(index & 255)}.0/24\n`,
    ).join("");
    expect(issuesOf(group(cidrs))).toEqual([]);
  });

  test("the 2001st object, over all files", () => {
    const files = ["a", "b", "c"].map((file) => ({
      name: `${file}.yaml`,
      content: Array.from(
        { length: 700 },
        (_, index) =>
          `{apiVersion: seawall/v1, kind: AddressGroup, metadata: {name: ${file}${String(index)}}, spec: {cidrs: []}}\n`,
      ).join("---\n"),
    }));
    const { issues } = parseManifests(files);
    expect(issues).toEqual([
      {
        severity: "error",
        place: { file: "c.yaml", line: 1201, column: 1 },
        path: "",
        message: "is object 2001: at most 2000 objects are taken",
      },
    ]);
  });

  test("more than a hundred issues are counted, not told", () => {
    const lines = issuesOf(
      Array.from({ length: 150 }, (_, index) => `a: ${String(index)}\n`).join("---\n"),
    );
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe("and 50 more: mend these first");
  });

  test.for([
    ["nesting in flow", "[".repeat(manifestLimits.file), "1:64 is nested deeper than 64 levels"],
    [
      "nesting of lists",
      "- ".repeat(manifestLimits.file / 2),
      "1:127 is nested deeper than 64 levels",
    ],
    [
      "nesting of keys",
      "? ".repeat(manifestLimits.file / 2),
      "1:127 is nested deeper than 64 levels",
    ],
    [
      "a flood of commas",
      `[${",".repeat(manifestLimits.file - 1)}`,
      "1:500001 has too many parts for a manifest: split it",
    ],
    [
      "a flood of documents",
      "---\n".repeat(manifestLimits.file / 4),
      "250001:1 has too many parts for a manifest: split it",
    ],
    [
      "a flood of anchors",
      "&a ".repeat(manifestLimits.file / 3),
      "1:750001 has too many parts for a manifest: split it",
    ],
  ])("%s ends quickly", ([, content, line]) => {
    const start = performance.now();
    const lines = issuesOf(content ?? "");
    expect(lines[0]).toBe(line);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("aliases that multiply are stopped at the first that is too much", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (const [name, inner] of ["ba", "cb", "dc", "ed", "fe", "gf", "hg", "ih"]) {
      bomb.push(
        `${String(name)}: &${String(name)} [${Array(10)
          .fill(`*${String(inner)}`)
          .join(",")}]`,
      );
    }
    expect(issuesOf(bomb.join("\n"))).toEqual([
      "3:29 c[7]: aliases repeat more than 1000 values: write the values out, or put them into an AddressGroup",
    ]);
  });
});
