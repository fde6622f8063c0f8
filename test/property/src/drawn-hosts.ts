import fc from "fast-check";
import { manifests } from "./drawn-policies.ts";
import type { DrawnHost } from "./drawn-state.ts";
import { views } from "./drawn-view.ts";

export const drawnHosts: fc.Arbitrary<DrawnHost> = fc.record({
  documents: manifests,
  view: views,
  labels: fc.constantFrom({}, { role: "app" }, { role: "db" }),
  ipset: fc.constantFrom("available", "missing"),
  mode: fc.oneof(
    { weight: 9, arbitrary: fc.constant("Enforce" as const) },
    { weight: 1, arbitrary: fc.constant("Audit" as const) },
  ),
});
