import type { SelectorSpec } from "./compile-selector.ts";
import type { LabelExpression, LabelSelector, Labels } from "./label-selector.ts";

/** Reports whether no network, and no container, can be selected by both. Not sure is no. */
export function excludeSelectors(
  a: SelectorSpec | undefined,
  b: SelectorSpec | undefined,
): boolean {
  return excludeLabels(a, b) || excludeNames(a?.names, b?.names);
}

/** Reports whether nothing can match both, judged by each label on its own. */
export function excludeLabels(a: LabelSelector | undefined, b: LabelSelector | undefined): boolean {
  const all = [...expressionsOf(a), ...expressionsOf(b)];
  return all.some((one) => all.some((other) => one.key === other.key && contradict(one, other)));
}

function expressionsOf(selector: LabelSelector | undefined): readonly LabelExpression[] {
  const pairs: Labels = selector?.matchLabels ?? {};
  return [
    ...Object.entries(pairs).map(
      ([key, value]): LabelExpression => ({ key, operator: "In", values: [value] }),
    ),
    ...(selector?.matchExpressions ?? []),
  ];
}

function contradict(one: LabelExpression, other: LabelExpression): boolean {
  if (one.operator === "DoesNotExist") {
    return other.operator === "Exists" || other.operator === "In";
  }
  if (one.operator !== "In") {
    return false;
  }
  return (
    (other.operator === "In" && !one.values.some((value) => other.values.includes(value))) ||
    (other.operator === "NotIn" && one.values.every((value) => other.values.includes(value)))
  );
}

// Patterns are taken to overlap whenever one has a wildcard and their fixed beginnings agree.
function excludeNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    !a.some((one) => b.some((other) => canMatchSame(one, other)))
  );
}

function canMatchSame(a: string, b: string): boolean {
  const [left = "", ...leftMore] = a.split("*");
  const [right = "", ...rightMore] = b.split("*");
  if (leftMore.length === 0 && rightMore.length === 0) {
    return a === b;
  }
  return left.startsWith(right) || right.startsWith(left);
}
