import type { Enforcement, EngineFacts, Family } from "@seawall/policy";
import { rulesetDigest } from "./core/digest.ts";
import { entriesOf } from "./core/entries.ts";
import type { Failure } from "./core/failure.ts";
import type { Footprint } from "./core/footprint.ts";
import type { Findings } from "./core/judge.ts";
import type { DockerJump, FoundJumps, JumpsRead } from "./core/lost-jumps.ts";
import type { ObservedTables } from "./core/observed-kernel.ts";
import { families, type Ruleset, topChain } from "./core/ruleset.ts";
import type { Status, Versions } from "./core/status.ts";
import { notEmpty } from "./core/unread-variants.ts";
import { backendName } from "./core/variant.ts";
import { familiesWithoutGuard } from "./core/within-reach.ts";
import { type DockerKnowledge, firewallOf } from "./docker-view.ts";
import type { Look, Observed, Reading } from "./ports.ts";

// What a reading of the kernel says by itself: of Docker's backend, of ours, and of the one beside it.

/** In which families Docker keeps rules; as before where the kernel could not be read. */
export function dockerRulesOf(
  observed: Observed,
  { engine }: DockerKnowledge,
  before: EngineFacts["dockerRules"],
): EngineFacts["dockerRules"] {
  if (observed.kind === "failed") return before;
  if (firewallOf(engine) === "nftables") return observed.dockerChains ?? before;
  const has = (family: Family) => {
    const found = observed[family];
    return found !== "absent" && found.dockerRules;
  };
  return { IPv4: has("IPv4"), IPv6: has("IPv6") };
}

const tableOfIPv6: FoundJumps = {
  dockerJumps: ["chain filter-FORWARD of table ip6 docker-bridges"],
  isNatRead: false,
};
const noJumps: FoundJumps = { dockerJumps: [], isNatRead: false };

/** What leads to Docker's own chains now; undefined: it cannot be told. */
export function jumpsReadOf(
  { facts, engine, failure }: DockerKnowledge,
  observed: Observed,
  atMs: number,
): JumpsRead | undefined {
  if (facts === undefined || engine === undefined || failure !== undefined) return undefined;
  if (observed.kind === "failed") return undefined;
  const { networks, interfaces } = facts;
  const known = {
    atMs,
    networks,
    interfaces,
    engine: `${engine.version} ${engine.firewallBackend}`,
    ...(engine.daemon !== undefined && { daemon: engine.daemon }),
  };
  if (firewallOf(engine) === "iptables") {
    return { ...known, found: { IPv4: observed.IPv4, IPv6: observed.IPv6 } };
  }
  const { dockerChains } = observed;
  if (dockerChains === undefined) return undefined;
  // Without its table of IPv4 this backend never is: that it is missing needs no memory.
  return { ...known, found: { IPv4: noJumps, IPv6: dockerChains.IPv6 ? tableOfIPv6 : noJumps } };
}

/** What an agent has seen of Docker's rules before. */
export interface SeenOfDocker {
  /** Where they were last; absent: nowhere since it started. */
  readonly dockerRulesSeen?: Enforcement;
  /** Families in which FORWARD led to Docker's chains since it started. */
  readonly dockerLedToSeen: readonly Family[];
  /** What led there while Docker was the same, and is missing for longer than Docker takes to move it. */
  readonly dockerJumpsLost: readonly DockerJump[];
}

/** What Docker's own backend and ours make of each other. */
export function backendFindings(
  { target, seen }: { readonly target?: Ruleset; readonly seen: Partial<Status> },
  { failure, engine }: DockerKnowledge,
  observed: Observed,
  { dockerRulesSeen, dockerLedToSeen, dockerJumpsLost }: SeenOfDocker,
): Pick<
  Findings,
  "dockerRulesMissing" | "dockerChainsLeftOut" | "dockerJumpsLost" | "forwardDropped"
> {
  if (target === undefined || failure !== undefined || observed.kind === "failed") {
    return { dockerChainsLeftOut: [], dockerJumpsLost: [], forwardDropped: [] };
  }
  const docker = firewallOf(engine);
  const isMissing = seen.view?.engine.dockerRules.IPv4 === false;
  const dropped = families.filter((family) =>
    [observed[family], observed.elsewhere[family]].some(
      (found) => found !== "absent" && found.forward.dropsTheRest,
    ),
  );
  const leftOut =
    docker === "iptables"
      ? families.filter((family) => areChainsLeftOut(observed, family, dockerLedToSeen))
      : [];
  const isSaid = (family: Family) => leftOut.includes(family) || (isMissing && family === "IPv4");
  return {
    ...(isMissing ? { dockerRulesMissing: { docker, hadRules: dockerRulesSeen === docker } } : {}),
    dockerChainsLeftOut: leftOut,
    dockerJumpsLost: dockerJumpsLost.filter(({ family }) => !isSaid(family)),
    // Docker for iptables opens what it needs, whatever becomes of the rest.
    forwardDropped: docker === "nftables" ? dropped : [],
  };
}

/**
 * What Docker made in FORWARD is gone. Up to 26 it makes chains in IPv6 that nothing leads to, unless it is told to: there
 * they count as left out only where something did.
 */
function areChainsLeftOut(
  observed: Reading,
  family: Family,
  ledToSeen: readonly Family[],
): boolean {
  const found = observed[family];
  if (found === "absent" || !found.dockerRules || found.dockerLedTo) return false;
  return family === "IPv4" || ledToSeen.includes(family);
}

/**
 * Engines before 28 make the rules of a new network ahead of the jump to DOCKER-USER and move the jump a moment later: as
 * long as that takes, it looks like somebody else's change of what is in force.
 */
export function mayBeMoving(observed: Observed, inForce: Ruleset | undefined): boolean {
  if (observed.kind === "failed" || inForce === undefined) return false;
  return families.some((family) => {
    const found = observed[family];
    if (found === "absent" || !found.dockerRules || found.dockerForward) return false;
    const isNeeded = inForce.chains[family].filter.some(({ name }) => name === topChain);
    return isNeeded && found.forward.jumps[0] !== 1;
  });
}

/** Why no rule of ours tells of what it denies. */
export function nflogMissing(observed: Observed): Failure | undefined {
  if (observed.kind === "failed" || observed.nflog === undefined) return undefined;
  return {
    class: "wait",
    reason: "NflogMissing",
    message:
      "the kernel, iptables or nft does not know NFLOG here (modules xt_NFLOG and nfnetlink_log, iptables 1.6.1; for nft nft_log), so rules deny without telling anybody; the agent looks again when it starts",
  };
}

export function versionsOf(
  before: Versions,
  { engine }: DockerKnowledge,
  look: Look,
  observed: Observed,
): Versions {
  return {
    ...before,
    docker: engine?.version ?? before.docker,
    ...(observed.kind === "observed" ? backendOf(look, observed) : {}),
  };
}

/** Which backend keeps our rules, and the version of its program. */
export function backendOf(
  { enforcement }: Look,
  { IPv4, IPv6, version, nftVersion = "" }: Reading,
): Pick<Versions, "iptables" | "nft" | "backend"> {
  if (enforcement === "nftables" || IPv4 === "absent") {
    return { iptables: "", nft: nftVersion, backend: "nftables" };
  }
  const backend = backendName(IPv4.variant, IPv6 === "absent" ? undefined : IPv6.variant);
  return { iptables: version, nft: "", backend };
}

/** What the variant of iptables that Docker uses, or used before, takes away from what is wanted. */
export function variantFindings(
  { target }: { readonly target?: Ruleset },
  observed: Observed,
  footprint: Footprint,
): Pick<Findings, "withoutGuard" | "dockerElsewhere" | "unread"> {
  if (observed.kind === "failed") return { withoutGuard: [], dockerElsewhere: [], unread: [] };
  const { elsewhere } = observed;
  const left = families.flatMap((family) => {
    const [found, other] = [observed[family], elsewhere[family]];
    if (found === "absent" || other === "absent") return [];
    return found.dockerRules && other.dockerRules ? [{ family, variant: other.variant }] : [];
  });
  return {
    withoutGuard: target === undefined ? [] : familiesWithoutGuard(target, observed),
    dockerElsewhere: left,
    unread: notEmpty(observed.unread, footprint),
  };
}

/** When the kernel was read, and what it held. */
export function readingOf(
  observed: ObservedTables | undefined,
  now: number,
): Pick<Status, "rulesetDigest" | "entries" | "observedAtMs"> {
  if (observed === undefined) return { rulesetDigest: "", entries: [], observedAtMs: 0 };
  const entries = entriesOf(observed);
  return { rulesetDigest: rulesetDigest(observed), entries, observedAtMs: now };
}
