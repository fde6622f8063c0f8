import {
  hostOptionsOf,
  type Limit,
  type ResolvedPolicy,
  type ResolvedState,
} from "@seawall/policy";
import { expect, test } from "vitest";
import { policyStatuses } from "./observations.ts";

const selecting = { networks: ["shop"], unenforceable: [] };

function limit(message: string): Limit {
  return { path: "docker-proxy", reason: "R", message, advice: "", policies: ["p"] };
}

interface Case {
  readonly name: string;
  readonly policy?: Partial<ResolvedPolicy>;
  readonly limits?: readonly Limit[];
  readonly audited?: boolean;
  readonly is: string;
}

test.for<Case>([
  { name: "all of it", is: "Enforced " },
  { name: "no network", policy: { networks: [] }, is: "SelectsNothing " },
  { name: "no container", policy: { containers: [] }, is: "SelectsNothing " },
  { name: "a container", policy: { containers: ["web"] }, is: "Enforced " },
  { name: "another policy's limit", limits: [{ ...limit("a"), policies: ["q"] }], is: "Enforced " },
  { name: "a limit", limits: [limit("a"), limit("b")], is: "PartiallyEnforced a; b" },
  {
    name: "a limit and no network: what it means is there, out of reach",
    policy: { networks: [] },
    limits: [limit("a")],
    is: "PartiallyEnforced a",
  },
  {
    name: "many limits",
    limits: ["a", "b", "c", "d", "e"].map(limit),
    is: "PartiallyEnforced a; b; c; 2 more limits",
  },
  { name: "in Audit", audited: true, limits: [limit("a")], is: "Audited a" },
  {
    name: "in Audit, no network",
    audited: true,
    policy: { networks: [] },
    is: "SelectsNothing ",
  },
])("$name: $is", ({ policy, limits = [], audited = false, is }) => {
  const state: ResolvedState = {
    ...{ bridges: [], interfaces: [], known: [], dockerBridges: [] },
    policies: [{ name: "p", ...selecting, ...policy }],
    bindings: [],
    management: [],
    options: hostOptionsOf(),
  };
  const [status] = policyStatuses(state, limits, new Set(audited ? ["p"] : []));
  expect(`${status?.reason ?? ""} ${status?.message ?? ""}`).toBe(is);
});
