import { type HostView, viewOfNetworks } from "@seawall/policy";
import { createBell } from "./bell.ts";
import { createBundleKeeper, type KeptBundle } from "./bundle-keeper.ts";
import { coalesce } from "./coalesce.ts";
import { createConfirmation } from "./confirmation.ts";
import { type Failure, retryDelayMs } from "./core/failure.ts";
import { type Findings, judge, withTimes } from "./core/judge.ts";
import type { OwnPorts } from "./core/own-ports.ts";
import { noneUntold } from "./core/plan-marks.ts";
import { noBundle, type Status } from "./core/status.ts";
import { createEnforcement, type Outcome } from "./enforcement.ts";
import { createHostReader, type HostReading } from "./host-reading.ts";
import { createHostTests } from "./host-tests.ts";
import { keepFoundRules } from "./keep-found-rules.ts";
import { brokenPass, type PassPlan, planPass } from "./pass-plan.ts";
import type {
  Clock,
  Conntrack,
  CutRecords,
  DesiredSource,
  Docker,
  FailedCall,
  Firewall,
  FlowLog,
  HostSnapshots,
  LastGood,
  Log,
  ManagementEndpoints,
  OpenBundle,
  Openings,
  Reach,
  Reporter,
  Routes,
  RulesRecords,
  RulesWatch,
} from "./ports.ts";
import { backendFindings, readingOf, variantFindings, versionsOf } from "./reading-findings.ts";
import { createRenderer } from "./renderer.ts";
import { createResolver } from "./resolver.ts";

export interface ReconcilerPorts {
  readonly source: DesiredSource;
  readonly lastGood: LastGood;
  readonly cutRecords: CutRecords;
  readonly snapshots: HostSnapshots;
  readonly rulesRecords: RulesRecords;
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
  /** Reads everything once, from now on. Fails where Docker does not say what the host is like. */
  readHost(): Promise<SeenHost | FailedCall>;
}

/** What policies are resolved by, whichever. */
export interface SeenHost {
  readonly kind: "seen";
  readonly view: HostView;
  readonly ownPorts: OwnPorts;
}

/** Others may write rules all day long. The first change is looked at at once. */
const LOOK_EVERY_MS = 500;

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
  entries: [],
  drifts: [],
  connections: { cut: 0, cutAtMs: 0, notJudged: noneUntold },
  policies: [],
  observedAtMs: 0,
};

/** Where there is nothing to be written. */
const nothingDone: Outcome = { phase: "done", isRead: false, drift: [], failures: [], news: {} };

/**
 * The agent's one loop. Woken by the source, by Docker, by somebody else's commit, by the timer or by a failure, it reads
 * everything afresh and brings the kernel to the last good bundle; what woke it is never looked at. Only the
 * kernel's rules are not read again as long as nothing can have changed them unheard and nobody asks (earlier-reading.ts).
 */
export function createReconciler(ports: ReconcilerPorts, options: ReconcilerOptions): Reconciler {
  const { rulesWatch, reporter, clock, log, openings } = ports;
  const { intervalMs = 5_000 } = options;
  const bell = createBell(clock);
  const confirmation = createConfirmation(ports.reach, clock, bell.ring);
  const keeper = createBundleKeeper({ ...ports, confirmation }, options.confirmTimeoutMs);
  const host = createHostReader(ports, bell.ring);
  const enforcement = createEnforcement({ ...ports, isCalled: () => bell.isRung });
  const remembering = {
    resolve: createResolver(),
    render: createRenderer(),
    failingTests: createHostTests(),
  };
  const askers: Asker[] = [];
  /** What was said last while Docker answered: until it does, it may be making its rules. */
  let ofDocker: ReturnType<typeof backendFindings> | undefined;
  /** The kept bundle was read back at the end of the last pass. */
  let isInForce = false;
  /** Until the host closes by itself, and until a repair that waits. */
  let nextMs = Infinity;
  /** By the pass that is under way, or by the last one. */
  let seen: HostReading | undefined;
  let status: Status = {
    ...noStatus,
    versions: { ...noStatus.versions, agent: options.agentVersion, kernel: options.kernel },
  };

  ports.source.onChange(bell.ring);
  ports.docker.onChange(bell.ring);
  ports.management.onChange(bell.ring);
  rulesWatch.onChange(coalesce(LOOK_EVERY_MS, bell.ring, clock));

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

  /** What a pass says of the host, before it writes and at its end. */
  const say = (
    plan: PassPlan,
    reading: HostReading,
    found: Pick<Findings, "phase" | "drift" | "failures">,
    news: Partial<Status>,
    seen = reading.observed,
  ): void => {
    const { look, docker, observed } = reading;
    const { unheard, flowsUntold } = reading;
    if (docker.isAwaited !== true || ofDocker === undefined) {
      ofDocker = backendFindings(plan, docker, observed, reading);
    }
    const findings: Findings = {
      ...plan.findings,
      ...found,
      isInForce,
      fights: enforcement.fights(),
      ...(unheard && { unheard }),
      footprintDamaged: enforcement.footprintDamaged,
      ...(flowsUntold && { flowsUntold }),
      notJudged: (news.connections ?? status.connections).notJudged,
      ...ofDocker,
      ...variantFindings(plan, seen, enforcement.footprint),
    };
    publish(findings, {
      ...plan.seen,
      versions: versionsOf(status.versions, docker, look, observed),
      ...news,
    });
  };

  /** Brings about what was planned, and what new connections are to tell of it. */
  const carryOut = async (
    plan: PassPlan,
    kept: KeptBundle,
    reading: HostReading,
    wasInForce: boolean,
  ): Promise<Outcome> => {
    const { look, observed, heard, isForAnother, isEarlier, readAt } = reading;
    const { target } = plan;
    if (observed.kind === "failed") return { ...nothingDone, news: readingOf(undefined, 0) };
    let isNew = false;
    const bringAbout = async (): Promise<Outcome> => {
      if (plan.keepsFound) return await keepFoundRules(ports, { look, observed, readAt });
      if (target === undefined) return { ...nothingDone, news: readingOf(observed, readAt.wallMs) };
      return await enforcement.carryOut(
        { ...plan, target },
        {
          ...{ look, observed, heard, isForAnother, isEarlier, readAt },
          connections: status.connections,
          ...(kept.bundle && { bundle: kept.bundle }),
          ...(kept.confirmed && { confirmed: kept.confirmed }),
        },
        (drift, news) => {
          // Connections from before count where these are the bundle's rules for a host that has changed.
          isNew = !wasInForce || drift.length > 0;
          const phase = drift.length > 0 ? "drifted" : "applying";
          say(plan, reading, { phase, drift, failures: plan.failures }, news);
        },
      );
    };
    const outcome = await bringAbout();
    isInForce = outcome.isRead && plan.isOfBundle;
    confirmation.ask(kept.ahead ?? (plan.isOfBundle ? kept.question : undefined), isNew);
    return outcome;
  };

  /** One look at everything. Returns what kept it from being as it should. */
  const pass = async (isAsked: boolean): Promise<readonly Failure[]> => {
    const wasInForce = isInForce;
    nextMs = Infinity;
    seen = undefined;
    const state = await enforcement.state();
    const kept = await keeper.refresh(wasInForce);
    isInForce = false;
    const reading = await host.read({
      ...{ bundle: kept.bundle, inForce: enforcement.inForce, earlier: enforcement.earlier },
      isAsked,
      footprint: enforcement.footprintDamaged ? "damaged" : state.footprint,
      dockerRules: status.view.engine.dockerRules,
    });
    seen = reading;
    const bootId = clock.moment().boot;
    const { rulesToKeep } = enforcement;
    const plan = planPass(
      { ...reading, kept, bootId, ...(rulesToKeep && { rulesToKeep }) },
      remembering,
    );
    const outcome = await carryOut(plan, kept, reading, wasInForce);
    const { phase, drift, failure, news } = outcome;
    const first = failure === undefined ? [] : [failure];
    const failures = [...first, ...plan.failures, ...outcome.failures];
    say(plan, reading, { phase, drift, failures }, news, outcome.observed);
    const openForMs = reading.open === "damaged" ? undefined : reading.open.now?.leftMs;
    // What was found is looked after as often as what is in force.
    const lookAgainMs = plan.keepsFound ? intervalMs : Infinity;
    nextMs = Math.min(outcome.repairInMs ?? Infinity, openForMs ?? Infinity, lookAgainMs);
    return failures;
  };

  const passOrFail = async (): Promise<readonly Failure[]> => {
    const waiting = askers.splice(0);
    let failures: readonly Failure[];
    try {
      failures = await pass(waiting.length > 0);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "a pass failed unexpectedly");
      failures = [{ class: "retry", reason: "InternalError", message }];
      publish(brokenPass(failures), readingOf(undefined, 0));
    }
    // What Docker was asked before is not what they ask for; once it has answered, or failed, there is another pass.
    const { asked = Infinity } = seen?.docker ?? {};
    askers.unshift(...waiting.filter(({ ticket }) => ticket > asked));
    for (const { ticket, answer } of waiting) if (ticket <= asked) answer(status);
    return failures;
  };

  const observeNow = (): Promise<Status> =>
    new Promise((answer) => {
      askers.push({ answer, ticket: host.expire() });
      bell.ring();
    });

  return {
    observeNow,
    async readHost() {
      await observeNow();
      return seenHost(seen);
    },
    async run(signal) {
      signal.addEventListener("abort", bell.ring, { once: true });
      openings.watch(bell.ring, signal);
      let attempt = 0;
      while (!signal.aborted) {
        const failures = await passOrFail();
        attempt = failures.every(({ isUnderWay }) => isUnderWay) ? 0 : attempt + 1;
        const random = clock.random();
        const retries = failures.map(({ class: kind, isUnderWay }) =>
          retryDelayMs(kind, isUnderWay === true ? 1 : attempt, random),
        );
        // What is in force is looked after as often as ever, whatever else is wrong.
        const isEnforcing = enforcement.inForce !== undefined;
        const delays = isEnforcing || retries.length === 0 ? [...retries, intervalMs] : retries;
        await bell.wait(Math.min(...delays, nextMs));
      }
      confirmation.ask(undefined, false);
      await enforcement.stop();
    },
  };
}

/** Wants to know what is there, by what Docker is asked from this number on. */
interface Asker {
  readonly ticket: number;
  readonly answer: (status: Status) => void;
}

function seenHost(reading: HostReading | undefined): SeenHost | FailedCall {
  const { view, ownPorts = [], docker } = reading ?? {};
  if (view !== undefined && docker?.failure === undefined) return { kind: "seen", view, ownPorts };
  const message = "Docker has not said yet what this host is like";
  const unread: Failure = { class: "retry", reason: "HostNotRead", message };
  return { kind: "failed", failure: docker?.failure ?? unread };
}
