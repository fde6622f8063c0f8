import {
  type HostView,
  includesPort,
  type Limit,
  type ResolvedPolicy,
  type ResolvedState,
} from "@seawall/policy";
import type { Failure } from "./failure.ts";
import type { OwnPorts } from "./own-ports.ts";
import type { PolicyStatus } from "./status.ts";

/** Each policy as it is in force here. What lands on a path that no rule sees never counts as enforced. */
export function policyStatuses(
  { policies }: ResolvedState,
  limits: readonly Limit[],
  audited: ReadonlySet<string>,
): readonly PolicyStatus[] {
  return policies.map((policy) => {
    const { name, networks, containers } = policy;
    const landing = limits.filter((limit) => limit.policies.includes(name));
    return {
      policy: name,
      networks,
      ...(containers === undefined ? {} : { containers }),
      reason: reasonOf(policy, landing.length > 0, audited.has(name)),
      message: limitsText(landing),
    };
  });
}

function reasonOf(
  { networks, containers }: ResolvedPolicy,
  isLimited: boolean,
  isAudited: boolean,
): PolicyStatus["reason"] {
  if (isLimited && !isAudited) return "PartiallyEnforced";
  if (networks.length === 0 || containers?.length === 0) return "SelectsNothing";
  return isAudited ? "Audited" : "Enforced";
}

const SHOWN_LIMITS = 3;

function limitsText(limits: readonly Limit[]): string {
  const more = limits.length - SHOWN_LIMITS;
  const shown = limits.slice(0, SHOWN_LIMITS).map(({ message }) => message);
  return [...shown, ...(more > 0 ? [`${more} more limits`] : [])].join("; ");
}

/** Selected networks whose bridge no rule can name, in words. */
export function unenforceableNetworks(
  { policies }: ResolvedState,
  unusable: ReadonlyMap<string, string>,
): readonly string[] {
  return policies.flatMap(({ name, unenforceable }) =>
    unenforceable.flatMap(({ network }) => {
      const why = unusable.get(network);
      return why === undefined ? [] : [`policy ${name} selects network ${network}, but ${why}`];
    }),
  );
}

/** Selected networks whose bridge does not exist, so that nothing can flow through it. */
export function pendingNetworks(
  { policies }: ResolvedState,
  unusable: ReadonlyMap<string, string>,
): readonly string[] {
  const pending = policies.flatMap(({ unenforceable }) =>
    unenforceable
      .filter(({ network, reason }) => reason === "NoBridge" && !unusable.has(network))
      .map(({ network }) => network),
  );
  return [...new Set(pending)];
}

/** Bridges that are there and held. */
export function heldBridges(
  { knownBridges }: ResolvedState,
  { interfaces }: HostView,
): readonly string[] {
  if (knownBridges === undefined) return [];
  return interfaces.filter((name) => name.startsWith("br-") && !knownBridges.includes(name));
}

/** Ports of programs of the host that are held until they have been there for a while. */
export function heldListeners(
  { heldPorts = [] }: ResolvedState,
  ports: OwnPorts,
): readonly string[] {
  return ports
    .filter((one) => !one.isOwn && includesPort(heldPorts, one))
    .map(({ protocol, port }) => `${protocol}/${String(port)}`);
}

export function renderFailure(problems: readonly string[]): Failure {
  return {
    class: "terminal",
    reason: "NotRenderable",
    message: `the rules stay as they were: ${problems.join("; ")}`,
  };
}

/** Rules that can only be written with sets, on a host that has none. */
export function ipsetMissingFailure(problems: readonly string[]): Failure {
  return {
    class: "wait",
    reason: "IpsetMissing",
    message: `ipset cannot be used here (it is not installed, or the kernel has no module ip_set), so the rules stay as they were: ${problems.join("; ")}`,
  };
}

/** Of an agent that has not heard from Docker since it started, where rules of this boot are in the kernel. */
export const foundRulesFailure: Failure = {
  class: "wait",
  reason: "RulesAsFound",
  message:
    "the rules that were found when the agent started stay, and what leads to them is put back where it is missing; whether they are as they should be is known once Docker answers",
};
