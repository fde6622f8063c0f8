import type { Family } from "./desired-state.ts";
import type { DockerNetwork } from "./host-view.ts";
import type { Limit } from "./limit.ts";

/** A limit without those whose statements land there. */
export type LimitWords = Omit<Limit, "policies">;

export function clientsThroughProxy(ports: string, family: Family, hasRules: boolean): LimitWords {
  return {
    path: "docker-proxy",
    reason: "ClientsThroughProxy",
    message: `what comes by ${family} to a published port that Docker does not redirect in ${family} is passed on by docker-proxy: ${ports}`,
    advice: clientAdvice(family, hasRules),
  };
}

function clientAdvice(family: Family, hasRules: boolean): string {
  const others = 'or run Docker with "userland-proxy": false';
  if (family === "IPv4") return `let Docker keep rules in iptables, ${others}`;
  return hasRules
    ? `give the container a network with IPv6, publish on an IPv4 address only, ${others}`
    : `let Docker keep rules in ip6tables, publish on an IPv4 address only, ${others}`;
}

export function containersThroughProxy(ports: string): LimitWords {
  return {
    path: "docker-proxy",
    reason: "ContainersThroughProxy",
    message: `what containers of this host send to its own published ports is passed on by docker-proxy: ${ports}`,
    advice: 'run Docker with "userland-proxy": false',
  };
}

export function hostNetworkContainer(containers: string): LimitWords {
  return {
    path: "host-network",
    reason: "HostNetworkContainer",
    message: `containers in the network namespace of the host send and receive as the host itself: ${containers}`,
    advice: "run them on a Docker network of driver bridge and publish their ports",
  };
}

/** `networks`: those by which Swarm leads what comes to the ports of services. */
export function swarmIngress(networks: string): LimitWords {
  return {
    path: "swarm-ingress",
    reason: "SwarmIngress",
    message: `which container is meant cannot be told of ports that Swarm publishes through its ingress network: ${networks}`,
    advice: "publish the ports of services with mode=host, from a network of driver bridge",
  };
}

export function isSwarmIngress({ driver, name }: Pick<DockerNetwork, "driver" | "name">): boolean {
  return driver === "overlay" || name === "docker_gwbridge";
}

export function unsupportedDriver(networks: string, driver: string): LimitWords {
  return {
    path: "no-bridge",
    reason: "UnsupportedDriver",
    message: `traffic of networks of driver ${driver} passes no bridge of this host: ${networks}`,
    advice: "use a network of driver bridge, or filter where that traffic passes",
  };
}

const bridgeNfSetting = {
  IPv4: "net.bridge.bridge-nf-call-iptables",
  IPv6: "net.bridge.bridge-nf-call-ip6tables",
} as const satisfies Readonly<Record<Family, string>>;

export function bridgeNfOff(networks: string, family: Family): LimitWords {
  return {
    path: "same-bridge",
    reason: "BridgeNfOff",
    message: `the kernel does not show iptables the ${family} traffic between containers of one bridge: ${networks}`,
    advice: `load the module br_netfilter and set ${bridgeNfSetting[family]}=1, now and at every boot`,
  };
}

export const inputGuardOff: LimitWords = {
  path: "input-guard",
  reason: "GuardOff",
  message:
    "the guard of published ports is switched off, so what docker-proxy answers in place of a redirection is judged by nobody",
  advice: "seawall set host NAME --option inputGuard=On",
};

export const forwardGuardOff: LimitWords = {
  path: "forward-guard",
  reason: "GuardOff",
  message:
    "the guard behind filter is switched off, so what Docker lets through while it starts, or others ahead of DOCKER-USER, is through",
  advice: "seawall set host NAME --option forwardGuard=On",
};

export const managementGuardOff: LimitWords = {
  path: "management-guard",
  reason: "GuardOff",
  message:
    "the management guard is switched off, so where NATS or the controller run in containers of this host, policies may cut agents off",
  advice: "seawall set host NAME --option managementGuard=On",
};

export function managementGuard(ports: string): LimitWords {
  return {
    path: "management-guard",
    reason: "NeverDenied",
    message: `agents reach NATS and the controller there, so nobody is denied: ${ports}`,
    advice:
      "let the policies allow these ports from everywhere, or switch the guard off: seawall set host NAME --option managementGuard=Off",
  };
}
