import type { FleetHost } from "@seawall/policy";

/**
 * All hosts that rules can name, in an order of their own. Compared by identity:
 * a fleet in which no label and no address has changed has the same directory.
 */
export interface FleetDirectory {
  readonly hosts: readonly FleetHost[];
}

/**
 * The directory of the fleet; `before` again where it says the same.
 *
 * Undefined, that is not known, while the record of any host is not believed. What
 * labels and addresses that host has is not known then: left out, it would be missing
 * from a Deny that names it, and what was closed would open; with the last ones that
 * were believed, an Allow could go on for addresses that an operator has taken away.
 * Neither was decided by anybody, so nothing may be compiled that depends on it.
 */
export function fleetDirectory(
  hosts: readonly FleetHost[],
  unbelieved: readonly unknown[],
  before: FleetDirectory | undefined,
): FleetDirectory | undefined {
  if (unbelieved.length > 0) return undefined;
  const canonical = hosts.map(canonicalHost);
  const byText = new Map(canonical.map((host) => [JSON.stringify(host), host]));
  const texts = [...byText.keys()].sort();
  const known = before?.hosts.map((host) => JSON.stringify(host));
  if (before !== undefined && known?.join() === texts.join()) return before;
  return { hosts: texts.flatMap((text) => byText.get(text) ?? []) };
}

function canonicalHost({ labels, addresses }: FleetHost): FleetHost {
  const keys = Object.keys(labels).sort();
  return {
    labels: Object.fromEntries(keys.map((key) => [key, labels[key] ?? ""])),
    addresses: [...new Set(addresses)].sort(),
  };
}
