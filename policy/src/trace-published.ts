import type { Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { hostOptionsOf } from "./host-options.ts";
import type { DockerContainer, PublishedPort } from "./host-view.ts";
import { clientsThroughProxy, containersThroughProxy } from "./limit-words.ts";
import {
  type BridgeAddress,
  familyOfBinding,
  hasProxy,
  publishedPath,
  publishedPathFrom,
} from "./published-path.ts";
import { apart, type DockerSays, no } from "./trace-docker.ts";
import { bridgeEnd, endOf, forwarded, type TracePath } from "./trace-path.ts";
import type { DockerPoint, TracePoint } from "./trace-points.ts";
import type { TraceQuestion } from "./trace-question.ts";

/** From outside the host to a port that it publishes. */
export function throughPublished(
  source: Extract<TracePoint, { kind: "outside" }>,
  container: DockerContainer,
  binding: PublishedPort,
  host: HostFacts,
): readonly TracePath[] {
  const { view } = host;
  const family = familyOfBinding(binding);
  const path = publishedPath(container, binding, view);
  const common = { family, source: endOf(source), binding, port: binding.containerPort };
  switch (path.kind) {
    case "none":
      return [
        {
          ...{ ...common, route: "None", judged: false, docker: no(path.reason) },
          destination: { container: container.name },
        },
      ];
    case "docker-proxy":
      return [
        {
          ...{ ...common, ...byProxy(binding, host) },
          destination: { container: container.name },
          ...(isGuarded(host)
            ? {}
            : {
                ...{ judged: false, port: binding.containerPort },
                ungoverned: clientsThroughProxy(
                  bindingText(container, binding),
                  family,
                  view.engine.dockerRules[family],
                ),
              }),
          docker: publishedWords(binding),
        },
      ];
    case "forwarded":
      return path.to.map((at) => ({
        ...common,
        ...forwarded(family, binding.containerPort),
        destination: bridgeEnd(container, at),
        docker: publishedWords(binding),
      }));
  }
}

/** From a container to a port that its own host publishes. */
export function containerToPublished(
  source: DockerPoint,
  from: BridgeAddress,
  container: DockerContainer,
  binding: PublishedPort,
  host: HostFacts,
): readonly TracePath[] {
  const { view } = host;
  const family = familyOfBinding(binding);
  const common = { family, binding, source: bridgeEnd(source.container, from) };
  const path = publishedPathFrom(from.network, container, binding, view);
  if (path.kind === "docker-proxy" && hasProxy(binding, view)) {
    return [
      {
        ...{ ...common, ...byProxy(binding, host) },
        destination: { container: container.name },
        ...(isGuarded(host)
          ? {}
          : { ungoverned: containersThroughProxy(bindingText(container, binding)) }),
        docker: publishedWords(binding),
      },
    ];
  }
  if (path.kind !== "forwarded") {
    const reason = path.kind === "none" ? path.reason : "nothing on the host passes it on";
    return [
      {
        ...{ ...common, route: "None", judged: false, docker: no(reason) },
        destination: { container: container.name },
      },
    ];
  }
  return path.to.map((to) => ({
    ...common,
    ...forwarded(family, binding.containerPort),
    destination: bridgeEnd(container, to),
    docker:
      from.network.bridge === to.network.bridge
        ? publishedWords(binding)
        : apart(from.network, to.network),
  }));
}

/** Policies see a packet for the host itself. Where the guard stands, they judge it as if it had been redirected. */
function byProxy({ hostPort, containerPort }: PublishedPort, host: HostFacts) {
  const port = isGuarded(host) ? containerPort : hostPort;
  return { route: "DockerProxy", judged: true, port } as const;
}

function isGuarded({ options }: HostFacts): boolean {
  return hostOptionsOf(options).inputGuard === "On";
}

/** The published ports of a container that the question is about. */
export function bindingsOf(
  container: DockerContainer | undefined,
  { protocol, port }: TraceQuestion,
  family: Family,
  side: "hostPort" | "containerPort",
) {
  if (container === undefined) return [];
  return container.published
    .filter(
      (binding) =>
        binding.protocol === protocol &&
        binding[side] === port &&
        familyOfBinding(binding) === family,
    )
    .map((binding) => ({ container, binding }));
}

function bindingText({ name }: DockerContainer, { hostPort, protocol }: PublishedPort): string {
  return `${String(hostPort)}/${protocol} of ${name}`;
}

function publishedWords({ hostAddress, hostPort }: PublishedPort): DockerSays {
  const address = hostAddress.includes(":") ? `[${hostAddress}]` : hostAddress;
  return { lets: "Yes", reason: `it is published as ${address}:${String(hostPort)}` };
}
