import type { DesiredPolicy, DesiredState } from "./desired-state.ts";
import type { DockerNetwork, HostView } from "./host-view.ts";
import { isBridged } from "./limits-ground.ts";
import { selectsNetwork } from "./selects-network.ts";

/**
 * The networks of the host into which, of what no rule speaks of, not all is denied: no enforced policy selects the
 * network, with every container that it has or will have, and denies by default what comes in.
 */
export function withoutDenyDefault(
  { policies }: DesiredState,
  { networks }: HostView,
): readonly DockerNetwork[] {
  const denying = policies.filter(deniesByDefault);
  return networks.filter(
    (network) =>
      isBridged(network) &&
      !denying.some(
        ({ networkSelector }) =>
          networkSelector !== undefined && selectsNetwork(networkSelector, network),
      ),
  );
}

function deniesByDefault({ mode, containerSelector, ingress }: DesiredPolicy): boolean {
  return (
    mode !== "Audit" &&
    containerSelector === undefined &&
    ingress !== undefined &&
    ingress.defaultAction !== "Allow"
  );
}
