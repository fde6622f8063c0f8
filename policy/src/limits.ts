import type { DesiredState, Family } from "./desired-state.ts";
import { enforcementOf } from "./enforcement.ts";
import { hostOptionsOf } from "./host-options.ts";
import type { DockerContainer, DockerNetwork, EngineFacts, HostView } from "./host-view.ts";
import type { Limit } from "./limit.ts";
import {
  bridgeNfOff,
  forwardGuardOff,
  hostNetworkContainer,
  inputGuardOff,
  isSwarmIngress,
  swarmIngress,
  unsupportedDriver,
} from "./limit-words.ts";
import { proxyLimits } from "./limits-docker-proxy.ts";
import {
  type Ground,
  groundsOf,
  isBridged,
  type LimitedPart,
  limitsFor,
  restricts,
  restrictsAnything,
} from "./limits-ground.ts";
import { managementLimits } from "./limits-management.ts";
import { selectsContainer } from "./selects-container.ts";

/**
 * What no policy can govern on this host as it is, path by path, and whose statements land there: only
 * those that may deny something on that path. The order depends on nothing but what is said.
 */
export function limitsOf(desired: DesiredState, view: HostView): readonly Limit[] {
  const grounds = groundsOf(desired, view);
  return [
    ...guardLimits(desired, view.engine),
    ...managementLimits(desired, view, grounds),
    ...(hostOptionsOf(desired.options).inputGuard === "On"
      ? []
      : [...withoutRulesLimits(grounds, view.engine), ...proxyLimits(grounds, view)]),
    ...hostNetworkLimits(grounds, view),
    ...noBridgeLimits(grounds, view),
    ...sameBridgeLimits(grounds, view),
    ...swarmLimits(grounds, view),
    ...otherNetworkLimits(grounds, view),
    ...interfaceLimits(grounds, view),
  ];
}

/** Forwarded packets are still judged, by a jump or a table that is ours alone. */
function withoutRulesLimits(
  grounds: readonly Ground[],
  { dockerRules }: EngineFacts,
): readonly Limit[] {
  if (dockerRules.IPv4) return [];
  const policies = grounds
    .filter(({ policy, networks }) => networks.some(isBridged) && restrictsAnything(policy))
    .map(({ policy }) => policy.name);
  return limitsFor([{ what: "", policies }], () => ({
    path: "docker-without-rules",
    reason: "DockerWithoutRules",
    message:
      "Docker keeps no rules of its own, so docker-proxy alone serves published ports, and nobody judges what comes to them",
    advice: 'run Docker with "iptables": true, and restart it if its rules were flushed',
  }));
}

/** Nothing is denied less for it, as long as nobody is in the way of the rules in filter. */
function guardLimits({ options }: DesiredState, engine: EngineFacts): readonly Limit[] {
  const all = hostOptionsOf(options);
  const { forwardGuard, inputGuard } = all;
  // Nobody gets ahead of a table of our own.
  const isGuarded = forwardGuard === "On" || enforcementOf(all, engine) === "nftables";
  return [
    ...(isGuarded ? [] : [{ ...forwardGuardOff, policies: [] }]),
    ...(inputGuard === "On" ? [] : [{ ...inputGuardOff, policies: [] }]),
  ];
}

function hostNetworkLimits(grounds: readonly Ground[], { containers }: HostView): readonly Limit[] {
  const parts = containers
    .filter(({ hostNetwork }) => hostNetwork)
    .map((container) => ({
      what: container.name,
      policies: grounds
        .filter((ground) => meansHostNetwork(ground, container))
        .map(({ policy }) => policy.name),
    }));
  return limitsFor(parts, hostNetworkContainer);
}

/** It is on no network that could be selected: a policy means it by naming containers, or by selecting every network. */
function meansHostNetwork({ policy }: Ground, container: DockerContainer): boolean {
  const { networkSelector, containerSelector } = policy;
  if (networkSelector === undefined || !selectsContainer(containerSelector, container)) {
    return false;
  }
  const namesContainers =
    containerSelector?.names !== undefined || containerSelector?.labels !== undefined;
  const everyNetwork =
    networkSelector.labels === undefined && (networkSelector.names ?? ["*"]).includes("*");
  return (
    (namesContainers || everyNetwork) && (restricts(policy.ingress) || restricts(policy.egress))
  );
}

function noBridgeLimits(grounds: readonly Ground[], { networks }: HostView): readonly Limit[] {
  const drivers = [...new Set(networks.map(({ driver }) => driver))]
    .filter((driver) => driver !== "bridge" && driver !== "null")
    .toSorted();
  return drivers.flatMap((driver) =>
    limitsFor(
      networks
        .filter((network) => network.driver === driver)
        .map((network) => ({
          what: network.name,
          policies: landingOn(grounds, network, ({ policy }) => restrictsAnything(policy)),
        }))
        // Docker's own `host` is there on every host; what uses it is told container by container.
        .filter(({ policies }) => driver !== "host" || policies.length > 0),
      (names) => unsupportedDriver(names, driver),
    ),
  );
}

function sameBridgeLimits(
  grounds: readonly Ground[],
  { networks, engine }: HostView,
): readonly Limit[] {
  return (["IPv4", "IPv6"] as const)
    .filter((family) => !engine.bridgeNf[family])
    .flatMap((family) =>
      limitsFor(
        networks
          .filter((network) => isBridged(network) && mayHave(network, family))
          .map((network) => ({
            what: network.name,
            policies: landingOn(grounds, network, ({ policy }) => restricts(policy.internal)),
          })),
        (names) => bridgeNfOff(names, family),
      ),
    );
}

/** Docker turns IPv6 off for containers of a network without an IPv6 subnet. */
function mayHave({ subnets }: DockerNetwork, family: Family): boolean {
  return family === "IPv4" || subnets.some((subnet) => subnet.includes(":"));
}

function swarmLimits(grounds: readonly Ground[], { networks, engine }: HostView): readonly Limit[] {
  if (!engine.swarm) return [];
  const parts = networks.filter(isSwarmIngress).map((network) => ({
    what: network.name,
    policies: landingOn(grounds, network, ({ policy }) => restricts(policy.ingress)),
  }));
  return limitsFor(parts, swarmIngress);
}

/** Which of its networks a container sends by is Docker's choice. */
function otherNetworkLimits(
  grounds: readonly Ground[],
  { networks, containers }: HostView,
): readonly Limit[] {
  const byId = new Map(networks.map((network) => [network.id, network]));
  const leaving = grounds.filter(({ policy }) => restricts(policy.egress));
  const parts = containers.flatMap((container): readonly LimitedPart[] => {
    const attached = container.attachments.flatMap(({ networkId }) => byId.get(networkId) ?? []);
    return attached
      .filter(({ internal, driver }) => !internal && driver !== "null")
      .map((other) => ({
        what: `${container.name} by ${other.name}`,
        policies: leaving
          .filter(
            (ground) =>
              selectsContainer(ground.policy.containerSelector, container) &&
              !ground.networks.includes(other) &&
              attached.some((network) => isBridged(network) && ground.networks.includes(network)),
          )
          .map(({ policy }) => policy.name),
      }))
      .filter(({ policies }) => policies.length > 0);
  });
  return limitsFor(parts, (names) => ({
    path: "other-network",
    reason: "OtherNetwork",
    message: `containers that have another network too, which is not selected, may send by that: ${names}`,
    advice: "select that network as well, or disconnect the container from it",
  }));
}

function interfaceLimits(
  grounds: readonly Ground[],
  { networks, interfaces }: HostView,
): readonly Limit[] {
  const dockerBridges = new Set(networks.flatMap(({ bridge }) => bridge ?? []));
  const speaking = grounds.filter(
    ({ policy }) => restricts(policy.ingress) || restricts(policy.egress),
  );
  const spoken = [...new Set(speaking.flatMap(({ policy }) => policy.interfaces ?? []))].map(
    (what) => ({
      what,
      policies: speaking
        .filter(({ policy }) => policy.interfaces?.includes(what) === true)
        .map(({ policy }) => policy.name),
    }),
  );
  return [
    ...limitsFor(
      spoken.filter(({ what }) => dockerBridges.has(what)),
      (names) => ({
        path: "interface",
        reason: "DockerBridge",
        message: `a bridge of Docker is not outside Docker: ${names}`,
        advice: "select it by networkSelector",
      }),
    ),
    ...limitsFor(
      spoken.filter(({ what }) => !dockerBridges.has(what) && !interfaces.includes(what)),
      (names) => ({
        path: "interface",
        reason: "NoInterface",
        message: `this host has no such interface: ${names}`,
        advice:
          "correct the name in the policy, or select other hosts; rules follow when it appears",
      }),
    ),
  ];
}

function landingOn(
  grounds: readonly Ground[],
  network: DockerNetwork,
  lands: (ground: Ground) => boolean,
): readonly string[] {
  return grounds
    .filter((ground) => ground.networks.includes(network) && lands(ground))
    .map(({ policy }) => policy.name);
}
