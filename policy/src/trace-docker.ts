import type { Family } from "./desired-state.ts";
import type { DockerContainer, DockerNetwork, EngineFacts } from "./host-view.ts";
import { isRouted } from "./published-path.ts";
import type { TraceQuestion } from "./trace-question.ts";

/** What Docker's own rules do with what the policies allow. */
export interface DockerSays {
  readonly lets: "Yes" | "No" | "Unknown";
  readonly reason: string;
}

/** From this engine on, Docker drops what comes to a container's own address from outside its bridge. */
const NO_DIRECT_ACCESS = 28;

export const untouched: DockerSays = { lets: "Yes", reason: "Docker has no rule about it" };

/** To a container's own address, from outside the host. */
export function saysOfDirect(
  question: TraceQuestion,
  container: DockerContainer | undefined,
  network: DockerNetwork,
  family: Family,
  engine: EngineFacts,
): DockerSays {
  if (!engine.dockerRules[family]) return withoutRules(family);
  const published = isPublished(question, container);
  if (network.internal) return internal(network);
  if (isRouted(network, family)) return saysOfRouted(question, network, published);
  const major = Number.parseInt(engine.version, 10);
  if (Number.isNaN(major)) {
    return { lets: "Unknown", reason: "which Docker engine runs there is not known" };
  }
  if (major >= NO_DIRECT_ACCESS) {
    return no(
      `Docker ${engine.version} drops what comes to a container's own address from outside its bridge`,
    );
  }
  return published
    ? yes("it is a published port, and this engine takes it at the container's own address too")
    : {
        lets: "Unknown",
        reason:
          "the port is not published, and this engine leaves that to the policy of FORWARD, which is DROP where Docker itself has switched forwarding on",
      };
}

/**
 * Reports whether the engine takes what neighbours of the host send to a published port at the container's own address, to
 * whatever address of the host it is published (moby issue 45610, fixed in 28.0).
 */
export function takesDirect({ version, dockerRules }: EngineFacts, family: Family): boolean {
  return dockerRules[family] && !(Number.parseInt(version, 10) >= NO_DIRECT_ACCESS);
}

/** From one bridge to another of the same host. */
export function saysOfOtherBridge(
  question: TraceQuestion,
  container: DockerContainer | undefined,
  from: DockerNetwork,
  to: DockerNetwork,
  family: Family,
  { dockerRules }: EngineFacts,
): DockerSays {
  if (!dockerRules[family]) return withoutRules(family);
  for (const network of [from, to]) if (network.internal) return internal(network);
  if (isRouted(to, family)) return saysOfRouted(question, to, isPublished(question, container));
  return apart(from, to);
}

export function apart(from: DockerNetwork, to: DockerNetwork): DockerSays {
  return no(`Docker keeps its bridges apart: ${from.name} and ${to.name} are two of them`);
}

export function saysOfSameBridge({ name, icc }: DockerNetwork): DockerSays {
  return icc === false
    ? no(`containers of ${name} may not talk to each other (enable_icc is false)`)
    : yes("containers of one network may talk to each other");
}

/** Between interfaces that are none of Docker's. */
export function saysOfOutside({ dockerRules, firewall }: EngineFacts, family: Family): DockerSays {
  if (!dockerRules[family]) return withoutRules(family);
  if (firewall === "nftables") return untouched;
  return {
    lets: "Unknown",
    reason:
      "it has no rule about it, and leaves it to the policy of FORWARD, which is DROP where Docker itself has switched forwarding on, and to the host's own rules",
  };
}

export function saysOfLeaving(network: DockerNetwork): DockerSays {
  return network.internal ? internal(network) : yes("containers may call the world outside");
}

function saysOfRouted(
  { protocol }: TraceQuestion,
  { name }: DockerNetwork,
  published: boolean,
): DockerSays {
  if (protocol === "ICMP") return yes(`network ${name} is routed`);
  return published
    ? yes(`network ${name} is routed and the port is published`)
    : no(`network ${name} is routed, but the port is not published`);
}

function isPublished(
  { protocol, port }: TraceQuestion,
  container: DockerContainer | undefined,
): boolean {
  return (container?.published ?? []).some(
    (binding) => binding.protocol === protocol && binding.containerPort === port,
  );
}

function internal({ name }: DockerNetwork): DockerSays {
  return no(`network ${name} is internal`);
}

function withoutRules(family: Family): DockerSays {
  return {
    lets: "Unknown",
    reason: `Docker keeps no ${family} rules, so the host's own forwarding decides`,
  };
}

function yes(reason: string): DockerSays {
  return { lets: "Yes", reason };
}

export function no(reason: string): DockerSays {
  return { lets: "No", reason };
}
