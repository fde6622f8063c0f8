import {
  addressSetOfTexts,
  type DesiredPolicy,
  type DesiredRule,
  type DesiredState,
  type DockerNetwork,
} from "@seawall/policy";

/** 100 networks, each with 100 rules and a default, as a host that is larger than most. */
const networkCount = 100;
const rulesPerNetwork = 100;

/** Who sends, and to whom: the last rule of the last network is the one that lets it in. */
export const client = "198.51.100.10";
export const served = {
  bridge: bridgeOf(networkCount - 1),
  address: addressOf(networkCount - 1),
  port: portOf(rulesPerNetwork - 1),
} as const;

export const largeNetworks: readonly DockerNetwork[] = times(networkCount, (index) => ({
  id: networkId(index),
  name: `net${String(index)}`,
  driver: "bridge",
  bridge: bridgeOf(index),
  subnets: [`10.${String(index)}.0.0/16`],
  labels: {},
  internal: false,
}));

/** A policy for each network. `first` is who the first rule of the first network lets in. */
export function largeState(first = sourceOf(0, 0)): DesiredState {
  const [, ...others] = policies;
  return { policies: [largePolicy("net0", 0, first), ...others] };
}

function largePolicy(name: string, network: number, first: string): DesiredPolicy {
  return {
    name: `policy-${name}`,
    tier: "Standard",
    priority: 500,
    networkSelector: { names: [name] },
    ingress: {
      defaultAction: "Deny",
      rules: times(rulesPerNetwork, (rule) =>
        allow(rule, rule === 0 ? first : sourceOf(network, rule)),
      ),
    },
  };
}

/** Made once. */
const policies = largeNetworks.map(({ name }, network) =>
  largePolicy(name, network, sourceOf(network, 0)),
);

/** One policy whose only rule lets in so many CIDRs that do not touch, the client's among them; at most 30,000. */
export function groupState(size: number): DesiredState {
  // Every second one of 198.18.0.0/15 (RFC 2544), so that no two become one CIDR.
  const others = times(size - 1, (index) => {
    const low = index * 2;
    return `198.18.${String(Math.floor(low / 256))}.${String(low % 256)}/32`;
  });
  const addresses = addressSetOfTexts([...others, `${client}/32`]);
  const rules = [{ name: "group", action: "Allow", from: { addresses } }] as const;
  const networkSelector = { names: [`net${String(networkCount - 1)}`] };
  return {
    policies: [
      {
        ...{ name: "group", tier: "Standard", priority: 500, networkSelector },
        ingress: { defaultAction: "Deny", rules },
      },
    ],
  };
}

/** What people write by hand for the same: one list, the bridge in every rule, nothing that ends it early. */
export function flatList(): readonly string[] {
  return largeNetworks.flatMap((_, network) => {
    const bridge = bridgeOf(network);
    return [
      ...times(
        rulesPerNetwork,
        (rule) =>
          `-A DOCKER-USER -s ${sourceOf(network, rule)} -o ${bridge} -p tcp -m tcp --dport ${String(portOf(rule))} -j RETURN`,
      ),
      `-A DOCKER-USER ! -i ${bridge} -o ${bridge} -m conntrack --ctstate NEW -j DROP`,
    ];
  });
}

function allow(index: number, cidr: string): DesiredRule {
  const ports = { first: portOf(index), last: portOf(index) };
  return {
    name: `rules[${String(index)}]`,
    action: "Allow",
    from: { addresses: addressSetOfTexts([cidr]) },
    ports: [{ kind: "port", protocol: "TCP", ports }],
  };
}

function sourceOf(network: number, rule: number): string {
  const isTheClients = network === networkCount - 1 && rule === rulesPerNetwork - 1;
  return isTheClients ? `${client}/32` : `203.0.113.${String(rule)}/32`;
}

function portOf(rule: number): number {
  return 8000 + rule;
}

function networkId(index: number): string {
  return index.toString(16).padStart(12, "0").padEnd(64, "0");
}

function bridgeOf(index: number): string {
  return `br-${networkId(index).slice(0, 12)}`;
}

function addressOf(index: number): string {
  return `10.${String(index)}.0.2`;
}

function times<T>(count: number, of: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => of(index));
}
