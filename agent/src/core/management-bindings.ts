import {
  bindingTakes,
  type DockerContainer,
  type ManagementBinding,
  parseAddress,
} from "@seawall/policy";

/** Where an agent reaches NATS or the controller: TCP. */
export interface Endpoint {
  /** Canonical. */
  readonly address: string;
  readonly port: number;
}

/**
 * Those of the endpoints at this host's own addresses that a container publishes. What listens on the host itself, or
 * in its network namespace, nobody's rules are in the way of.
 */
export function managementBindings(
  endpoints: readonly Endpoint[],
  containers: readonly DockerContainer[],
): readonly ManagementBinding[] {
  return endpoints.flatMap(({ address, port }) => {
    const parsed = parseAddress(address);
    if (!parsed.ok) return [];
    return containers
      .filter(({ published }) =>
        published.some(
          (binding) =>
            binding.protocol === "TCP" &&
            binding.hostPort === port &&
            bindingTakes(binding, parsed.address),
        ),
      )
      .map(({ name }) => ({ address, port, container: name }));
  });
}
