import type { RolloutStrategyDocument } from "@seawall/policy";
import { type Column, list } from "./column.ts";
import { fields, section } from "./describe.ts";

export const rolloutStrategyColumns: readonly Column<RolloutStrategyDocument>[] = [
  { header: "NAME", cell: ({ metadata }) => metadata.name },
  { header: "WAVES", cell: ({ spec }) => list((spec.waves ?? []).map(({ name }) => name)) },
  { header: "MAX UNAVAILABLE", cell: maxUnavailable },
  { header: "FAILURE BUDGET", cell: ({ spec }) => String(spec.failureBudget ?? 0) },
];

function maxUnavailable({ spec }: RolloutStrategyDocument): string {
  return String(spec.maxUnavailable ?? "100%");
}

export function describeRolloutStrategy(strategy: RolloutStrategyDocument): string {
  const { metadata, spec } = strategy;
  const head = fields([
    ["Name", metadata.name],
    ["Max unavailable", maxUnavailable(strategy)],
    ["Failure budget", String(spec.failureBudget ?? 0)],
    ["Gates", list(spec.gates ?? [])],
  ]);
  const rows = (spec.waves ?? []).map(({ name, percent, soak, approval }) => [
    ...[name, percent === undefined ? "" : `${percent}%`, soak ?? "", approval ?? ""],
  ]);
  return head + section("Waves", { headers: ["NAME", "PERCENT", "SOAK", "APPROVAL"], rows });
}
