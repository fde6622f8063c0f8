import type { ResourceTree } from "@seawall/controller/testing";
import { parseManifests, resourceKey } from "@seawall/policy";

/** What a revision does to the hosts that are to come to harm by it. */
export type Harm = "applyFails" | "gateFails" | "cutOff";

/** How a revision goes out. */
export interface Waves {
  readonly maxUnavailable: number;
  /** How long each wave but the last soaks. */
  readonly soakMs: number;
}

/** Addresses that kernels of hosts may not take, and by which hosts may be cut off. */
export const harmfulAddress = { applyFails: "203.0.113.66", cutOff: "203.0.113.99" } as const;

/** The network that some hosts have, and that no policy closes. */
export const openNetwork = "legacy";

/** The label that says with which wave a host goes; hosts without it go last. */
export const waveLabel = "wave";
export const waveNames = ["canary", "early"] as const;

/** The label of the hosts whose rules every revision changes. */
export const changing = { changing: "yes" } as const;

export interface FleetRevision {
  /** Another number, other rules on the hosts that change; below 250. */
  readonly content: number;
  /** Absent: to all hosts at once. */
  readonly waves?: Waves;
  readonly harm?: Harm;
}

/** The address that only this content lets in. */
export function addressOf(content: number): string {
  return `198.51.100.${String(content)}`;
}

/** All objects of such a fleet: what all hosts have, and what the hosts that change have besides. */
export function fleetRevision({ content, waves, harm }: FleetRevision): ResourceTree {
  const addresses = [addressOf(content)];
  if (harm === "applyFails" || harm === "cutOff") addresses.push(harmfulAddress[harm]);
  const tests =
    harm === "gateFails"
      ? `tests: [{from: 192.0.2.1, to: {network: ${openNetwork}, port: 80}, expect: Deny}]`
      : "";
  const selector = `matchLabels: {changing: ${changing.changing}}`;
  const texts = [
    policy("all", "{}", ["192.0.2.7"], ""),
    policy("changing", `{${selector}}`, addresses, tests),
    ...(waves === undefined ? [] : [strategy(waves)]),
  ];
  const { resources, issues } = parseManifests(
    texts.map((text, index) => ({ name: `${String(index)}.yaml`, content: text })),
  );
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return new Map(resources.map(({ resource }) => [resourceKey(resource), resource]));
}

function policy(
  name: string,
  hostSelector: string,
  addresses: readonly string[],
  tests: string,
): string {
  const from = addresses.map((address) => `{ipBlock: {cidr: ${address}/32}}`).join(", ");
  return `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: ${name}}
spec:
  hostSelector: ${hostSelector}
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Deny
    rules: [{name: in, action: Allow, from: [${from}], ports: [{port: 443}]}]
  ${tests}
`;
}

function strategy({ maxUnavailable, soakMs }: Waves): string {
  const waves = waveNames.map(
    (name) =>
      `{name: ${name}, hostSelector: {matchLabels: {${waveLabel}: ${name}}}, soak: ${String(soakMs / 1_000)}s}`,
  );
  return `apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default}
spec:
  waves: [${waves.join(", ")}, {name: all}]
  maxUnavailable: ${String(maxUnavailable)}
  gates: [NewDrops]
`;
}
