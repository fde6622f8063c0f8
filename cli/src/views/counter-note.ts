import type { HostDocument } from "@seawall/policy";

type Counter = HostDocument["status"]["counters"][number];

/** What a counter counts, where it is not what the rule has decided. */
export function counterNote({ audited, guard }: Counter): string {
  if (audited) return "would deny";
  return guard ? "got past filter, dropped behind it" : "";
}

/** Nothing that got past filter is as it should be. */
export function isWorthShowing({ guard, packets }: Counter): boolean {
  return !guard || packets > 0;
}
