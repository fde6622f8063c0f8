import { isEmptyAddressSet } from "./address-set.ts";
import type { Action, DesiredPolicy, Direction, Tier } from "./desired-state.ts";
import type { FieldPath } from "./field-path.ts";
import {
  coveringRules,
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
 * Rules that never decide, because one that is judged before them, or several together, decide all of
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
      const sure = [
        ...earlier,
        ...own.slice(0, index).map((one) => ({ rule: one, of: policy.desired })),
      ].filter(({ of }) => of.tier === policy.desired.tier || !passing.has(of.tier));
      const deciding = matchesNothing(rule) ? [] : decidingBefore(sure, rule);
      return deciding.length === 0
        ? []
        : [
            {
              path: ["spec", direction, "rules", index],
              message: uselessWords(rule, deciding, policy),
            },
          ];
    });
  });
}

interface EarlierRule {
  readonly rule: LintedRule;
  readonly of: DesiredPolicy;
}

/** One, or several that only together are as wide. */
function decidingBefore(earlier: readonly EarlierRule[], rule: LintedRule): readonly EarlierRule[] {
  const alone = earlier.find((candidate) => ruleCovers(candidate.rule, rule));
  if (alone !== undefined) return [alone];
  const together = new Set(
    coveringRules(
      earlier.map((candidate) => candidate.rule),
      rule,
    ),
  );
  return earlier.filter((candidate) => together.has(candidate.rule));
}

function uselessWords(
  { action }: LintedRule,
  deciding: readonly EarlierRule[],
  { desired }: LintedPolicy,
): string {
  const names = deciding.map(
    ({ rule, of }) => `${rule.name}${of === desired ? "" : ` of FleetPolicy/${of.name}`}`,
  );
  const [first] = deciding;
  const isOne = deciding.length === 1;
  const by = isOne
    ? `rule ${names.join("")} comes`
    : `rules ${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""} come`;
  if (deciding.every(({ rule }) => rule.action === action)) {
    return `is redundant: ${by} before it and ${isOne ? "says" : "say"} ${action} to all that it matches; remove it`;
  }
  const what = isOne
    ? `says ${first?.rule.action ?? ""} to all that it matches`
    : "together match all that it matches";
  const isOthers = isOne && first?.of !== desired;
  return `never decides: ${by} before it and ${what}; ${isOthers ? "give this policy a lower priority number, narrow that rule, or remove this one" : "move it up, or remove it"}`;
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

/** What denies DNS to everywhere, a rule or the default, where none before it of a policy with the same reach allows it to anybody. */
export function cutDns(policy: LintedPolicy, judged: readonly LintedPolicy[]): readonly Oddity[] {
  if (policy.desired.egress === undefined || policy.spec.interfaces !== undefined) return [];
  const covering = judged.filter((other) => policyCovers(other, policy, "egress"));
  const cuts = (["UDP", "TCP"] as const).map((protocol) => ({
    protocol,
    by: dnsCut(policy, covering, protocol),
  }));
  const places = [...new Set(cuts.map(({ by }) => by))].filter((by) => by !== undefined);
  return places.map((by) => {
    const protocols = cuts.flatMap((cut) => (cut.by === by ? [cut.protocol] : []));
    const effect = protocols.includes("UDP")
      ? "containers cannot resolve names outside Docker"
      : "containers cannot resolve names with long answers";
    const words = protocols.join(" and ");
    return by === "default"
      ? {
          path: ["spec", "egress", "defaultAction"],
          message: `no rule allows ${words} port 53, so ${effect}: allow it to your resolvers`,
        }
      : {
          path: ["spec", "egress", "rules", by],
          message: `denies ${words} port 53 to everywhere, so ${effect}: allow it to your resolvers in a rule before this one`,
        };
  });
}

/** The rule of the policy that is the first to say anything about all of DNS, and denies it; or its default, if none does. */
function dnsCut(
  policy: LintedPolicy,
  covering: readonly LintedPolicy[],
  protocol: "TCP" | "UDP",
): number | "default" | undefined {
  const dns: LintedRule = {
    ...{ name: "", action: "Deny" },
    ports: [{ kind: "port", protocol, ports: { first: 53, last: 53 } }],
  };
  let passed: Tier | undefined;
  for (const other of covering) {
    for (const [index, rule] of other.rules.egress.entries()) {
      if (other.desired.tier === passed || !portsCover(rule.ports, dns.ports)) continue;
      // To some resolvers it may be.
      if (rule.action === "Allow" && !matchesNothing(rule)) return undefined;
      if (!ruleCovers(rule, dns)) continue;
      if (rule.action === "Pass") passed = other.desired.tier;
      else return other === policy ? index : undefined;
    }
  }
  return defaultOf(policy, "egress") === "Allow" ? undefined : "default";
}

function matchesNothing({ from, to }: LintedRule): boolean {
  return [from, to].some(
    (peers) => peers !== undefined && hasAddressesOnly(peers) && isEmptyAddressSet(peers.addresses),
  );
}

export function hasAddressesOnly({ networks, containers, hosts }: LintedPeers): boolean {
  return networks === undefined && containers === undefined && hosts.length === 0;
}

export function defaultOf({ desired }: LintedPolicy, direction: Direction): Action {
  return desired[direction]?.defaultAction ?? "Allow";
}
