import type { DockerNetwork, ResolvedState } from "@seawall/policy";
import type { Failure } from "./failure.ts";
import type { PolicyStatus } from "./status.ts";

export function policyStatuses({ policies }: ResolvedState): readonly PolicyStatus[] {
  return policies.map(({ name, networks }) => ({
    policy: name,
    networks,
    reason: networks.length === 0 ? "SelectsNothing" : "Enforced",
  }));
}

/** Selected networks through which traffic flows that no rule of ours can see, in words. */
export function unenforceableNetworks(
  { policies }: ResolvedState,
  networks: readonly DockerNetwork[],
  unusable: ReadonlyMap<string, string>,
): readonly string[] {
  const driverOf = (name: string) => networks.find((network) => network.name === name)?.driver;
  return policies.flatMap(({ name, unenforceable }) =>
    unenforceable.flatMap(({ network, reason }) => {
      const why =
        reason === "UnsupportedDriver"
          ? `its driver ${driverOf(network) ?? ""} has no bridge on this host`
          : unusable.get(network);
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

/** Why Docker's own firewall backend rules ours out; undefined when it does not. */
export function unsupportedBackend(firewallBackend: string): Failure | undefined {
  if (!firewallBackend.startsWith("nftables")) return undefined;
  return {
    class: "terminal",
    reason: "DockerNftablesBackend",
    message:
      'Docker runs with the nftables firewall backend, which has no DOCKER-USER and is not supported yet; run it with "firewall-backend": "iptables"',
    unsupported: true,
  };
}

export function renderFailure(problems: readonly string[]): Failure {
  return {
    class: "terminal",
    reason: "NotRenderable",
    message: `the rules stay as they were: ${problems.join("; ")}`,
  };
}
