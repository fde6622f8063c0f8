import { oneList, type ResolvedPlane, type ResolvedState } from "@seawall/policy";
import { at, bridge, denyRest, only, plane, rule, saysNothing, state, tcp } from "./state-parts.ts";

const audited = { policy: "trial", audited: true } as const;
const denyRestAudited = {
  defaultAction: "Deny",
  defaultPolicy: "trial",
  defaultAudited: true,
} as const;

const shop = bridge("shop", {});
const blog = bridge("blog", {});

function auditOf(audit: ResolvedPlane): ResolvedState {
  return { ...state(shop), bridges: [], audit };
}

/** Everywhere that something can be asked, with denials enforced and audited. */
const everywhere: ResolvedPlane = {
  ...plane(
    bridge("shop", {
      egress: oneList({
        rules: [
          rule("dns", { ports: [tcp(53)] }),
          rule("no-mail", { action: "Reject", ports: [tcp(25)] }),
          rule("no-lan", {
            ...audited,
            action: "Reject",
            to: at(["192.168.0.0/16", "172.16.0.0/12"]),
          }),
        ],
        defaultAction: "Allow",
      }),
      ingress: {
        cases: [
          only("direct trial", ["10.9.0.2/32"], {
            rules: [rule("web", { ...audited, ports: [tcp(80)] })],
            ...denyRestAudited,
          }),
          only("direct p", ["10.9.0.3/32"], { rules: [rule("web")], ...denyRest }),
        ],
        holds: true,
      },
      internal: oneList({
        rules: [
          rule("pass", { tier: "Guardrail", action: "Pass", ports: [tcp(80)] }),
          rule("web", { ...audited, action: "Deny", ports: [tcp(80)], log: true }),
          rule("own", { action: "Deny", ports: [tcp(81)], log: true }),
        ],
        defaultAction: "Allow",
      }),
      host: oneList({
        rules: [rule("no-ssh", { ...audited, action: "Deny", ports: [tcp(22)] })],
        ...denyRest,
      }),
    }),
    bridge("blog", {
      egress: {
        cases: [only("direct trial", ["10.8.0.2/32"], { rules: [], ...denyRestAudited })],
        holds: true,
      },
      ingress: oneList({ rules: [rule("web")], ...denyRest }),
    }),
  ),
  interfaces: [
    {
      interface: "eth1",
      egress: oneList({
        rules: [rule("no-mail", { action: "Deny", ports: [tcp(25)] })],
        defaultAction: "Allow",
      }),
      ingress: oneList({ rules: [], ...denyRestAudited }),
    },
  ],
};

/** A Pass in each tier, so each has a chain of its own, and an audited denial behind them. */
const tiers = {
  rules: (["Guardrail", "Standard", "Baseline"] as const).flatMap((tier) => [
    rule(`pass-${tier}`, { ...audited, tier, action: "Pass", ports: [tcp(80)] }),
    rule(`deny-${tier}`, { ...audited, tier, action: "Deny", ports: [tcp(25), tcp(26)] }),
  ]),
  ...denyRestAudited,
};
const caseOfTiers = { cases: [only("direct trial", ["10.9.0.2/32"], tiers)], holds: false };

/** What is judged ahead of enforcement, and only counted. */
export const auditStates = {
  "audited-everywhere": {
    ...auditOf(everywhere),
    ...plane(bridge("shop", { ingress: oneList({ rules: [rule("web")], ...denyRest }) })),
    dockerBridges: [shop.bridge, blog.bridge],
  },
  "audited-in-every-tier": auditOf({
    ...plane(
      bridge("shop", {
        egress: caseOfTiers,
        ingress: caseOfTiers,
        internal: caseOfTiers,
        host: caseOfTiers,
      }),
    ),
    interfaces: [{ interface: "eth1", egress: oneList(tiers), ingress: oneList(tiers) }],
  }),
  "audited-ingress-alone": auditOf(
    plane(bridge("shop", { ingress: oneList({ rules: [], ...denyRestAudited }) })),
  ),
  "audited-egress-behind-a-denial": auditOf(
    plane(
      bridge("shop", {
        egress: oneList({
          rules: [
            rule("no-mail", { action: "Deny", ports: [tcp(25)] }),
            rule("no-web", { ...audited, action: "Deny", ports: [tcp(80)] }),
          ],
          ...denyRest,
        }),
      }),
    ),
  ),
  "audited-host": auditOf(
    plane(bridge("shop", { host: oneList({ rules: [], ...denyRestAudited }) })),
  ),
  "an-audit-of-nothing-audited": auditOf(
    plane(
      bridge("shop", {
        egress: oneList({ rules: [], ...denyRest }),
        ingress: {
          cases: [only("direct ", ["10.9.0.2/32"], saysNothing)],
          holds: true,
        },
      }),
    ),
  ),
} as const satisfies Readonly<Record<string, ResolvedState>>;
