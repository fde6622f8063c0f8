import type { ResourceTree } from "@seawall/controller/testing";
import { parseManifests, resourceKey } from "@seawall/policy";

/** What a revision does to the hosts that are to come to harm by it. */
export type Harm = "applyFails" | "gateFails" | "cutOff";

export const harms: readonly Harm[] = ["applyFails", "gateFails", "cutOff"];

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

/** The address that every revision lets in, another one for each. */
export function addressOf(content: number): string {
  return `198.51.100.${String(content)}`;
}

/**
 * All that hosts have of a fleet.
 * @param content another number, other rules on each host
 * @param waves absent: to all hosts at once
 */
export function fleetRevision(content: number, waves?: Waves, harm?: Harm): ResourceTree {
  const addresses = [addressOf(content)];
  if (harm === "applyFails" || harm === "cutOff") addresses.push(harmfulAddress[harm]);
  const from = addresses.map((address) => `{ipBlock: {cidr: ${address}/32}}`).join(", ");
  const tests =
    harm === "gateFails"
      ? `tests: [{from: 192.0.2.1, to: {network: ${openNetwork}, port: 80}, expect: Deny}]`
      : "";
  const texts = [
    `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: shop}
spec:
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Deny
    rules: [{name: in, action: Allow, from: [${from}], ports: [{port: 443}]}]
  ${tests}
`,
    ...(waves === undefined ? [] : [strategy(waves)]),
  ];
  const { resources, issues } = parseManifests(
    texts.map((text, index) => ({ name: `${String(index)}.yaml`, content: text })),
  );
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return new Map(resources.map(({ resource }) => [resourceKey(resource), resource]));
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
`;
}
