import { expect, test } from "vitest";
import { parseAddress } from "./cidr.ts";
import type { RuleAction, Tier } from "./desired-state.ts";
import type { ResolvedDirection } from "./resolved-state.ts";
import { simulate } from "./simulate.ts";

function judged(rules: string, defaults: Omit<ResolvedDirection, "rules">) {
  const ingress: ResolvedDirection = {
    rules: rules
      .split(" ")
      .filter((word) => word !== "")
      .map((word, index) => {
        const [tier = "", action = ""] = word.split(":");
        return {
          policy: "p",
          rule: `r${String(index)}`,
          tier: tier as Tier,
          action: action as RuleAction,
        };
      }),
    ...defaults,
  };
  const verdict = simulate(
    { bridges: [{ networkId: "1", network: "shop", bridge: "br-1", ingress }], policies: [] },
    { protocol: "ICMP", source: address, destination: address, in: "eth0", out: "br-1" },
  );
  const [{ decidedBy, passedBy = [] } = {}] = verdict.judgements;
  return [verdict.action, decidedBy?.rule, ...passedBy.map(({ rule }) => rule)];
}

const parsed = parseAddress("192.0.2.1");
if (!parsed.ok) throw new Error(parsed.message);
const { address } = parsed;

const open = { defaultAction: "Allow" } as const;
const closed = { defaultAction: "Deny", defaultPolicy: "p" } as const;

test.for([
  ["Guardrail:Pass Guardrail:Deny Standard:Allow", closed, ["Allow", "r2", "r0"]],
  ["Guardrail:Pass Guardrail:Deny Baseline:Reject", open, ["Reject", "r2", "r0"]],
  ["Guardrail:Pass Standard:Pass Standard:Deny Baseline:Deny", open, ["Deny", "r3", "r0", "r1"]],
  ["Standard:Allow Standard:Pass Baseline:Deny", open, ["Allow", "r0"]],
  ["Guardrail:Pass Guardrail:Deny", closed, ["Deny", "default", "r0"]],
  ["Baseline:Pass Baseline:Deny", open, ["Allow", undefined, "r0"]],
  ["Guardrail:Pass Standard:Pass Baseline:Pass", closed, ["Deny", "default", "r0", "r1", "r2"]],
] as const)("%s", ([rules, defaults, expected]) => {
  expect(judged(rules, defaults)).toEqual(expected);
});
