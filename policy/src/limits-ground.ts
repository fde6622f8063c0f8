import type { DesiredDirection, DesiredPolicy, DesiredState } from "./desired-state.ts";
import type { DockerNetwork, HostView } from "./host-view.ts";
import type { Limit } from "./limit.ts";
import { selectedNetworks } from "./selects-network.ts";

/** A policy and the networks of this host that it selects. */
export interface Ground {
  readonly policy: DesiredPolicy;
  readonly networks: readonly DockerNetwork[];
}

/** One thing of the host that is out of reach, and the policies that mean it. */
export interface LimitedPart {
  readonly what: string;
  readonly policies: readonly string[];
}

export function groundsOf({ policies }: DesiredState, { networks }: HostView): readonly Ground[] {
  return policies.map((policy) => ({
    policy,
    networks: [...selectedNetworks(policy, networks)],
  }));
}

/** Whether it may deny anything: where it cannot, nothing is lost. */
export function restricts(direction: DesiredDirection | undefined): boolean {
  return (
    direction !== undefined &&
    (direction.defaultAction !== "Allow" ||
      direction.rules.some(({ action }) => action === "Deny" || action === "Reject"))
  );
}

export function restrictsAnything({ ingress, egress, internal }: DesiredPolicy): boolean {
  return restricts(ingress) || restricts(egress) || restricts(internal);
}

export function isBridged({ driver, bridge }: DockerNetwork): boolean {
  return driver === "bridge" && bridge !== undefined;
}

/** One limit for all that the same policies mean, so that their number does not grow with the host. */
export function limitsFor(
  parts: readonly LimitedPart[],
  words: (what: string) => Omit<Limit, "policies">,
): readonly Limit[] {
  const groups = new Map<string, { readonly policies: readonly string[]; what: string[] }>();
  for (const { what, policies } of parts) {
    const sorted = [...new Set(policies)].toSorted();
    const key = JSON.stringify(sorted);
    const group = groups.get(key) ?? { policies: sorted, what: [] };
    group.what.push(what);
    groups.set(key, group);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { policies, what }]) => ({ ...words(listed(what)), policies }));
}

const SHOWN = 5;

function listed(names: readonly string[]): string {
  const sorted = [...new Set(names)].toSorted();
  const more = sorted.length - SHOWN;
  const shown = sorted.slice(0, SHOWN).join(", ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}
