import type { Direction } from "./desired-state.ts";
import {
  type LintedPeers,
  type LintedPolicy,
  type LintedRule,
  policyCovers,
  portsCover,
  ruleCovers,
} from "./lint-cover.ts";
import { defaultOf, hasAddressesOnly, type Oddity } from "./lint-rules.ts";

/**
 * Rules that let IPv4 addresses go on and leave IPv6 to what denies the rest: a default, or a rule for everybody behind
 * them, of this policy or of another with at least its reach. A rule that names IPv6 addresses for these ports, whatever
 * its action, shows that it is meant. Networks and containers among the peers are matched in both IP versions, but stand
 * for nobody else: the addresses beside them are judged as if they were alone. Hosts may have addresses of both.
 */
export function forgottenIpv6(
  policy: LintedPolicy,
  judged: readonly LintedPolicy[],
): readonly Oddity[] {
  return (["ingress", "egress", "internal"] as const).flatMap((direction) => {
    const covering = judged.filter((other) => policyCovers(other, policy, direction));
    return policy.rules[direction].flatMap((rule, index): readonly Oddity[] => {
      const end = ENDS.find((one) => isIpv4Only(rule[one]));
      if (end === undefined || !isException(rule)) return [];
      const denies = denyingRest({ policy, rule, direction, covering });
      const isMeant = covering.some((other) =>
        other.rules[direction].some((one) => speaksOfIpv6(one, end, rule)),
      );
      if (denies === undefined || isMeant) return [];
      return [
        {
          path: ["spec", direction, "rules", index],
          message: forgottenWords(rule, rule[end], direction, denies),
        },
      ];
    });
  });
}

const ENDS = ["from", "to"] as const;
type End = (typeof ENDS)[number];

function forgottenWords(
  { action }: LintedRule,
  peers: LintedPeers | undefined,
  direction: Direction,
  denies: string,
): string {
  const lets = action === "Pass" ? "passes on" : "allows";
  const isMixed = peers !== undefined && !hasAddressesOnly(peers);
  const what = isMixed ? `of addresses ${lets} IPv4 ones only` : `${lets} IPv4 addresses only`;
  const who = {
    ingress: isMixed ? "other IPv6 clients are" : "IPv6 clients are",
    egress: "what goes to IPv6 ones is",
    internal: isMixed
      ? "what other containers say to each other in IPv6 is"
      : "what containers say to each other in IPv6 is",
  }[direction];
  return `${what}, so ${who} denied by ${denies}: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant`;
}

function isIpv4Only(peers: LintedPeers | undefined): boolean {
  return (
    peers !== undefined &&
    peers.hosts.length === 0 &&
    peers.addresses.v4.length > 0 &&
    peers.addresses.v6.length === 0
  );
}

/** From what denies the rest: an Allow from all of it, a Pass from the rules of its own tier. */
function isException({ action }: LintedRule): boolean {
  return action === "Allow" || action === "Pass";
}

interface PlacedRule {
  readonly policy: LintedPolicy;
  readonly rule: LintedRule;
  readonly direction: Direction;
  /** The policy itself and all that have a say wherever it has one, in the order in which they are judged. */
  readonly covering: readonly LintedPolicy[];
}

/** What denies whoever the rule does not let go on, in words; undefined: nothing for sure. */
function denyingRest({ policy, rule, direction, covering }: PlacedRule): string | undefined {
  const own = (other: LintedPolicy) =>
    other === policy ? "" : ` of FleetPolicy/${other.desired.name}`;
  // Behind a Pass the later tiers and the defaults judge both IP versions alike.
  const isPass = rule.action === "Pass";
  for (const other of covering) {
    if (isPass && other.desired.tier !== policy.desired.tier) continue;
    const denial = other.rules[direction].find((one) => deniesEverybody(one, rule));
    if (denial !== undefined) return `rule ${denial.name}${own(other)}`;
  }
  if (isPass) return undefined;
  const other = covering.find((one) => defaultOf(one, direction) !== "Allow");
  return other && `defaultAction ${defaultOf(other, direction)}${own(other)}`;
}

function deniesEverybody({ action, from, to, ports }: LintedRule, rule: LintedRule): boolean {
  return (
    (action === "Deny" || action === "Reject") &&
    from === undefined &&
    to === undefined &&
    portsCover(ports, rule.ports)
  );
}

/** At this end, and for all that the rule says of ports and of the other end. */
function speaksOfIpv6(one: LintedRule, end: End, rule: LintedRule): boolean {
  const peers = one[end];
  const speaks =
    peers === undefined ? one.action === "Allow" || one.action === rule.action : mayNameIpv6(peers);
  const isAsWide =
    ruleCovers(withoutEnd(one, end), withoutEnd(rule, end)) ||
    // From IPv6 to IPv6, beside from IPv4 to IPv4.
    (mayNameIpv6(one[end === "from" ? "to" : "from"]) && portsCover(one.ports, rule.ports));
  return speaks && isAsWide;
}

function mayNameIpv6(peers: LintedPeers | undefined): boolean {
  return peers !== undefined && (peers.addresses.v6.length > 0 || peers.hosts.length > 0);
}

function withoutEnd({ from, to, ...rest }: LintedRule, end: End): LintedRule {
  if (end === "from") return to === undefined ? rest : { ...rest, to };
  return from === undefined ? rest : { ...rest, from };
}
