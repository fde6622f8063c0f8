import { type Enforcement, hostOptionsOf, viewOfNetworks } from "@seawall/policy";
import { createBell } from "./bell.ts";
import { createBundleKeeper } from "./bundle-keeper.ts";
import { coalesce } from "./coalesce.ts";
import { createConfirmation } from "./confirmation.ts";
import { countedChains, countsOf, emptyTally } from "./core/counters.ts";
import type { Difference } from "./core/diff.ts";
import { type Failure, retryDelayMs } from "./core/failure.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import { type Findings, judge, withTimes } from "./core/judge.ts";
import { openState } from "./core/opening.ts";
import { noneUntold } from "./core/plan-marks.ts";
import { families } from "./core/ruleset.ts";
import { noBundle, type Status } from "./core/status.ts";
import { createDockerView, firewallOf, hostViewOf } from "./docker-view.ts";
import { createDriftKeeper } from "./drift-keeper.ts";
import { type EnforceState, enforce } from "./enforce.ts";
import { createHostTests } from "./host-tests.ts";
import { connectionsAfter, createLiveConnections } from "./live-connections.ts";
import { lookOf } from "./look.ts";
import {
  backendFindings,
  brokenPass,
  dockerRulesOf,
  type Knowledge,
  mayBeMoving,
  nflogMissing,
  planPass,
  readingOf,
  variantFindings,
  versionsOf,
} from "./pass-plan.ts";
import type {
  Clock,
  Conntrack,
  DesiredSource,
  Docker,
  Firewall,
  FlowLog,
  HostSnapshots,
  LastGood,
  Log,
  Look,
  ManagementEndpoints,
  Observed,
  OpenBundle,
  Openings,
  Reach,
  Reporter,
  Routes,
  RulesWatch,
} from "./ports.ts";
import { isOfEarlierBoot } from "./restore.ts";
import { sweep } from "./sweep.ts";

export interface ReconcilerPorts {
  readonly source: DesiredSource;
  readonly lastGood: LastGood;
  readonly snapshots: HostSnapshots;
  readonly openBundle: OpenBundle;
  readonly openings: Openings;
  readonly reach: Reach;
  readonly management: ManagementEndpoints;
  readonly docker: Docker;
  readonly firewall: Firewall;
  readonly rulesWatch: RulesWatch;
  readonly flowLog: Pick<FlowLog, "obstacle">;
  readonly conntrack: Conntrack;
  readonly routes: Routes;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ReconcilerOptions {
  readonly agentVersion: string;
  readonly kernel: string;
  /** How often everything is read when nothing wakes the loop. Default 5 s. */
  readonly intervalMs?: number;
  /** How long a new bundle may take to prove that it does not cut this host off. */
  readonly confirmTimeoutMs: number;
}

export interface Reconciler {
  /** Runs until the signal aborts. Leaves every rule where it is. */
  run(signal: AbortSignal): Promise<void>;
  /** Reads everything once, from now on, and resolves with what it found. */
  observeNow(): Promise<Status>;
}

/** Others may write rules all day long. The first change is looked at at once. */
const LOOK_EVERY_MS = 500;

// Not so much time: where everything is slow, looking is too.
const LOOKS_AT_A_MOVE = 6;

const noStatus: Status = {
  state: "Pending",
  conditions: [],
  observed: noBundle,
  accepted: noBundle,
  view: viewOfNetworks([]),
  limits: [],
  counters: [],
  versions: { agent: "", docker: "", iptables: "", nft: "", backend: "", kernel: "" },
  rulesetDigest: "",
  drifts: [],
  connections: { cut: 0, cutAtMs: 0, notJudged: noneUntold },
  policies: [],
  observedAtMs: 0,
};

/**
 * The agent's one loop. Woken by the source, by Docker, by somebody else's commit, by the timer or by a failure, it reads
 * everything afresh and brings the kernel to the last good bundle; what woke it is never looked at.
 */
export function createReconciler(ports: ReconcilerPorts, options: ReconcilerOptions): Reconciler {
  const { firewall, rulesWatch, reporter, clock, log, lastGood, openings, management } = ports;
  const { snapshots } = ports;
  const { intervalMs = 5_000 } = options;
  const bell = createBell(clock);
  const confirmation = createConfirmation(ports.reach, clock, bell.ring);
  const keeper = createBundleKeeper({ ...ports, confirmation }, options.confirmTimeoutMs);
  const dockerView = createDockerView(ports.docker);
  const failingTests = createHostTests();
  const liveConnections = createLiveConnections(ports);
  const drifts = createDriftKeeper(rulesWatch, clock, log);
  const askers: ((status: Status) => void)[] = [];
  let enforcing: EnforceState | undefined;
  let footprintDamaged = false;
  let atFirst: HostSnapshot | undefined;
  /** Where Docker had rules when they were last seen. */
  let dockerRulesSeen: Enforcement | undefined;
  /** The kept bundle was read back at the end of the last pass. */
  let isInForce = false;
  /** Until the host closes by itself. */
  let openForMs: number | undefined;
  let repairInMs = Infinity;
  let status: Status = {
    ...noStatus,
    versions: { ...noStatus.versions, agent: options.agentVersion, kernel: options.kernel },
  };

  ports.source.onChange(bell.ring);
  ports.docker.onChange(bell.ring);
  management.onChange(bell.ring);
  rulesWatch.onChange(coalesce(LOOK_EVERY_MS, bell.ring, clock));

  const loadState = async (): Promise<EnforceState> => {
    atFirst = await snapshots.read();
    const footprint = await lastGood.readFootprint();
    footprintDamaged = footprint === "damaged";
    return { footprint: footprint === "damaged" ? {} : footprint, tally: emptyTally, fresh: true };
  };

  const readOpenings = async (): Promise<Findings["open"]> => {
    const found = await openings.read();
    const open =
      found === "damaged"
        ? found
        : openState(found, { moment: clock.moment(), wallMs: clock.now() });
    openForMs = open === "damaged" ? undefined : open.now?.leftMs;
    return open;
  };

  const publish = (findings: Findings, news: Partial<Status>): void => {
    const judgement = judge(findings);
    const now = clock.now();
    const conditions = withTimes(judgement.conditions, status.conditions, now);
    if (judgement.state !== status.state) {
      log.info({ from: status.state, to: judgement.state, conditions }, "state changed");
    }
    status = { ...status, ...news, state: judgement.state, conditions };
    reporter.report(status);
  };

  /** Undefined: what the kernel holds is of this boot, and better than what was before. */
  const snapshotBefore = async (observed: Observed): Promise<HostSnapshot | undefined> => {
    if (observed.kind === "failed") return undefined;
    const snapshot = await snapshots.read();
    return isOfEarlierBoot(snapshot, clock.moment().boot, observed) ? snapshot : undefined;
  };

  /** As often as it takes for Docker to have moved its jump, if that is what is seen. */
  const observe = async (look: Look): Promise<Observed> => {
    const inForce = enforcing?.applied?.ruleset;
    let observed = await firewall.observe(look);
    for (let looks = 1; looks < LOOKS_AT_A_MOVE && mayBeMoving(observed, inForce); looks += 1) {
      observed = await firewall.observe(look);
    }
    return observed;
  };

  /** One look at everything. Returns what kept it from being as it should. */
  const pass = async (): Promise<readonly Failure[]> => {
    repairInMs = Infinity;
    enforcing ??= await loadState();
    const kept = await keeper.refresh(isInForce);
    isInForce = false;
    const open = await readOpenings();
    const docker = await dockerView.read();
    const footprint = footprintDamaged ? "damaged" : enforcing.footprint;
    const look = lookOf({ bundle: kept.bundle, docker, footprint, snapshot: atFirst });
    let { heard } = rulesWatch;
    const observed = await observe(look);
    const edges = { firewall, lastGood, look };
    const dockerRules = dockerRulesOf(observed, docker, status.view.engine.dockerRules);
    if (dockerRules.IPv4) dockerRulesSeen = firewallOf(docker.engine);
    const view = hostViewOf(docker, dockerRules, management.here());
    const before = view === undefined ? await snapshotBefore(observed) : undefined;
    const knowledge: Knowledge = {
      ...{ kept, open, docker, look, observed, state: enforcing },
      bootId: clock.moment().boot,
      ...(view === undefined ? {} : { view }),
      ...(before === undefined ? {} : { before }),
    };
    const plan = planPass(knowledge, failingTests);
    const flowsUntold = nflogMissing(observed) ?? (await ports.flowLog.obstacle());
    const failures = [...plan.failures];
    let seen = observed;
    const drift: Difference[] = [];
    const unheard = rulesWatch.failure;
    const findings = (phase: Findings["phase"]): Findings => ({
      ...plan.findings,
      phase,
      isInForce: isInForce && phase === "done",
      failures,
      drift,
      fights: drifts.fights(),
      ...(unheard && { unheard }),
      footprintDamaged,
      ...(flowsUntold && { flowsUntold }),
      notJudged: (news.connections ?? status.connections).notJudged,
      ...backendFindings(plan, docker, observed, dockerRulesSeen),
      ...variantFindings(plan, seen),
    });
    const news: { -readonly [K in keyof Status]?: Status[K] } = {
      ...plan.seen,
      versions: versionsOf(status.versions, docker, look, observed),
    };
    let isWritten = false;
    if (observed.kind === "failed") {
      publish(findings("done"), { ...news, ...readingOf(undefined, 0) });
      return failures;
    }
    let reading = readingOf(observed, clock.now());
    let ended: Findings["phase"] = "done";
    if (plan.target !== undefined) {
      const onlyWarns = hostOptionsOf(kept.bundle?.desired.options).drift === "Warn";
      const onWrite = (found: readonly Difference[]): void => {
        isWritten = true;
        liveConnections.rulesChange();
        drift.push(...found);
        drifts.found(found);
        news.drifts = drifts.records;
        publish(findings(found.length > 0 ? "drifted" : "applying"), { ...news, ...reading });
        ({ heard } = rulesWatch);
      };
      const leaves = (found: readonly Difference[]): boolean => {
        if (onlyWarns) return true;
        const waitMs = drifts.waitMs(found);
        if (waitMs > 0) repairInMs = waitMs;
        return waitMs > 0;
      };
      const result = await enforce(plan.target, enforcing, observed, edges, onWrite, leaves);
      enforcing = result.state;
      reading = readingOf(result.observed, clock.now());
      if (result.failure !== undefined) {
        failures.unshift(result.failure);
      } else if (result.left !== undefined) {
        drift.push(...result.left);
        drifts.found(result.left);
        news.drifts = drifts.records;
        ended = onlyWarns ? "onlyWarns" : "fought";
      } else {
        drifts.readBack(drift.splice(0), heard);
        news.drifts = drifts.records;
        Object.assign(news, plan.whenEnforced);
        isInForce = plan.isOfBundle;
        const judged = await liveConnections.judge(plan.renderedFrom);
        if (judged !== undefined) {
          news.connections = connectionsAfter(status.connections, judged, clock.now());
          if (judged.failure !== undefined) failures.push(judged.failure);
        }
        failures.push(...(await keepSnapshot(plan.snapshot, snapshots)));
        seen = result.observed;
        const swept = await sweep(seen.elsewhere, enforcing, edges);
        enforcing = swept.state;
        if (swept.failure !== undefined) failures.push(swept.failure);
      }
      if (enforcing.unrecorded !== undefined) failures.push(enforcing.unrecorded);
      const { tally, applied } = enforcing;
      const inForce = applied?.ruleset ?? plan.target;
      news.counters = families.flatMap((family) =>
        countsOf(tally, family, countedChains(inForce, family)),
      );
    }
    confirmation.ask(kept.ahead ?? (plan.isOfBundle ? kept.question : undefined), isWritten);
    publish(findings(ended), { ...news, ...reading });
    return failures;
  };

  const passOrFail = async (): Promise<readonly Failure[]> => {
    const waiting = askers.splice(0);
    let failures: readonly Failure[];
    try {
      failures = await pass();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "a pass failed unexpectedly");
      failures = [{ class: "retry", reason: "InternalError", message }];
      publish(brokenPass(failures, status.observed.epoch > 0), readingOf(undefined, 0));
    }
    for (const answer of waiting) answer(status);
    return failures;
  };

  return {
    async run(signal) {
      signal.addEventListener("abort", bell.ring, { once: true });
      openings.watch(bell.ring, signal);
      let attempt = 0;
      while (!signal.aborted) {
        const failures = await passOrFail();
        attempt = failures.length === 0 ? 0 : attempt + 1;
        const random = clock.random();
        const retries = failures.map((failure) => retryDelayMs(failure.class, attempt, random));
        // What is in force is looked after as often as ever, whatever else is wrong.
        const isEnforcing = enforcing?.applied !== undefined;
        const delays = isEnforcing || retries.length === 0 ? [...retries, intervalMs] : retries;
        await bell.wait(Math.min(...delays, repairInMs, openForMs ?? Infinity));
      }
      confirmation.ask(undefined, false);
    },
    observeNow: () =>
      new Promise((answer) => {
        askers.push(answer);
        bell.ring();
      }),
  };
}

/** Rules in force are not worth less for a full disk; the next boot is. */
async function keepSnapshot(
  snapshot: HostSnapshot | undefined,
  snapshots: HostSnapshots,
): Promise<readonly Failure[]> {
  if (snapshot === undefined) return [];
  try {
    await snapshots.store(snapshot);
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const message = `the rules are in force, but what this host is like cannot be kept on disk, so after a reboot more may be held than needs to be until the agent runs: ${said}`;
    return [{ class: "wait", reason: "StateNotWritable", message }];
  }
}
