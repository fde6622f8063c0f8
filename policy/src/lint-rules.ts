import { isEmptyAddressSet } from "./address-set.ts";
import type { Action, Direction, Tier } from "./desired-state.ts";
import type { FieldPath } from "./field-path.ts";
import {
  type LintedPeers,
  type LintedPolicy,
  type LintedRule,
  policyCovers,
  portsCover,
  ruleCovers,
} from "./lint-cover.ts";

/** Something odd at a place in one policy. */
export interface Oddity {
  readonly path: FieldPath;
  readonly message: string;
}

const DIRECTIONS = ["ingress", "egress", "internal"] as const satisfies readonly Direction[];

/**
 * Rules that never decide, because one that is judged before them decides all of
 * their packets. `judged` are all policies of the tree in the order in which they are judged.
 */
export function uselessRules(
  policy: LintedPolicy,
  judged: readonly LintedPolicy[],
): readonly Oddity[] {
  const before = judged.slice(0, judged.indexOf(policy));
  return DIRECTIONS.flatMap((direction) => {
    const own = policy.rules[direction];
    const earlier = before
      .filter((other) => own.length > 0 && policyCovers(other, policy, direction))
      .flatMap((other) => other.rules[direction].map((rule) => ({ rule, of: other.desired })));
    const passing = tiersThatPass(judged, direction);
    return own.flatMap((rule, index): readonly Oddity[] => {
      const decides = [
        ...earlier,
        ...own.slice(0, index).map((one) => ({ rule: one, of: policy.desired })),
      ].find(
        (candidate) =>
          (candidate.of.tier === policy.desired.tier || !passing.has(candidate.of.tier)) &&
          ruleCovers(candidate.rule, rule),
      );
      if (decides === undefined || matchesNothing(rule)) {
        return [];
      }
      const isOwn = decides.of === policy.desired;
      const by = `rule ${decides.rule.name}${isOwn ? "" : ` of FleetPolicy/${decides.of.name}`}`;
      const message =
        decides.rule.action === rule.action
          ? `is redundant: ${by} comes before it and says ${rule.action} to all that it matches; remove it`
          : `never decides: ${by} comes before it and says ${decides.rule.action} to all that it matches; ${isOwn ? "move it up, or remove it" : "give this policy a lower priority number, narrow that rule, or remove this one"}`;
      return [{ path: ["spec", direction, "rules", index], message }];
    });
  });
}

/**
 * A Pass takes packets past all that its tier says behind it, so that no rule there, and not the
 * Pass itself, is sure to keep a packet from a later tier. Within the tier the order alone counts.
 */
function tiersThatPass(policies: readonly LintedPolicy[], direction: Direction): ReadonlySet<Tier> {
  return new Set(
    policies
      .filter((policy) => policy.rules[direction].some(({ action }) => action === "Pass"))
      .map(({ desired }) => desired.tier),
  );
}

/** Allow rules that leave IPv6 clients to a default that denies. A rule that names IPv6 addresses for these ports, whatever its action, shows that it is meant. */
export function forgottenIpv6(policy: LintedPolicy): readonly Oddity[] {
  const defaultAction = defaultOf(policy, "ingress");
  const rules = policy.rules.ingress;
  if (defaultAction === "Allow") {
    return [];
  }
  return rules.flatMap((rule, index): readonly Oddity[] => {
    const isV4Only =
      rule.action === "Allow" &&
      rule.from !== undefined &&
      hasAddressesOnly(rule.from) &&
      rule.from.addresses.v4.length > 0 &&
      rule.from.addresses.v6.length === 0;
    const isMeant = rules.some(
      (other) => speaksOfIpv6(other) && portsCover(other.ports, rule.ports),
    );
    return !isV4Only || isMeant
      ? []
      : [
          {
            path: ["spec", "ingress", "rules", index],
            message: `allows IPv4 addresses only, so IPv6 clients are denied by defaultAction ${defaultAction}: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant`,
          },
        ];
  });
}

function speaksOfIpv6({ action, from }: LintedRule): boolean {
  return from === undefined
    ? action === "Allow"
    : from.addresses.v6.length > 0 || from.hosts.length > 0;
}

/** An egress default that denies where no policy with the same reach allows DNS to anywhere. */
export function cutDns(policy: LintedPolicy, judged: readonly LintedPolicy[]): readonly Oddity[] {
  if (defaultOf(policy, "egress") === "Allow" || policy.spec.interfaces !== undefined) {
    return [];
  }
  const allowing = judged
    .filter((other) => policyCovers(other, policy, "egress"))
    .flatMap((other) => other.rules.egress)
    .filter((rule) => rule.action === "Allow" && !matchesNothing(rule));
  const missing = (["UDP", "TCP"] as const).filter(
    (protocol) =>
      !allowing.some(({ ports }) =>
        portsCover(ports, [{ kind: "port", protocol, ports: { first: 53, last: 53 } }]),
      ),
  );
  return missing.length === 0
    ? []
    : [
        {
          path: ["spec", "egress", "defaultAction"],
          message: `no rule allows ${missing.join(" and ")} port 53, so ${missing.includes("UDP") ? "containers cannot resolve names outside Docker" : "containers cannot resolve names with long answers"}: allow it to your resolvers`,
        },
      ];
}

function matchesNothing({ from, to }: LintedRule): boolean {
  return [from, to].some(
    (peers) => peers !== undefined && hasAddressesOnly(peers) && isEmptyAddressSet(peers.addresses),
  );
}

function hasAddressesOnly({ networks, containers, hosts }: LintedPeers): boolean {
  return networks === undefined && containers === undefined && hosts.length === 0;
}

function defaultOf({ desired }: LintedPolicy, direction: Direction): Action {
  return desired[direction]?.defaultAction ?? "Allow";
}
