import type { HostDocument } from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";

type Inventory = NonNullable<HostReport__Output["inventory"]>;
type Status = HostDocument["status"];

/** What a host has that is not a network, as its document shows it. */
export function inventoryParts(
  inventory: Inventory | null | undefined,
): Pick<
  Status,
  "containers" | "interfaces" | "addresses" | "engine" | "management" | "ownPorts" | "awaitedPorts"
> {
  const engine = inventory?.engine;
  return {
    containers: (inventory?.containers ?? []).map(
      ({ id, name, labels, hostNetwork, attachments, published }) => ({
        id,
        name,
        labels: { ...labels },
        hostNetwork,
        attachments: attachments.map(({ networkId, addresses }) => ({
          network: networkId,
          addresses: [...addresses],
        })),
        published: published.flatMap(possible),
      }),
    ),
    interfaces: [...(inventory?.interfaces ?? [])],
    addresses: [...(inventory?.addresses ?? [])],
    engine: {
      version: engine?.version ?? "",
      swarm: engine?.swarm ?? false,
      firewall: engine?.firewall === "nftables" ? "nftables" : "iptables",
      dockerRules: families(engine?.dockerRules ?? []),
      bridgeNf: families(engine?.bridgeNf ?? []),
      proxies: (engine?.proxies ?? []).flatMap(possible),
    },
    management: (inventory?.management ?? [])
      .filter(({ port }) => port <= LAST_PORT)
      .map((binding) => ({ ...binding })),
    ownPorts: (inventory?.ownPorts ?? []).flatMap(({ protocol, port }) =>
      isHostProtocol(protocol) && port <= LAST_PORT ? [{ protocol, port }] : [],
    ),
    awaitedPorts: (inventory?.awaitedPorts ?? []).flatMap(({ networkIds, protocol, ...ports }) =>
      isHostProtocol(protocol) && ports.last <= LAST_PORT
        ? [{ ...ports, protocol, networks: [...networkIds] }]
        : [],
    ),
  };
}

/** Of the words that a host reported those that are families. */
export function families(words: readonly string[]): ("IPv4" | "IPv6")[] {
  return (["IPv4", "IPv6"] as const).filter((family) => words.includes(family));
}

function isHostProtocol(word: string): word is "TCP" | "UDP" {
  return word === "TCP" || word === "UDP";
}

const protocols = ["TCP", "UDP", "SCTP"] as const;
const LAST_PORT = 65_535;

interface Ports {
  readonly protocol: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

// Clients refuse a document with anything else in it, and with it every host of the list.
function possible<T extends Ports>({ protocol: word, ...rest }: T) {
  const protocol = protocols.find((known) => known === word);
  const isPossible = Math.max(rest.hostPort, rest.containerPort) <= LAST_PORT;
  return protocol === undefined || !isPossible ? [] : [{ ...rest, protocol }];
}
