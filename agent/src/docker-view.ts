import type { DockerContainer, DockerProxy, EngineFacts, HostView } from "@seawall/policy";
import type { Failure } from "./core/failure.ts";
import { type Endpoint, managementBindings } from "./core/management-bindings.ts";
import type { Docker, DockerFacts, Engine } from "./ports.ts";

/** What is known of Docker now; with `failure`, from the last time it answered. */
export interface DockerKnowledge {
  readonly facts?: DockerFacts;
  readonly engine?: Engine;
  readonly failure?: Failure;
}

export interface DockerView {
  read(): Promise<DockerKnowledge>;
}

/**
 * Reads networks and containers afresh every time. The engine can change only when Docker was away, and its
 * proxies only with a container, so both are read again only after Docker said that something changed.
 */
export function createDockerView(docker: Docker): DockerView {
  let known: DockerKnowledge = {};
  let engineIsFresh = false;
  docker.onChange(() => {
    engineIsFresh = false;
  });

  return {
    async read() {
      // Before anything is read: what changes meanwhile makes it old again.
      const readEngine = !engineIsFresh;
      engineIsFresh = true;
      const answer = await docker.view();
      if (answer.kind === "failed") {
        engineIsFresh = false;
        return { ...known, failure: answer.failure };
      }
      known = { ...known, facts: answer };
      if (!readEngine) return known;
      const engine = await docker.engine();
      if (engine.kind === "failed") {
        engineIsFresh = false;
        return { ...known, failure: engine.failure };
      }
      known = { ...known, engine: engine.engine };
      return known;
    },
  };
}

/** Everything that policies are resolved and judged by. undefined: Docker has not answered yet. */
export function hostViewOf(
  { facts, engine }: DockerKnowledge,
  dockerRules: EngineFacts["dockerRules"],
  endpoints: readonly Endpoint[],
): HostView | undefined {
  if (facts === undefined) return undefined;
  const { networks, containers, interfaces, addresses, bridgeNf } = facts;
  return {
    networks,
    containers,
    interfaces,
    addresses,
    engine: {
      version: engine?.version ?? "",
      swarm: engine?.swarm ?? false,
      firewall: firewallOf(engine),
      dockerRules,
      bridgeNf,
      proxies: (engine?.proxies ?? everyPossibleProxy(containers)).filter((proxy) =>
        isPublished(proxy, containers),
      ),
    },
    management: managementBindings(endpoints, containers),
  };
}

/** An engine that does not say (before 28) knows iptables only; with firewalld it says so behind a plus. */
export function firewallOf(engine: Engine | undefined): EngineFacts["firewall"] {
  return engine?.firewallBackend.startsWith("nftables") === true ? "nftables" : "iptables";
}

// One that has not ended yet, and those of another engine on the same machine, say nothing about this one.
function isPublished(proxy: DockerProxy, containers: readonly DockerContainer[]): boolean {
  return containers.some(({ published }) =>
    published.some(
      ({ protocol, hostPort, containerPort }) =>
        protocol === proxy.protocol &&
        hostPort === proxy.hostPort &&
        containerPort === proxy.containerPort,
    ),
  );
}

/** What cannot be seen is taken to be there: it would be a way around every policy. */
function everyPossibleProxy(containers: readonly DockerContainer[]): readonly DockerProxy[] {
  return containers.flatMap(({ attachments, published }) => {
    const [containerAddress] = attachments.flatMap(({ addresses }) => addresses);
    return containerAddress === undefined
      ? []
      : published.map((port) => ({ ...port, containerAddress }));
  });
}
