import { createHash } from "node:crypto";
import {
  type DesiredState,
  type HostView,
  limitsOf,
  type ResolvedState,
  remembered,
  resolve,
  viewOfNetworks,
} from "@seawall/policy";
import type { KeptBundle } from "./bundle-keeper.ts";
import type { RenderedFrom } from "./core/connection-judge-of.ts";
import type { Failure } from "./core/failure.ts";
import { isFilled } from "./core/found-rules.ts";
import { bootState, type HostSnapshot, snapshotOf } from "./core/host-snapshot.ts";
import type { Findings } from "./core/judge.ts";
import {
  foundRulesFailure,
  heldBridges,
  heldListeners,
  ipsetMissingFailure,
  pendingNetworks,
  policyStatuses,
  renderFailure,
  unenforceableNetworks,
} from "./core/observations.ts";
import type { OwnPorts } from "./core/own-ports.ts";
import { noneUntold } from "./core/plan-marks.ts";
import { render, renderOptionsOf } from "./core/render.ts";
import { renderIn } from "./core/render-in.ts";
import { emptyRuleset, type Ruleset } from "./core/ruleset.ts";
import { type BundleId, noBundle, type Status } from "./core/status.ts";
import type { DockerKnowledge } from "./docker-view.ts";
import type { HostTests } from "./host-tests.ts";
import { insteadOfRefused } from "./instead-of-refused.ts";
import type { Bundle, Look, Observed, Reading } from "./ports.ts";
import { backendOf } from "./reading-findings.ts";
import type { Renderer } from "./renderer.ts";
import type { Resolver } from "./resolver.ts";
import { hasRules, isOfEarlierBoot } from "./restore.ts";

/** What a pass is to bring about, decided from the bundle, from Docker and from what the kernel has. */
export interface PassPlan {
  /** What the kernel should hold; absent when nothing may be touched. */
  readonly target?: Ruleset;
  /** There is no target, and the rules that were found are to be asked, whatever they say. */
  readonly keepsFound?: true;
  /** The target is what the kept bundle says, not what is left from before it. */
  readonly isOfBundle: boolean;
  /** What the target was rendered from; absent where it is the one of before. */
  readonly renderedFrom?: RenderedFrom;
  readonly failures: readonly Failure[];
  readonly findings: Pick<
    Findings,
    | "hasBundle"
    | "refusal"
    | "standing"
    | "open"
    | "unenforceable"
    | "pendingNetworks"
    | "heldBridges"
    | "heldListeners"
    | "failedTests"
  >;
  /** What is true of the host whatever is in force. */
  readonly seen: Partial<Status>;
  /** What is true of the host once the target has been read back. */
  readonly whenEnforced: Partial<Status>;
  /** What is to be kept for the next boot then. */
  readonly snapshot?: HostSnapshot;
}

/** What a plan is made from. */
export interface Knowledge {
  readonly look: Look;
  readonly kept: KeptBundle;
  readonly open: Findings["open"];
  readonly docker: DockerKnowledge;
  readonly observed: Observed;
  /** Absent: Docker has not answered yet. */
  readonly view?: HostView;
  readonly ownPorts: OwnPorts;
  /** The host as it was when its rules were last read back, where Docker has not answered yet. */
  readonly before?: HostSnapshot;
  readonly bootId: string;
  /** What stays in force where nothing newer can be rendered; absent: nothing was read back yet. */
  readonly rulesToKeep?: Ruleset;
}

/** Of what is asked with every pass, what remembers its answers. */
export interface Remembering {
  readonly resolve: Resolver;
  readonly render: Renderer;
  readonly failingTests: HostTests;
}

export function planPass(knowledge: Knowledge, remembering: Remembering): PassPlan {
  const { kept, docker, observed, view } = knowledge;
  const seen = seenOf(knowledge);
  const base = {
    isOfBundle: false,
    failures: [
      ...(observed.kind === "failed" ? [observed.failure] : observed.failures),
      ...[docker.failure, kept.failure].filter((it) => it !== undefined),
    ],
    findings: findingsOf(knowledge),
    seen,
    whenEnforced: {},
  };
  if (observed.kind === "failed") return base;
  if (isOpen(knowledge)) return { ...base, ...withoutRules };
  if (kept.bundle === undefined) {
    // The only bundle that there was cut us off: back to what was before it.
    return kept.standing === undefined ? base : { ...base, ...withoutRules, isOfBundle: true };
  }
  if (view === undefined) {
    const boot = bootPlan(kept.bundle, { ...knowledge, observed });
    return { ...base, ...boot, failures: [...base.failures, ...boot.failures] };
  }
  return planBundle(kept.bundle, view, base, { ...knowledge, observed }, remembering);
}

const nothing = viewOfNetworks([]);
const noPolicies: DesiredState = { policies: [] };

/** Nothing of ours is in force, and that is meant: nothing that is open is denied. */
const withoutRules = {
  target: emptyRuleset,
  renderedFrom: {
    state: resolve(noPolicies, nothing),
    bridgeNf: nothing.engine.bridgeNf,
  },
  whenEnforced: { observed: noBundle, policies: [] },
} as const;

function isOpen({ open }: Knowledge): boolean {
  return open !== "damaged" && open.now !== undefined;
}

function findingsOf(knowledge: Knowledge): PassPlan["findings"] {
  const { kept, open } = knowledge;
  const { bundle, newest, standing, refusal } = kept;
  const inForce = bundle && bundleIdOf(bundle);
  return {
    hasBundle: newest !== undefined,
    open,
    ...(refusal && { refusal }),
    ...(newest &&
      standing &&
      !isOpen(knowledge) && {
        standing: { standing, newest: bundleIdOf(newest), ...(inForce && { inForce }) },
      }),
    unenforceable: [],
    pendingNetworks: [],
    heldBridges: [],
    heldListeners: [],
    failedTests: [],
  };
}

function seenOf({ kept, view }: Knowledge): Partial<Status> {
  const { bundle, newest } = kept;
  return {
    accepted: newest === undefined ? noBundle : bundleIdOf(newest),
    ...(view && { view, limits: limitsHere(bundle?.desired ?? noPolicies, view) }),
  };
}

const limitsHere = remembered(limitsOf);

function planBundle(
  bundle: Bundle,
  view: HostView,
  base: PassPlan,
  knowledge: Knowledge & { readonly observed: Reading },
  { resolve, render, failingTests }: Remembering,
): PassPlan {
  const { look, docker, observed, rulesToKeep, bootId } = knowledge;
  const resolved = resolve(bundle.desired, view);
  const unusable = docker.facts?.unusable ?? new Map<string, string>();
  const findings = {
    ...base.findings,
    unenforceable: unenforceableNetworks(resolved, unusable),
    pendingNetworks: pendingNetworks(resolved, unusable),
    heldBridges: heldBridges(resolved, view),
    heldListeners: heldListeners(resolved, knowledge.ownPorts),
    failedTests: failingTests(bundle.desired, view),
  };
  const rendered = render(look.enforcement, resolved, renderOptionsOf(observed));
  if (rendered.kind === "refused") {
    return {
      ...base,
      ...(rulesToKeep ? { target: rulesToKeep } : insteadOfRefused(view, knowledge)),
      failures: [refusedFailure(resolved, rendered.problems), ...base.failures],
      findings,
    };
  }
  return {
    ...base,
    target: rendered.ruleset,
    isOfBundle: true,
    renderedFrom: { state: resolved, bridgeNf: view.engine.bridgeNf },
    findings,
    snapshot: snapshotOf(view, resolved.bindings, {
      bootId,
      backend: backendOf(look, observed).backend,
    }),
    whenEnforced: {
      observed: bundleIdOf(bundle),
      policies: policyStatuses(resolved, base.seen.limits ?? [], auditedIn(bundle.desired)),
    },
  };
}

function bundleIdOf({ epoch, generation, revision, envelope }: Bundle): BundleId {
  const digest = createHash("sha256").update(envelope).digest("hex");
  return { epoch, generation, revision, digest };
}

/**
 * Until Docker answers: what it had before the host was started again. Where the rules in the kernel are of this boot and
 * none is missing they stay, because whoever wrote them knew more; where some are gone, nobody knows which, and what is
 * kept for the next boot holds whatever it does not know.
 */
function bootPlan(
  { desired }: Bundle,
  { observed, before, bootId, look, rulesToKeep }: Knowledge & { readonly observed: Reading },
): Pick<PassPlan, "target" | "keepsFound" | "failures"> {
  const keepsFound = { keepsFound: true, failures: [foundRulesFailure] } as const;
  const areFound = hasRules(observed) && desired.policies.length > 0;
  if (before === undefined) return areFound ? keepsFound : { failures: [] };
  const rendered = renderIn(
    look.enforcement,
    bootState(desired, before),
    renderOptionsOf(observed),
  );
  if (rendered.kind === "refused") return areFound ? keepsFound : { failures: [] };
  const { ruleset } = rendered;
  const isOwn = rulesToKeep !== undefined || isOfEarlierBoot(before, bootId, observed);
  if (isOwn || !isFilled(ruleset, observed)) return { target: ruleset, failures: [] };
  return areFound ? keepsFound : { failures: [] };
}

/** Told apart, because ipset can come at any time and nobody has to change a policy for it. */
function refusedFailure(resolved: ResolvedState, problems: readonly string[]): Failure {
  const withIpset = render(resolved, { ipset: "available" });
  return withIpset.kind === "ruleset" ? ipsetMissingFailure(problems) : renderFailure(problems);
}

function auditedIn({ policies }: DesiredState): ReadonlySet<string> {
  return new Set(policies.filter(({ mode }) => mode === "Audit").map(({ name }) => name));
}

/** What is left to say when a pass ended where it must not. */
export function brokenPass(failures: readonly Failure[]): Findings {
  return {
    phase: "done",
    // Whether there is one is not known; that no rule has been touched must not be said.
    hasBundle: true,
    isInForce: false,
    open: {},
    failures,
    drift: [],
    fights: [],
    dockerChainsLeftOut: [],
    dockerJumpsLost: [],
    forwardDropped: [],
    unenforceable: [],
    pendingNetworks: [],
    heldBridges: [],
    heldListeners: [],
    footprintDamaged: false,
    withoutGuard: [],
    dockerElsewhere: [],
    unread: [],
    failedTests: [],
    notJudged: noneUntold,
  };
}
