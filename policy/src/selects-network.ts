import type { NetworkSelector } from "./desired-state.ts";
import type { DockerNetwork } from "./host-view.ts";
import { remembered } from "./remembered.ts";
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

/** Those of these networks that a policy selects, in their order. */
export function selectedNetworks(
  { networkSelector }: { readonly networkSelector?: NetworkSelector },
  networks: readonly DockerNetwork[],
): ReadonlySet<DockerNetwork> {
  return networkSelector === undefined ? noNetworks : selectedBy(networkSelector, networks);
}

const noNetworks: ReadonlySet<DockerNetwork> = new Set();

const selectedBy = remembered(
  (selector: NetworkSelector, networks: readonly DockerNetwork[]): ReadonlySet<DockerNetwork> =>
    new Set(networks.filter((network) => selectsNetwork(selector, network))),
);
