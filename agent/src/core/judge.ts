import type { Enforcement, Family } from "@seawall/policy";
import { type Difference, differenceId } from "./diff.ts";
import type { Failure } from "./failure.ts";
import type { Finding } from "./finding.ts";
import type { DockerJump } from "./lost-jumps.ts";
import { openFindings } from "./open-findings.ts";
import type { OpenState } from "./opening.ts";
import type { NotJudged } from "./plan-marks.ts";
import { type FoundStanding, standingFindings } from "./standing-findings.ts";
import { type AgentState, type Condition, flowsNotTold } from "./status.ts";
import { type NotEmpty, unreadText } from "./unread-variants.ts";
import type { Variant } from "./variant.ts";

/** Everything that one pass found out and that decides what the host may say of itself. */
export interface Findings {
  /** What the pass is about to do, or why it leaves a drift as it is; `done` once it has read back, or failed to. */
  readonly phase: "drifted" | "applying" | LeftBecause | "done";
  readonly hasBundle: boolean;
  /** Why the newest bundle, or the one on disk, is not the one in force. */
  readonly refusal?: {
    readonly reason: string;
    readonly message: string;
    readonly unsupported: boolean;
  };
  /** Absent: there is no bundle. */
  readonly standing?: FoundStanding;
  /** What that says is to be in force was read back. */
  readonly isInForce: boolean;
  readonly open: OpenState | "damaged";
  /** Failures of the edges, worst first. */
  readonly failures: readonly Failure[];
  /** Changes of our rules by somebody else that are not repaired yet. */
  readonly drift: readonly Difference[];
  /** Repairs that somebody undoes again and again. */
  readonly fights: readonly Fight[];
  /** Why changes by others are not heard of. */
  readonly unheard?: Failure;
  /** Docker answers but has no rules of its own in what it keeps them in; whether there were some since the agent started. */
  readonly dockerRulesMissing?: { readonly docker: Enforcement; readonly hadRules: boolean };
  /** Families in which FORWARD leads to none of Docker's chains, though they are there. */
  readonly dockerChainsLeftOut: readonly Family[];
  /** What else led to Docker's chains since Docker last did not answer, and does not any more. */
  readonly dockerJumpsLost: readonly DockerJump[];
  /** Families in which iptables drops whatever nobody accepts, and Docker accepts nothing there. */
  readonly forwardDropped: readonly Family[];
  /** Selected networks whose bridge no rule can name, in words. */
  readonly unenforceable: readonly string[];
  /** Selected networks whose bridge is not there, so nothing flows through it. */
  readonly pendingNetworks: readonly string[];
  /** Bridges that may be Docker's and are none of its networks', so that their traffic is held. */
  readonly heldBridges: readonly string[];
  /** Ports at which a program of the host listens since a moment ago, and which are held because policies name them. */
  readonly heldListeners: readonly string[];
  readonly footprintDamaged: boolean;
  /** Families whose guard behind filter the kernel has no table for. */
  readonly withoutGuard: readonly Family[];
  /** Where chains of Docker stand besides those that it keeps now. */
  readonly dockerElsewhere: readonly { readonly family: Family; readonly variant: Variant }[];
  /** Variants of iptables that nobody could read, and that may deny something all the same. */
  readonly unread: readonly NotEmpty[];
  /** Live connections that may be denied, and that nothing can tell of. */
  readonly notJudged: NotJudged;
  /** Tests of policies that fail on this host, in words. */
  readonly failedTests: readonly string[];
  /** Why nobody can be told of denied packets. */
  readonly flowsUntold?: Pick<Failure, "reason" | "message">;
}

/** The host was told to, or somebody undoes every repair. */
export type LeftBecause = "onlyWarns" | "fought";

export interface Fight {
  /** What is undone, in words. */
  readonly what: string;
  /** Who was last heard to change rules meanwhile, in words. */
  readonly by: readonly string[];
}

export interface Judgement {
  readonly state: AgentState;
  readonly conditions: readonly Omit<Condition, "sinceMs">[];
}

/**
 * The state of a host is that of its worst finding; InSync is what is left when there is none. A
 * refused bundle makes the host Failed although the older rules are in force: somebody
 * has to act, and the generation that is observed stays the old one.
 */
export function judge(findings: Findings): Judgement {
  const found = findingsOf(findings);
  const conditions = severity.flatMap((state) =>
    found.filter((finding) => finding.state === state),
  );
  return {
    state: conditions[0]?.state ?? "InSync",
    conditions: conditions.map(({ type, reason, message }) => ({ type, reason, message })),
  };
}

const severity = [
  ...(["Drifted", "Unsupported", "Reverted", "Failed"] as const),
  ...(["Pending", "Applying", "InSync"] as const),
];

function findingsOf(findings: Findings): readonly Finding[] {
  return [
    ...openFindings(findings.open),
    ...findings.failures.map(failureFinding),
    ...phaseFindings(findings),
    ...watchFindings(findings),
    ...refusalFindings(findings),
    ...(findings.standing === undefined
      ? []
      : standingFindings(findings.standing, findings.isInForce)),
    ...dockerFindings(findings),
    ...variantFindings(findings),
    ...unreadFindings(findings),
    ...networkFindings(findings),
    ...flowFindings(findings),
    ...(findings.hasBundle
      ? []
      : [
          {
            state: "Pending" as const,
            type: "NoBundle",
            reason: "NoBundle",
            message: "no bundle has come from the controller yet; no rule has been touched",
          },
        ]),
  ];
}

function phaseFindings({ phase, drift }: Findings): readonly Finding[] {
  const type = "Drifted";
  const message = drift.map(differenceId).join("; ");
  switch (phase) {
    case "drifted":
      return [{ state: "Drifted", type, reason: "RulesChanged", message }];
    case "applying":
      return [
        {
          state: "Applying",
          type: "Applying",
          reason: "RulesetChanged",
          message: "writing a new ruleset",
        },
      ];
    case "onlyWarns": {
      const advice =
        "this host only warns: undo it, or let it be repaired with seawall set host NAME --option drift=Heal";
      return [{ state: "Drifted", type, reason: "OnlyWarns", message: `${message}; ${advice}` }];
    }
    case "fought": {
      const advice = "it is repaired again within 10 seconds";
      return [{ state: "Drifted", type, reason: "RepairWaits", message: `${message}; ${advice}` }];
    }
    case "done":
      // A repair that did not work: the failure ahead of it says why.
      return drift.length === 0 ? [] : [{ state: "Failed", type, reason: "RulesChanged", message }];
  }
}

function watchFindings({ fights, unheard }: Findings): readonly Finding[] {
  const undone = fights.map(({ what, by }) =>
    by.length === 0 ? what : `${what}, last changed by ${by.join(", ")}`,
  );
  return [
    ...(fights.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "Fighting",
            reason: "RepairsUndone",
            message: `somebody undoes every repair, so the next ones wait, 10 seconds at most; find out who and stop it: ${undone.join("; ")}`,
          },
        ]),
    ...(unheard === undefined
      ? []
      : [
          {
            state: "InSync" as const,
            type: "ChangesNotHeard",
            reason: unheard.reason,
            message: unheard.message,
          },
        ]),
  ];
}

function failureFinding({ reason, message, unsupported, isUnderWay }: Failure): Finding {
  if (isUnderWay === true) return { state: "Applying", type: "Applying", reason, message };
  const type = reason.startsWith("Docker") ? "DockerFailed" : "EnforcementFailed";
  return { state: unsupported === true ? "Unsupported" : "Failed", type, reason, message };
}

function refusalFindings({ refusal }: Findings): readonly Finding[] {
  if (refusal === undefined) return [];
  const { reason, message, unsupported } = refusal;
  const state = unsupported ? "Unsupported" : "Failed";
  return [{ state, type: "BundleRefused", reason, message }];
}

function dockerFindings(findings: Findings): readonly Finding[] {
  const { dockerRulesMissing, dockerChainsLeftOut, dockerJumpsLost, forwardDropped } = findings;
  return [
    ...(dockerRulesMissing === undefined ? [] : [rulesMissing(dockerRulesMissing)]),
    ...(dockerChainsLeftOut.length === 0 ? [] : [chainsLeftOut(dockerChainsLeftOut)]),
    ...(dockerJumpsLost.length === 0 ? [] : [jumpsLost(dockerJumpsLost)]),
    ...(forwardDropped.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "ForwardDropped",
            reason: "ForwardPolicyDrop",
            message: `iptables drops whatever is forwarded here and accepted by none of its rules (${forwardDropped.join(", ")}), as Docker leaves it when it goes over to nftables; published ports then stay closed and containers have no way out: ${forwardDropped.map((family) => acceptForwarded[family]).join("; ")}`,
          },
        ]),
  ];
}

// Never repaired by us: what Docker had there, Docker knows.
function chainsLeftOut(where: readonly Family[]): Finding {
  return {
    state: "Failed",
    type: "DockerRulesMissing",
    reason: "DockerChainsLeftOut",
    message: `FORWARD leads to none of Docker's own chains any more (${where.join(", ")}), as after iptables -F: published ports and the isolation of networks are not as Docker made them; restart Docker`,
  };
}

const mostJumpsNamed = 3;

function jumpsLost(lost: readonly DockerJump[]): Finding {
  const named = lost.slice(0, mostJumpsNamed).map(({ family, text }) => `${family}: ${text}`);
  const more = lost.length - named.length;
  const words = more === 0 ? named : [...named, `${String(more)} more`];
  return {
    state: "Failed",
    type: "DockerRulesMissing",
    reason: "DockerJumpsLost",
    message: `what led to Docker's own chains is gone (${words.join("; ")}), as after iptables -F or, beside Docker 20.10, a reload of firewalld, and Docker has not put it back: published ports and the isolation of networks are not as Docker made them; restart Docker`,
  };
}

const acceptForwarded: Readonly<Record<Family, string>> = {
  IPv4: "iptables -P FORWARD ACCEPT",
  IPv6: "ip6tables -P FORWARD ACCEPT",
};

function rulesMissing({ docker, hadRules }: NonNullable<Findings["dockerRulesMissing"]>): Finding {
  const type = "DockerRulesMissing";
  // That backend is never without its chains.
  if (docker === "nftables") {
    return {
      state: "Failed",
      type,
      reason: "DockerChainsMissing",
      message:
        "Docker's chain filter-FORWARD of table docker-bridges is gone, as after `nft flush ruleset`, so nothing but policies keeps its networks apart, and docker-proxy alone serves published ports; restart Docker",
    };
  }
  if (hadRules) {
    return {
      state: "Failed",
      type,
      reason: "DockerRulesLost",
      message:
        "Docker's own rules in iptables are gone, so published ports and its networks' isolation are not what they were; policies are enforced all the same; restart Docker",
    };
  }
  return {
    state: "InSync",
    type,
    reason: "DockerMakesNoRules",
    message:
      "Docker makes no rules in iptables here (--iptables=false), so nothing but policies keeps its networks apart, and docker-proxy alone serves published ports; if it should, its rules were flushed before the agent started: restart Docker",
  };
}

/** What we left there may deny what no policy denies any more; what is somebody else's is theirs. */
function unreadFindings({ unread }: Findings): readonly Finding[] {
  const of = (isOurs: boolean, state: "Failed" | "InSync"): readonly Finding[] => {
    const found = unread.filter((one) => one.isOurs === isOurs);
    const [first] = found;
    if (first === undefined) return [];
    const { reason } = first.failure;
    return [{ state, type: "VariantUnread", reason, message: unreadText(found) }];
  };
  return [...of(true, "Failed"), ...of(false, "InSync")];
}

function variantFindings({ withoutGuard, dockerElsewhere }: Findings): readonly Finding[] {
  const modules = withoutGuard.map((family) => securityModules[family]).join(" and ");
  const places = dockerElsewhere.map(({ family, variant }) => `iptables-${variant} (${family})`);
  return [
    ...(withoutGuard.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "GuardMissing",
            reason: "SecurityTableMissing",
            message: `the rules are in force in the table filter alone (${withoutGuard.join(", ")}): the kernel has no table security for iptables-legacy, so whatever is accepted ahead of DOCKER-USER, by Docker itself while it starts above all, gets through; load ${modules} and restart the agent`,
          },
        ]),
    ...(dockerElsewhere.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "DockerRulesLeft",
            reason: "DockerRulesInBothVariants",
            message: `rules that Docker left in ${places.join(" and ")} when it went over to the other variant still filter every packet, and drop what was published since; restart the host, or remove them`,
          },
        ]),
  ];
}

const securityModules: Readonly<Record<Family, string>> = {
  IPv4: "iptable_security",
  IPv6: "ip6table_security",
};

function networkFindings(findings: Findings): readonly Finding[] {
  const warning = { state: "InSync", reason: "NoBridge", type: "PendingNetwork" } as const;
  return [
    ...(findings.unenforceable.length === 0
      ? []
      : [
          {
            state: "Unsupported" as const,
            type: "NotEnforceable",
            reason: "NetworkNotEnforceable",
            message: findings.unenforceable.join("; "),
          },
        ]),
    ...(findings.pendingNetworks.length === 0
      ? []
      : [{ ...warning, message: `no bridge yet: ${findings.pendingNetworks.join(", ")}` }]),
    ...(findings.heldBridges.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "BridgeHeld",
            reason: "BridgeUnknown",
            message: `traffic of ${findings.heldBridges.join(", ")} is held: named as Docker names bridges, and no network of this Docker; let it through with seawall set host NAME --option newNetworks=Open`,
          },
        ]),
    ...(findings.heldListeners.length === 0
      ? []
      : [
          {
            state: "InSync" as const,
            type: "PortHeld",
            reason: "PublishedByNobody",
            message: `what comes to ${findings.heldListeners.join(", ")} is held: policies name it as a published port, or a container that publishes nothing now will publish it, and somebody began to listen there who is no running container; a program of the host is let through once it has listened for ten seconds`,
          },
        ]),
    ...testFindings(findings),
    ...connectionFindings(findings),
    ...(findings.footprintDamaged
      ? [
          {
            state: "InSync" as const,
            type: "FootprintDamaged",
            reason: "FootprintDamaged",
            message:
              "the record of what was changed in DOCKER-USER and FORWARD is unreadable; uninstall will leave both as they are",
          },
        ]
      : []),
  ];
}

// What is denied is denied; only nobody can see it.
function flowFindings({ flowsUntold }: Findings): readonly Finding[] {
  if (flowsUntold === undefined) return [];
  const { reason, message } = flowsUntold;
  return [{ state: "InSync", type: flowsNotTold, reason, message }];
}

const SHOWN_TESTS = 3;

// What is in force is what was asked for; that it is not what its author expects is for people to settle.
function testFindings({ failedTests }: Findings): readonly Finding[] {
  if (failedTests.length === 0) return [];
  const more = failedTests.length - SHOWN_TESTS;
  const shown = [...failedTests.slice(0, SHOWN_TESTS), ...(more > 0 ? [`${more} more tests`] : [])];
  const type = "PolicyTestFailed";
  return [{ state: "InSync", type, reason: type, message: shown.join("; ") }];
}

function connectionFindings({ notJudged }: Findings): readonly Finding[] {
  const { connections, example } = notJudged;
  if (connections === 0) return [];
  const many = connections === 1 ? "1 open connection" : `${String(connections)} open connections`;
  return [
    {
      state: "InSync",
      type: "ConnectionsNotJudged",
      reason: "ConnectionsNotJudged",
      message: `whether ${many} would be denied now cannot be told, mostly because it depends on the interface by which they came; they are left open: ${example}`,
    },
  ];
}

/** Gives each condition the time since when it has held without a break. */
export function withTimes(
  conditions: Judgement["conditions"],
  before: readonly Condition[],
  now: number,
): readonly Condition[] {
  return conditions.map((condition) => {
    const same = before.find(
      ({ type, reason }) => type === condition.type && reason === condition.reason,
    );
    return { ...condition, sinceMs: same?.sinceMs ?? now };
  });
}
