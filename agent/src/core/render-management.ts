import { type Family, formatAddress, type ResolvedState } from "@seawall/policy";
import { goBack } from "./render-place.ts";
import type { Rule } from "./ruleset.ts";

// No container is named: whoever can redirect that port, Docker or root, has done so on purpose.

/** What Docker leads to NATS or to the controller in a container of this host. */
export function managementForwarded(state: ResolvedState, family: Family): readonly Rule[] {
  return managementRules(state, family, (address, port) => [
    ...["-p", "tcp", "-m", "conntrack", "--ctstate", "DNAT"],
    ...["--ctorigdst", address, "--ctorigdstport", port, "--ctdir", "ORIGINAL"],
  ]);
}

/** What docker-proxy takes to them. */
export function managementInput(state: ResolvedState, family: Family): readonly Rule[] {
  return managementRules(state, family, (address, port) => [
    ...["-d", address, "-p", "tcp", "-m", "tcp", "--dport", port],
  ]);
}

function managementRules(
  { management }: ResolvedState,
  family: Family,
  match: (address: string, port: string) => readonly string[],
): readonly Rule[] {
  return management
    .filter(({ address }) => address.family === family)
    .map(({ address, port, container }) => ({
      match: match(formatAddress(address), String(port)),
      target: goBack,
      label: `never cut: ${container}`,
    }));
}
