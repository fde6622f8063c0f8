import {
  type DesiredPolicy,
  type Enforcement,
  type EngineFacts,
  type Family,
  foreseenPorts,
  type HostPort,
  type HostView,
  includesPort,
  shared,
} from "@seawall/policy";
import type { Failure } from "./core/failure.ts";
import type { Footprint } from "./core/footprint.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import type { Findings } from "./core/judge.ts";
import {
  type FollowedJumps,
  followJumps,
  lostJumps,
  whileDockerIsAway,
} from "./core/lost-jumps.ts";
import { openState } from "./core/opening.ts";
import { followPorts, type OwnPorts } from "./core/own-ports.ts";
import { families, type Ruleset } from "./core/ruleset.ts";
import { createDockerView, type DockerKnowledge, firewallOf, hostViewOf } from "./docker-view.ts";
import { type EarlierReading, type ReadAt, readNow, stillSo } from "./earlier-reading.ts";
import { lookOf } from "./look.ts";
import type {
  Bundle,
  Clock,
  Docker,
  Firewall,
  FlowLog,
  HostSnapshots,
  Look,
  ManagementEndpoints,
  Observed,
  Openings,
  RulesWatch,
} from "./ports.ts";
import {
  dockerRulesOf,
  jumpsReadOf,
  mayBeMoving,
  nflogMissing,
  type SeenOfDocker,
} from "./reading-findings.ts";

/** All that a pass reads of the host, at one go. */
export interface HostReading extends SeenOfDocker {
  readonly open: Findings["open"];
  readonly docker: DockerKnowledge;
  /** By which the kernel was read. */
  readonly look: Look;
  readonly observed: Observed;
  readonly readAt: ReadAt;
  /** It was read for another bundle: to be written upon, and not to be told of as it is. */
  readonly isForAnother: boolean;
  /** It was read for this bundle, some time ago. */
  readonly isEarlier: boolean;
  /** Absent: Docker has not answered yet. */
  readonly view?: HostView;
  /** Who listens at ports of the host, and is no container's docker-proxy. Empty until Docker has answered. */
  readonly ownPorts: OwnPorts;
  /** The host as it was when its rules were last read back, where Docker has not answered yet. */
  readonly before?: HostSnapshot;
  /** How many changes of rules had been heard of before the kernel was read. */
  readonly heard: number;
  /** Why none are heard of. */
  readonly unheard?: Failure;
  /** Why nobody can be told what is denied. */
  readonly flowsUntold?: Failure;
}

/** What decides how the host is read. */
export interface ReadFor {
  readonly bundle: Bundle | undefined;
  readonly footprint: Footprint | "damaged";
  /** The rules that were read back last. */
  readonly inForce: Ruleset | undefined;
  /** How they were. */
  readonly earlier: EarlierReading | undefined;
  /** Somebody wants to know what is there now. */
  readonly isAsked: boolean;
  /** In which families Docker had rules then. */
  readonly dockerRules: EngineFacts["dockerRules"];
}

export interface HostReader {
  read(known: ReadFor): Promise<HostReading>;
  /** Somebody wants to know what is there from now on. */
  readonly expire: () => number;
}

export interface HostReaderPorts {
  readonly openings: Openings;
  readonly docker: Docker;
  readonly firewall: Firewall;
  readonly rulesWatch: RulesWatch;
  readonly management: ManagementEndpoints;
  readonly snapshots: HostSnapshots;
  readonly flowLog: Pick<FlowLog, "obstacle">;
  readonly clock: Clock;
}

// Not so much time: where everything is slow, looking is too.
const LOOKS_AT_A_MOVE = 6;

function isDockerLedTo(observed: Observed, family: Family): boolean {
  if (observed.kind === "failed") return false;
  const found = observed[family];
  return found !== "absent" && found.dockerLedTo;
}

/** @param onLate Docker has answered, or failed, after a reading had gone on without it. */
export function createHostReader(ports: HostReaderPorts, onLate: () => void): HostReader {
  const { openings, firewall, rulesWatch, management, snapshots, flowLog, clock } = ports;
  const dockerView = createDockerView(ports.docker, clock, onLate);
  let atFirst: Promise<HostSnapshot | undefined> | undefined;
  let dockerRulesSeen: Enforcement | undefined;
  let viewBefore: HostView | undefined;
  let ownPorts: OwnPorts | undefined;
  let dockerLedToSeen: readonly Family[] = [];
  let jumps: FollowedJumps | undefined;
  let lost: SeenOfDocker["dockerJumpsLost"] = [];
  let factsBefore: DockerKnowledge["facts"];

  const readOpenings = async (): Promise<Findings["open"]> => {
    const found = await openings.read();
    if (found === "damaged") return found;
    return openState(found, { moment: clock.moment(), wallMs: clock.now() });
  };

  /** As often as it takes for Docker to have moved its jump, if that is what is seen. */
  const observe = async (look: Look, inForce: Ruleset | undefined): Promise<Observed> => {
    let observed = await firewall.observe(look);
    for (let looks = 1; looks < LOOKS_AT_A_MOVE && mayBeMoving(observed, inForce); looks += 1) {
      observed = await firewall.observe(look);
    }
    return observed;
  };

  const jumpsLost = (
    docker: DockerKnowledge,
    observed: Observed,
    { ms }: ReadAt,
  ): SeenOfDocker["dockerJumpsLost"] => {
    // What Docker says now is not known, and it may be making its rules: what was said before holds.
    if (docker.isAwaited === true) return lost;
    const found = jumpsReadOf(docker, observed, ms);
    if (docker.failure !== undefined) jumps = whileDockerIsAway(jumps);
    else if (found !== undefined) jumps = followJumps(jumps, found);
    lost = jumps === undefined ? [] : lostJumps(jumps, ms);
    return lost;
  };

  return {
    expire: dockerView.expire,
    async read({ bundle, footprint, inForce, earlier, isAsked, dockerRules }) {
      atFirst ??= snapshots.read();
      const open = await readOpenings();
      const docker = await dockerView.read();
      const look = lookOf({ bundle, docker, footprint, snapshot: await atFirst });
      const { heard } = rulesWatch;
      const now = readNow(clock);
      const known = stillSo(earlier, { bundle, look, isAsked, ms: now.ms }, rulesWatch);
      const observed = known?.reading ?? (await observe(look, inForce));
      const readAt = known?.readAt ?? now;
      const rules = dockerRulesOf(observed, docker, dockerRules);
      if (rules.IPv4) dockerRulesSeen = firewallOf(docker.engine);
      dockerLedToSeen = families.filter(
        (family) => dockerLedToSeen.includes(family) || isDockerLedTo(observed, family),
      );
      if (docker.facts !== undefined && docker.facts !== factsBefore) {
        factsBefore = docker.facts;
        const found = { ...docker.facts, now: clock.moment() };
        ownPorts = followPorts(ownPorts, found, (await atFirst)?.ownPorts ?? []);
      }
      const all = hostViewOf(docker, rules, management.here());
      const view = shared(
        viewBefore,
        all && {
          ...all,
          ownPorts: ownForeseen(ownPorts ?? [], bundle?.desired.policies ?? [], all),
        },
      );
      viewBefore = view ?? viewBefore;
      const before = view === undefined ? await snapshots.read() : undefined;
      const flowsUntold = nflogMissing(observed) ?? (await flowLog.obstacle());
      const unheard = rulesWatch.failure;
      return {
        ...{ open, docker, look, observed, heard, dockerLedToSeen, ownPorts: ownPorts ?? [] },
        readAt,
        dockerJumpsLost: jumpsLost(docker, observed, readAt),
        isForAnother: known !== undefined && known.bundle !== bundle,
        isEarlier: known !== undefined && known.bundle === bundle,
        ...(dockerRulesSeen && { dockerRulesSeen }),
        ...(view && { view }),
        ...(before && { before }),
        ...(unheard && { unheard }),
        ...(flowsUntold && { flowsUntold }),
      };
    },
  };
}

/** What happens at other ports matters to nobody. */
export function ownForeseen(
  ports: OwnPorts,
  policies: readonly DesiredPolicy[],
  { awaitedPorts = [] }: Pick<HostView, "awaitedPorts">,
): readonly HostPort[] {
  const foreseen = foreseenPorts(policies, awaitedPorts);
  return ports
    .filter((one) => one.isOwn && includesPort(foreseen, one))
    .map(({ protocol, port }) => ({ protocol, port }));
}
