import type { LabelExpression, LabelSelector, Labels } from "./label-selector.ts";

/** Kubernetes' semantics: `NotIn` and `DoesNotExist` hold for a missing label; an absent or empty selector selects everything. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Labels): boolean {
  return (
    Object.entries(selector?.matchLabels ?? {}).every(
      ([key, value]) => labelOf(labels, key) === value,
    ) &&
    (selector?.matchExpressions ?? []).every((expression) =>
      matchesExpression(expression, labelOf(labels, expression.key)),
    )
  );
}

function matchesExpression(expression: LabelExpression, value: string | undefined): boolean {
  switch (expression.operator) {
    case "In":
      return value !== undefined && expression.values.includes(value);
    case "NotIn":
      return value === undefined || !expression.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

// A label named "constructor" is a label, not Object's.
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** `*` stands for any number of characters, everything else for itself. Absent patterns match every name. */
export function matchesName(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, name));
}

// Between the fixed ends each part is taken where it first fits: a later place
// cannot help the parts behind it, so nothing is ever tried twice.
function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes("*")) return pattern === name;
  const [prefix = "", ...rest] = pattern.split("*");
  const suffix = rest.pop() ?? "";
  const end = name.length - suffix.length;
  if (prefix.length > end || !name.startsWith(prefix) || !name.endsWith(suffix)) {
    return false;
  }
  let from = prefix.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) {
      return false;
    }
    from = at + part.length;
  }
  return true;
}
