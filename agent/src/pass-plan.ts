import { createHash } from "node:crypto";
import { resolve } from "@seawall/policy";
import type { KeptBundle } from "./bundle-keeper.ts";
import { rulesetDigest } from "./core/digest.ts";
import type { Failure } from "./core/failure.ts";
import { type HashedRuleset, hashRuleset } from "./core/hash.ts";
import type { Findings } from "./core/judge.ts";
import {
  pendingNetworks,
  policyStatuses,
  renderFailure,
  unenforceableNetworks,
  unsupportedBackend,
} from "./core/observations.ts";
import type { ObservedFamilies } from "./core/plan.ts";
import { render } from "./core/render.ts";
import type { Status, Versions } from "./core/status.ts";
import type { DockerKnowledge } from "./docker-view.ts";
import type { EnforceState } from "./enforce.ts";
import type { Observed } from "./ports.ts";

/** What a pass is to bring about, decided from the bundle and from Docker, before the kernel is looked at. */
export interface PassPlan {
  /** What the kernel should hold; absent when nothing may be touched. */
  readonly target?: HashedRuleset;
  readonly failures: readonly Failure[];
  readonly findings: Pick<Findings, "hasBundle" | "refusal" | "unenforceable" | "pendingNetworks">;
  /** What is true of the host once the target has been read back. */
  readonly whenEnforced: Partial<Status>;
}

export function planPass(kept: KeptBundle, docker: DockerKnowledge, state: EnforceState): PassPlan {
  const { bundle, refusal } = kept;
  const backend = unsupportedBackend(docker.engine?.firewallBackend ?? "");
  const failures = [backend, docker.failure, kept.failure].filter((it) => it !== undefined);
  const base = {
    hasBundle: bundle !== undefined,
    ...(refusal === undefined ? {} : { refusal }),
    unenforceable: [],
    pendingNetworks: [],
  };
  if (backend !== undefined || bundle === undefined || docker.networks === undefined) {
    return { failures, findings: base, whenEnforced: {} };
  }
  const resolved = resolve(bundle.desired, docker.networks);
  const findings = {
    ...base,
    unenforceable: unenforceableNetworks(resolved, docker.networks, docker.unusable),
    pendingNetworks: pendingNetworks(resolved, docker.unusable),
  };
  const rendered = render(resolved);
  if (rendered.kind === "refused") {
    const applied = state.applied?.ruleset;
    return {
      ...(applied === undefined ? {} : { target: applied }),
      failures: [renderFailure(rendered.problems), ...failures],
      findings,
      whenEnforced: {},
    };
  }
  const { epoch, generation, revision, envelope } = bundle;
  const digest = createHash("sha256").update(envelope).digest("hex");
  return {
    target: hashRuleset(rendered.ruleset),
    failures,
    findings,
    whenEnforced: {
      observed: { epoch, generation, revision, digest },
      policies: policyStatuses(resolved),
    },
  };
}

/** Docker runs and has no rules of its own, so it was told not to make any, or lost them. */
export function dockerRulesMissing(
  { target }: PassPlan,
  docker: DockerKnowledge,
  observed: Observed,
): boolean {
  return (
    target !== undefined &&
    docker.failure === undefined &&
    observed.kind === "observed" &&
    !observed.IPv4.dockerRules
  );
}

export function versionsOf(
  before: Versions,
  { engine }: DockerKnowledge,
  observed: Observed,
): Versions {
  return {
    ...before,
    docker: engine?.version ?? before.docker,
    ...(observed.kind === "observed"
      ? { iptables: observed.version, backend: observed.backend }
      : {}),
    ...(observed.kind === "failed" && observed.failure.reason === "LegacyIptables"
      ? { backend: "iptables-legacy" }
      : {}),
    ...(engine?.firewallBackend.startsWith("nftables") === true ? { backend: "nftables" } : {}),
  };
}

/** When the kernel was read, and what it held. */
export function readingOf(
  observed: ObservedFamilies | undefined,
  now: number,
): Pick<Status, "rulesetDigest" | "observedAtMs"> {
  return observed === undefined
    ? { rulesetDigest: "", observedAtMs: 0 }
    : { rulesetDigest: rulesetDigest(observed), observedAtMs: now };
}

/** What is left to say when a pass ended where it must not. */
export function brokenPass(failures: readonly Failure[], hasBundle: boolean): Findings {
  return {
    phase: "done",
    hasBundle,
    failures,
    drift: [],
    dockerRulesMissing: false,
    unenforceable: [],
    pendingNetworks: [],
    footprintDamaged: false,
  };
}
