import type {
  Action,
  DesiredDirection,
  DesiredPeers,
  DesiredPolicy,
  DesiredRule,
} from "./desired-state.ts";
import { remembered } from "./remembered.ts";
import { addressPeers } from "./resolve-peers.ts";
import type { ResolvedList, ResolvedPeers, ResolvedRule, Scope } from "./resolved-state.ts";

/** What a policy says in a scope; undefined: nothing. */
export function spokenIn(policy: DesiredPolicy, scope: Scope): DesiredDirection | undefined {
  if (scope !== "host") return policy[scope];
  return policy.egress?.host === true ? policy.egress : undefined;
}

/** These policies, in the order in which they are judged, as one list. All of them speak in the scope. */
export function resolveList(
  policies: readonly DesiredPolicy[],
  scope: Scope,
  resolvePeers: (peers: DesiredPeers) => ResolvedPeers,
): ResolvedList {
  const [first, ...others] = policies;
  const known = first && addressList(first, scope, ...others);
  return (
    known ??
    listOf(
      policies,
      scope,
      (policy) => addressRules(policy, scope) ?? rulesOf(policy, scope, resolvePeers),
    )
  );
}

/** Of policies that name addresses only. undefined: one names more. */
const addressList = remembered(
  (first: DesiredPolicy, scope: Scope, ...others: readonly DesiredPolicy[]) => {
    const policies = [first, ...others];
    return policies.some((policy) => addressRules(policy, scope) === undefined)
      ? undefined
      : listOf(policies, scope, (policy) => addressRules(policy, scope) ?? []);
  },
);

function listOf(
  policies: readonly DesiredPolicy[],
  scope: Scope,
  rulesOf: (policy: DesiredPolicy) => readonly ResolvedRule[],
): ResolvedList {
  const rules = policies.flatMap(rulesOf);
  const enforced = policies.filter(({ mode }) => mode !== "Audit");
  // What an enforced default denies already, none in Audit would.
  const denying = denyingDefault(enforced, scope) ?? denyingDefault(policies, scope);
  if (denying === undefined) return { rules, defaultAction: "Allow" };
  return {
    rules,
    defaultAction: spokenIn(denying, scope)?.defaultAction ?? "Allow",
    defaultPolicy: denying.name,
    ...(denying.mode === "Audit" ? { defaultAudited: true } : {}),
  };
}

function rulesOf(
  policy: DesiredPolicy,
  scope: Scope,
  resolvePeers: (peers: DesiredPeers) => ResolvedPeers,
): readonly ResolvedRule[] {
  const rules = spokenIn(policy, scope)?.rules ?? [];
  return rules.map((rule) => resolveRule(policy, rule, resolvePeers));
}

/** Where they name addresses only: the same on every host, and at any time. undefined: they name more. */
const addressRules = remembered((policy: DesiredPolicy, scope: Scope) => {
  const rules = spokenIn(policy, scope)?.rules ?? [];
  const namesMore = rules.some(({ from, to }) => !isOfAddresses(from) || !isOfAddresses(to));
  return namesMore ? undefined : rulesOf(policy, scope, addressPeers);
});

function isOfAddresses(peers: DesiredPeers | undefined): boolean {
  const { networks = [], containers = [] } = peers ?? {};
  return networks.length === 0 && containers.length === 0;
}

function denyingDefault(
  policies: readonly DesiredPolicy[],
  scope: Scope,
): DesiredPolicy | undefined {
  return (["Deny", "Reject"] as const satisfies readonly Action[])
    .map((action) => policies.find((policy) => spokenIn(policy, scope)?.defaultAction === action))
    .find((policy) => policy !== undefined);
}

function resolveRule(
  policy: DesiredPolicy,
  { name, from, to, ...rule }: DesiredRule,
  resolvePeers: (peers: DesiredPeers) => ResolvedPeers,
): ResolvedRule {
  return {
    policy: policy.name,
    rule: name,
    tier: policy.tier,
    ...rule,
    ...(policy.mode === "Audit" ? { audited: true } : {}),
    ...(from === undefined ? {} : { from: resolvePeers(from) }),
    ...(to === undefined ? {} : { to: resolvePeers(to) }),
  };
}
