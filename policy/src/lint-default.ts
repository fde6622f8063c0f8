import { intersectAddressSets, isEmptyAddressSet } from "./address-set.ts";
import type { Direction, PortMatch } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { LintedPeers, LintedPolicy, LintedRule } from "./lint-cover.ts";
import { defaultOf, hasAddressesOnly, type Oddity } from "./lint-rules.ts";
import { sharedContainer } from "./lint-ties.ts";
import { excludeTargets } from "./policy-ties.ts";
import { excludeLabels } from "./selectors-exclude.ts";

const DIRECTIONS = ["ingress", "egress", "internal"] as const satisfies readonly Direction[];

/**
 * Rules that do what the default does anyway, where no rule that is judged later does anything else to their packets:
 * not sure is no, so `judged` has to be all there are. A Guardrail's are left alone, because they bind policies that are not
 * written yet; so is what logs or holds something, and a denial with a name of its own, by which it is counted. `useless` are
 * those of which it is told already.
 */
export function rulesLikeDefault(
  policy: LintedPolicy,
  judged: readonly LintedPolicy[],
  hosts: readonly HostFacts[],
  useless: readonly Oddity[],
): readonly Oddity[] {
  if (policy.desired.tier === "Guardrail") return [];
  return DIRECTIONS.flatMap((direction): readonly Oddity[] => {
    const own = policy.rules[direction];
    const others = judged.filter(
      (other) => other !== policy && meet(other, policy, direction, hosts),
    );
    const later = judged
      .slice(judged.indexOf(policy) + 1)
      .filter((other) => others.includes(other))
      .flatMap((other) => rulesOf(other, direction));
    const isTold = (index: number) =>
      useless.some(({ path }) => path[1] === direction && path[3] === index);
    const alike = own.flatMap((rule, index) => {
      const behind = [...rulesOf(policy, direction).slice(index + 1), ...later];
      const isAlike =
        rule.log !== true &&
        !holds(rule) &&
        !isTold(index) &&
        isDefault(rule, index, direction, policy, others) &&
        !behind.some((one) => contradicts(one, rule));
      return isAlike ? [{ rule, index }] : [];
    });
    const allows = alike.filter(({ rule }) => rule.action === "Allow");
    const denials = alike.filter(({ rule }) => rule.action !== "Allow");
    return [
      ...allowedAnyway(allows, direction),
      ...denials.map((one) => deniedAnyway(one, direction)),
    ];
  });
}

/** Reports whether the default surely does to all of its packets what the rule does. */
function isDefault(
  { action }: LintedRule,
  index: number,
  direction: Direction,
  policy: LintedPolicy,
  others: readonly LintedPolicy[],
): boolean {
  const all = [policy, ...others].map((one) => defaultOf(one, direction));
  if (action === "Allow") return all.every((one) => one === "Allow");
  if (action !== defaultOf(policy, direction) || policy.desired.mode === "Audit") return false;
  return !isNamed(policy, direction, index) && (action === "Deny" || !all.includes("Deny"));
}

/** With it go ports that nobody publishes yet, or addresses of no known container, which are held because it names them. */
function holds({ from, to, ports = [] }: LintedRule): boolean {
  const names = ports.some(({ kind }) => kind === "publishedPort");
  return names || from?.containers !== undefined || to?.containers !== undefined;
}

function isNamed({ spec }: LintedPolicy, direction: Direction, index: number): boolean {
  return spec[direction]?.rules?.[index]?.name !== undefined;
}

interface LaterRule {
  readonly rule: LintedRule;
  readonly isAudited: boolean;
  readonly isNamed: boolean;
}

function rulesOf(policy: LintedPolicy, direction: Direction): readonly LaterRule[] {
  const isAudited = policy.desired.mode === "Audit";
  return policy.rules[direction].map((rule, index) => ({
    ...{ rule, isAudited },
    isNamed: isNamed(policy, direction, index),
  }));
}

interface AlikeRule {
  readonly rule: LintedRule;
  readonly index: number;
}

/** One line for all of a direction: whoever forgot to close the rest did so once. */
function allowedAnyway(rules: readonly AlikeRule[], direction: Direction): readonly Oddity[] {
  const [first, ...others] = rules;
  if (first === undefined) return [];
  const names = others.map(({ rule }) => rule.name);
  const [one] = names;
  const also =
    one === undefined
      ? ""
      : names.length === 1
        ? `, as rule ${one} does,`
        : `, as rule ${one} and ${String(names.length - 1)} more do,`;
  return [
    {
      path: ["spec", direction, "rules", first.index],
      message: `allows${also} what is allowed anyway: no rule behind it and no default known here denies any of it; write defaultAction: Deny if all else is to be closed, or remove it`,
    },
  ];
}

function deniedAnyway({ rule: { action }, index }: AlikeRule, direction: Direction): Oddity {
  return {
    path: ["spec", direction, "rules", index],
    message: `is redundant: defaultAction ${action} denies all that it matches anyway, and no rule behind it allows any of it; remove it, or give it a name to count it by itself`,
  };
}

/** Reports whether there may be packets of which both have a say. */
function meet(
  a: LintedPolicy,
  b: LintedPolicy,
  direction: Direction,
  hosts: readonly HostFacts[],
): boolean {
  if (excludeLabels(a.spec.hostSelector, b.spec.hostSelector)) return false;
  return (
    !excludeTargets(a.spec, b.spec) ||
    (direction === "ingress" && hosts.some((host) => sharedContainer(a, b, host) !== undefined))
  );
}

/** Reports whether a packet of the rule may come to this later one, and be treated, logged or counted in another way. */
function contradicts(later: LaterRule, rule: LintedRule): boolean {
  const { action, log, ports, from, to } = later.rule;
  const isDenial = action !== "Allow";
  return (
    (action !== rule.action || log === true || (isDenial && (later.isAudited || later.isNamed))) &&
    portsMeet(ports, rule.ports) &&
    peersMeet(from, rule.from) &&
    peersMeet(to, rule.to)
  );
}

function portsMeet(a: readonly PortMatch[] | undefined, b: readonly PortMatch[] | undefined) {
  return (
    a === undefined || b === undefined || a.some((one) => b.some((other) => portMeets(one, other)))
  );
}

/** A published port may lead to any port of a container. */
function portMeets(a: PortMatch, b: PortMatch): boolean {
  if (a.kind === "icmp" || b.kind === "icmp") return a.kind === b.kind;
  if (a.protocol !== b.protocol) return false;
  if (a.kind !== b.kind || a.ports === undefined || b.ports === undefined) return true;
  return a.ports.first <= b.ports.last && b.ports.first <= a.ports.last;
}

/** Networks, containers and hosts may have any address. */
function peersMeet(a: LintedPeers | undefined, b: LintedPeers | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  if (!hasAddressesOnly(a) || !hasAddressesOnly(b)) return true;
  return !isEmptyAddressSet(intersectAddressSets(a.addresses, b.addresses));
}
