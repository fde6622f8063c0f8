import type { LabelExpression, LabelSelector } from "./label-selector.ts";
import { quoted } from "./quoted.ts";

export type SelectorParsed =
  | { readonly ok: true; readonly selector: LabelSelector }
  | { readonly ok: false; readonly message: string };

const LONGEST = 4096;

// Freer than the syntax of our own labels: Docker's labels of networks are selected with it too.
const SET = /^(?<key>[^\s=!()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]+)\)$/;
const EQUALITY = /^(?<key>[^\s=!()]+)\s*(?<operator>==?|!=)\s*(?<value>[^\s=!()]*)$/;
const EXISTENCE = /^(?<not>!?)\s*(?<key>[^\s=!()]+)$/;

/** Reads kubectl's `-l`: `key=value,key!=value,key in (a,b),key notin (a),key,!key`. Empty text selects everything. */
export function parseSelector(text: string): SelectorParsed {
  if (text.trim() === "") {
    return { ok: true, selector: {} };
  }
  if (text.length > LONGEST) {
    return { ok: false, message: `a label selector has at most ${String(LONGEST)} characters` };
  }
  const expressions: LabelExpression[] = [];
  for (const term of splitTerms(text)) {
    const expression = parseTerm(term.trim());
    if (expression === undefined) {
      return {
        ok: false,
        message: `${quoted(term.trim())} is not a label selector: write key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
      };
    }
    expressions.push(expression);
  }
  return { ok: true, selector: { matchExpressions: expressions } };
}

/** For people, in the form that `parseSelector` reads; empty for a selector that selects everything. */
export function formatSelector(selector: LabelSelector | undefined): string {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(selector?.matchExpressions ?? []).map(formatExpression),
  ].join(",");
}

// Commas separate terms, except inside parentheses.
function splitTerms(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseTerm(term: string): LabelExpression | undefined {
  const set = SET.exec(term)?.groups;
  if (set !== undefined) {
    const values = (set["values"] ?? "").split(",").map((value) => value.trim());
    return { key: set["key"] ?? "", operator: set["operator"] === "in" ? "In" : "NotIn", values };
  }
  const equality = EQUALITY.exec(term)?.groups;
  if (equality !== undefined) {
    return {
      key: equality["key"] ?? "",
      operator: equality["operator"] === "!=" ? "NotIn" : "In",
      values: [equality["value"] ?? ""],
    };
  }
  const existence = EXISTENCE.exec(term)?.groups;
  if (existence !== undefined) {
    return {
      key: existence["key"] ?? "",
      operator: existence["not"] === "!" ? "DoesNotExist" : "Exists",
    };
  }
  return undefined;
}

function formatExpression(expression: LabelExpression): string {
  switch (expression.operator) {
    case "Exists":
      return expression.key;
    case "DoesNotExist":
      return `!${expression.key}`;
    case "In":
    case "NotIn": {
      const [only, ...more] = expression.values;
      if (only !== undefined && more.length === 0) {
        return `${expression.key}${expression.operator === "In" ? "=" : "!="}${only}`;
      }
      return `${expression.key} ${expression.operator === "In" ? "in" : "notin"} (${expression.values.join(",")})`;
    }
  }
}
