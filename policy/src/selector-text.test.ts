import { expect, test } from "vitest";
import type { LabelExpression } from "./label-selector.ts";
import { formatSelector, parseSelector } from "./selector-text.ts";

test.for<[string, LabelExpression[], string?]>([
  ["env=prod", [{ key: "env", operator: "In", values: ["prod"] }]],
  ["env==prod", [{ key: "env", operator: "In", values: ["prod"] }], "env=prod"],
  ["env!=prod", [{ key: "env", operator: "NotIn", values: ["prod"] }]],
  ["env=", [{ key: "env", operator: "In", values: [""] }]],
  ["role in (db,web)", [{ key: "role", operator: "In", values: ["db", "web"] }]],
  ["role in(db)", [{ key: "role", operator: "In", values: ["db"] }], "role=db"],
  [
    "role notin ( db , web )",
    [{ key: "role", operator: "NotIn", values: ["db", "web"] }],
    "role notin (db,web)",
  ],
  ["canary", [{ key: "canary", operator: "Exists" }]],
  ["!canary", [{ key: "canary", operator: "DoesNotExist" }]],
  ["in", [{ key: "in", operator: "Exists" }]],
  [
    "com.docker.compose.project=shop , !x",
    [
      { key: "com.docker.compose.project", operator: "In", values: ["shop"] },
      { key: "x", operator: "DoesNotExist" },
    ],
    "com.docker.compose.project=shop,!x",
  ],
  [
    "a in (x,y),b=1",
    [
      { key: "a", operator: "In", values: ["x", "y"] },
      { key: "b", operator: "In", values: ["1"] },
    ],
  ],
  ["dir=/srv/shop", [{ key: "dir", operator: "In", values: ["/srv/shop"] }]],
])("%s", ([text, matchExpressions, written]) => {
  const parsed = parseSelector(text);
  expect(parsed).toEqual({ ok: true, selector: { matchExpressions } });
  expect(formatSelector({ matchExpressions })).toBe(written ?? text);
});

test("empty text selects everything and is written as empty text", () => {
  expect(parseSelector(" ")).toEqual({ ok: true, selector: {} });
  expect(formatSelector(undefined)).toBe("");
  expect(formatSelector({})).toBe("");
});

test("matchLabels are written as pairs", () => {
  expect(
    formatSelector({
      matchLabels: { env: "prod" },
      matchExpressions: [{ key: "a", operator: "Exists" }],
    }),
  ).toBe("env=prod,a");
});

test.for([
  ["env=prod,", '""'],
  ["a b", '"a b"'],
  ["=prod", '"=prod"'],
  ["a=b=c", '"a=b=c"'],
  ["!a=b", '"!a=b"'],
  ["a in ()", '"a in ()"'],
  ["a in b", '"a in b"'],
  ["a in (b", '"a in (b"'],
  ["a in (b))", '"a in (b))"'],
])("%s is refused, naming the term", ([text, term]) => {
  expect(parseSelector(text ?? "")).toEqual({
    ok: false,
    message: `${term} is not a label selector: write key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
  });
});

test("a very long selector is refused before it costs anything", () => {
  expect(parseSelector("a,".repeat(5000))).toEqual({
    ok: false,
    message: "a label selector has at most 4096 characters",
  });
});
