import { expect, test } from "vitest";
import { parseAddress } from "./cidr.ts";
import type { RuleAction, Tier } from "./desired-state.ts";
import { hostOptionsOf } from "./host-options.ts";
import { oneList, type ResolvedList, type ResolvedState } from "./resolved-state.ts";
import { simulate } from "./simulate.ts";

function shopState(list: ResolvedList): ResolvedState {
  const bridge = { networkId: "1", network: "shop", bridge: "br-1", ingress: oneList(list) };
  const dockerBridges = ["br-1", "br-2", "br-3"];
  return {
    ...{ bridges: [bridge], interfaces: [], known: [], dockerBridges, policies: [] },
    ...{ bindings: [], management: [], options: hostOptionsOf() },
  };
}

test.for([
  ["br-2", "198.51.100.7", "Allow"],
  ["br-2", "192.0.2.1", "Deny"],
  ["eth0", "198.51.100.7", "Deny"],
  ["br-3", "192.0.2.1", "Allow"],
  ["eth0", "203.0.113.1", "Allow"],
] as const)("from a network: by %s from %s: %s", ([via, from, expected]) => {
  const list: ResolvedList = {
    rules: [
      {
        ...{ policy: "p", rule: "r", tier: "Standard", action: "Allow" },
        from: {
          addresses: { v4: ["203.0.113.0/24"], v6: [] },
          networks: [
            { bridge: "br-2", addresses: { v4: ["198.51.100.0/24"], v6: [] } },
            { bridge: "br-3" },
          ],
          unresolved: [],
        },
      },
    ],
    defaultAction: "Deny",
    defaultPolicy: "p",
  };
  const source = parseAddress(from);
  if (!source.ok) throw new Error(source.message);
  const verdict = simulate(shopState(list), {
    protocol: "ICMP",
    source: source.address,
    destination: address,
    in: via,
    out: "br-1",
  });
  expect(verdict.action).toBe(expected);
});

function judged(rules: string, defaults: Omit<ResolvedList, "rules">) {
  const list: ResolvedList = {
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
  const verdict = simulate(shopState(list), {
    protocol: "ICMP",
    source: address,
    destination: address,
    in: "eth0",
    out: "br-1",
  });
  const [{ decidedBy, passedBy = [] } = {}] = verdict.judgements;
  return [verdict.action, decidedBy?.rule, ...passedBy.map(({ rule }) => rule)];
}

const parsed = parseAddress("192.0.2.1");
if (!parsed.ok) throw new Error(parsed.message);
const { address } = parsed;

const open = { defaultAction: "Allow" } as const;
const closed = { defaultAction: "Deny", defaultPolicy: "p" } as const;

test("rules that did not match are told, those that were passed over are not", () => {
  const list = {
    rules: [
      ["Guardrail", "Allow", "tcp"],
      ["Guardrail", "Pass", "any"],
      ["Guardrail", "Deny", "any"],
      ["Standard", "Deny", "tcp"],
    ].map(([tier, action, ports], index) => ({
      policy: "p",
      rule: `r${String(index)}`,
      tier: tier as Tier,
      action: action as RuleAction,
      ...(ports === "tcp" ? { ports: [{ kind: "port", protocol: "TCP" } as const] } : {}),
    })),
    ...closed,
  };
  const packet = { protocol: "ICMP", source: address, destination: address } as const;
  const { decidedBy } = simulate(shopState(list), { ...packet, in: "eth0", out: "br-1" });
  expect(decidedBy).toEqual({
    ...{ network: "shop", scope: "ingress", action: "Deny" },
    decidedBy: { policy: "p", rule: "default" },
    passedBy: [{ policy: "p", rule: "r1" }],
    notMatched: [
      { policy: "p", rule: "r0" },
      { policy: "p", rule: "r3" },
    ],
  });
});

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
