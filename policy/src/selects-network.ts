import type { NetworkSelector } from "./desired-state.ts";
import type { DockerNetwork } from "./host-view.ts";
import { matchesLabels, matchesName } from "./select.ts";

/** Docker's own `host` and `none`: there on every host, no traffic of theirs is forwarded. Selected only by their plain name. */
const PREDEFINED_DRIVERS: readonly string[] = ["host", "null"];

export function selectsNetwork(
  { names, labels }: NetworkSelector,
  network: Pick<DockerNetwork, "name" | "driver" | "labels">,
): boolean {
  if (PREDEFINED_DRIVERS.includes(network.driver) && names?.includes(network.name) !== true) {
    return false;
  }
  return matchesName(names, network.name) && matchesLabels(labels, network.labels);
}
