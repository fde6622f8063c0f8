import type { Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { bridgeNfOff, hostNetworkContainer, unsupportedDriver } from "./limit-words.ts";
import { bindingTakes, familyOfBinding } from "./published-path.ts";
import {
  saysOfDirect,
  saysOfLeaving,
  saysOfOtherBridge,
  saysOfSameBridge,
  untouched,
} from "./trace-docker.ts";
import { bridgeEnd, endOf, forwarded, type TracePath } from "./trace-path.ts";
import type { DockerPoint, ElsewherePoint, TracePoint } from "./trace-points.ts";
import { bindingsOf, containerToPublished, throughPublished } from "./trace-published.ts";
import type { TraceQuestion } from "./trace-question.ts";

const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** Every way from one point to the other. */
export function pathsBetween(
  source: TracePoint,
  destination: TracePoint,
  question: TraceQuestion,
  host: HostFacts,
): readonly TracePath[] {
  for (const point of [source, destination]) {
    if (point.kind === "elsewhere") {
      const [from, to] = [besideOf(source) ?? source, besideOf(destination) ?? destination];
      return [withoutBridge(point, from, to)];
    }
  }
  if (source.kind === "host") return [fromHost(source, destination, question)];
  if (source.kind === "elsewhere" || destination.kind === "elsewhere") return [];
  if (destination.kind === "host") return toHost(source, destination, question, host);
  if (source.kind === "outside") {
    return destination.kind === "outside" ? [] : fromOutside(source, destination, question, host);
  }
  return destination.kind === "outside"
    ? leaving(source, destination, question)
    : betweenContainers(source, destination, question, host);
}

/** The ways of containers that are on networks without a bridge too, to whoever can be reached by these. */
export function pathsBeside(source: TracePoint, destination: TracePoint): readonly TracePath[] {
  const from = besideOf(source);
  const to = besideOf(destination);
  if (source.kind === "outside") return to === undefined ? [] : [withoutBridge(to, source, to)];
  if (from === undefined) return [];
  if (destination.kind === "outside") return [withoutBridge(from, from, destination)];
  return to === undefined ? [] : [withoutBridge(from, from, to)];
}

function besideOf(point: TracePoint): ElsewherePoint | undefined {
  return point.kind === "docker" ? point.beside : undefined;
}

type Outside = Extract<TracePoint, { kind: "outside" }>;
type Host = Extract<TracePoint, { kind: "host" }>;

function fromOutside(
  source: Outside,
  destination: DockerPoint,
  question: TraceQuestion,
  host: HostFacts,
): readonly TracePath[] {
  const families = source.address === undefined ? FAMILIES : [source.address.family];
  return families.flatMap((family) => {
    const bindings = destination.byAddress
      ? []
      : bindingsOf(destination.container, question, family, "containerPort");
    const published = bindings.flatMap(({ container, binding }) =>
      throughPublished(source, container, binding, host),
    );
    if (published.some(({ route }) => route !== "None")) return published;
    const direct = directPaths(source, destination, question, family, host);
    return direct.length > 0 ? direct : published;
  });
}

function directPaths(
  source: Outside,
  { container, at }: DockerPoint,
  question: TraceQuestion,
  family: Family,
  { view }: HostFacts,
): readonly TracePath[] {
  return at
    .filter(({ address }) => address.family === family)
    .map((one) => ({
      ...forwarded(family, question.port),
      source: endOf(source),
      destination: bridgeEnd(container, one),
      docker: saysOfDirect(question, container, one.network, family, view.engine),
    }));
}

function toHost(
  source: Outside | DockerPoint,
  destination: Host,
  question: TraceQuestion,
  host: HostFacts,
): readonly TracePath[] {
  const { container: onHost, address } = destination;
  const bindings =
    onHost === undefined
      ? FAMILIES.flatMap((family) =>
          host.view.containers.flatMap((container) =>
            bindingsOf(container, question, family, "hostPort"),
          ),
        )
      : [];
  const own = bindings
    .filter(({ binding }) => isPossible(source, familyOfBinding(binding)))
    .filter(({ binding }) => address === undefined || bindingTakes(binding, address));
  if (own.length === 0) return toHostItself(source, destination, question);
  return own.flatMap(({ container, binding }) =>
    source.kind === "outside"
      ? throughPublished(source, container, binding, host)
      : source.at
          .filter(({ address }) => address.family === familyOfBinding(binding))
          .flatMap((at) => containerToPublished(source, at, container, binding, host)),
  );
}

function toHostItself(
  source: Outside | DockerPoint,
  destination: Host,
  { port }: TraceQuestion,
): readonly TracePath[] {
  const { container, address } = destination;
  const common = {
    ...{ route: "Input" as const, docker: untouched, destination: endOf(destination) },
    ...(port === undefined ? {} : { port }),
  };
  if (source.kind === "docker") {
    return source.at
      .filter((at) => address === undefined || at.address.family === address.family)
      .map((at) => ({
        ...{ ...common, judged: true, family: at.address.family },
        source: bridgeEnd(source.container, at),
      }));
  }
  if (address !== undefined && !isPossible(source, address.family)) return [];
  return [
    {
      ...{ ...common, judged: false, source: endOf(source) },
      ...(address === undefined ? {} : { family: address.family }),
      ungoverned:
        container === undefined
          ? {
              reason: "HostItself",
              message: "what clients send to the host itself is not forwarded",
              advice: "filter it in the host's own INPUT rules",
            }
          : hostNetworkContainer(container.name),
    },
  ];
}

function leaving(
  { container, at }: DockerPoint,
  destination: Outside,
  { port }: TraceQuestion,
): readonly TracePath[] {
  return at
    .filter(({ address }) => isPossible(destination, address.family))
    .map((one) => ({
      ...forwarded(one.address.family, port),
      source: bridgeEnd(container, one),
      destination: endOf(destination),
      docker: saysOfLeaving(one.network),
    }));
}

function betweenContainers(
  source: DockerPoint,
  destination: DockerPoint,
  question: TraceQuestion,
  { view }: HostFacts,
): readonly TracePath[] {
  const pairs = source.at
    .flatMap((from) => destination.at.map((to) => ({ from, to })))
    .filter(({ from, to }) => from.address.family === to.address.family);
  const near = pairs.filter(({ from, to }) => from.network.bridge === to.network.bridge);
  return (near.length > 0 ? near : pairs).map(({ from, to }) => {
    const { family } = from.address;
    const path = {
      ...forwarded(family, question.port),
      source: bridgeEnd(source.container, from),
      destination: bridgeEnd(destination.container, to),
    };
    if (near.length === 0) {
      const { container } = destination;
      const docker = saysOfOtherBridge(
        ...([question, container, from.network, to.network, family, view.engine] as const),
      );
      return { ...path, docker };
    }
    return {
      ...{ ...path, route: "SameBridge", docker: saysOfSameBridge(to.network) },
      judged: view.engine.bridgeNf[family],
      ...(view.engine.bridgeNf[family] ? {} : { ungoverned: bridgeNfOff(to.network.name, family) }),
    };
  });
}

function fromHost(source: Host, destination: TracePoint, { port }: TraceQuestion): TracePath {
  const { container } = source;
  return {
    ...{ route: "Output", judged: false, docker: untouched },
    source: endOf(source),
    destination: endOf(destination),
    ...(port === undefined ? {} : { port }),
    ungoverned:
      container === undefined
        ? {
            reason: "HostItself",
            message: "what the host itself sends is not forwarded",
            advice: "filter it in the host's own OUTPUT rules",
          }
        : hostNetworkContainer(container.name),
  };
}

function withoutBridge(
  { networks, driver }: ElsewherePoint,
  source: TracePoint,
  destination: TracePoint,
): TracePath {
  return {
    ...{ route: "NoBridge", judged: false, docker: untouched },
    source: endOf(source),
    destination: endOf(destination),
    ungoverned: unsupportedDriver(networks, driver),
  };
}

function isPossible(point: Outside | DockerPoint, family: Family): boolean {
  return point.kind === "outside"
    ? point.address === undefined || point.address.family === family
    : point.at.some(({ address }) => address.family === family);
}
