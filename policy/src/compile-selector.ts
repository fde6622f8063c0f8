import type { DockerSelector } from "./desired-state.ts";
import type { FleetPolicySpec } from "./fleet-policy.ts";
import type { LabelExpression, LabelSelector } from "./label-selector.ts";

export type SelectorSpec = NonNullable<FleetPolicySpec["networkSelector"]>;

/** Equal selectors become equal text. */
export function compileSelector({ names, ...labels }: SelectorSpec): DockerSelector {
  const hasLabels = labels.matchLabels !== undefined || labels.matchExpressions !== undefined;
  return {
    ...(names === undefined ? {} : { names: [...new Set(names)].toSorted() }),
    ...(hasLabels ? { labels: canonicalSelector(labels) } : {}),
  };
}

function canonicalSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  return {
    ...(matchLabels === undefined
      ? {}
      : { matchLabels: Object.fromEntries(Object.entries(matchLabels).toSorted(byText)) }),
    ...(matchExpressions === undefined
      ? {}
      : { matchExpressions: matchExpressions.map(canonicalExpression).toSorted(byText) }),
  };
}

function canonicalExpression(expression: LabelExpression): LabelExpression {
  return "values" in expression
    ? {
        key: expression.key,
        operator: expression.operator,
        values: [...new Set(expression.values)].toSorted(),
      }
    : { key: expression.key, operator: expression.operator };
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
