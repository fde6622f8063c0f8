import { parseAddress } from "../cidr.ts";
import { compile } from "../compile.ts";
import type { ChosenHostOptions } from "../host-options.ts";
import {
  type DockerContainer,
  type DockerNetwork,
  type HostView,
  viewOfNetworks,
} from "../host-view.ts";
import { parseManifests } from "../parse-manifests.ts";
import { resolve } from "../resolve.ts";
import type { ResolvedState } from "../resolved-state.ts";
import { type Judgement, type Packet, simulate } from "../simulate.ts";

/** A network of driver bridge, with the bridge `br-NAME`. */
export function network(name: string, more: Partial<DockerNetwork> = {}): DockerNetwork {
  return {
    id: name,
    name,
    driver: "bridge",
    bridge: `br-${name}`,
    subnets: [],
    labels: {},
    internal: false,
    ...more,
  };
}

/** A container with these addresses on these networks, and these published ports, `8080:80`. */
export function container(
  name: string,
  addresses: Readonly<Record<string, readonly string[]>>,
  ...ports: readonly string[]
): DockerContainer {
  return {
    id: name,
    name,
    labels: { app: name },
    hostNetwork: false,
    attachments: Object.entries(addresses).map(([networkId, own]) => ({
      networkId,
      addresses: own,
    })),
    published: ports.map((port) => {
      const [hostPort, containerPort] = port.split(":").map(Number);
      if (hostPort === undefined || containerPort === undefined) throw new Error(port);
      return { protocol: "TCP", hostAddress: "0.0.0.0", hostPort, containerPort };
    }),
  };
}

/** A host with these networks and containers, and two interfaces of its own. */
export function host(
  networks: readonly DockerNetwork[],
  containers: readonly DockerContainer[] = [],
): HostView {
  const bridges = networks.flatMap(({ bridge }) => bridge ?? []);
  return {
    ...viewOfNetworks(networks),
    containers,
    interfaces: ["eth0", "eth1", "virbr0", ...bridges],
  };
}

/** What the host enforces of policies, each given by its name and its `spec` in YAML. */
export function stateOf(
  view: HostView,
  specs: Readonly<Record<string, string>>,
  mode: "Enforce" | "Audit" = "Enforce",
  options: ChosenHostOptions = {},
): ResolvedState {
  const content = Object.entries(specs)
    .map(
      ([name, spec]) =>
        `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`,
    )
    .join("---\n");
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  const [issue] = issues;
  if (issue !== undefined) throw new Error(`${issue.path}: ${issue.message}`);
  const tree = resources.map(({ resource }) => resource);
  return resolve(compile(tree, [], { name: "h", labels: {}, mode, options }), view);
}

/**
 * A packet in one line: the interface and the address it comes from, the interface and the address it
 * goes to, and what it is: `eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/80 published 8080`. To the host
 * itself: `br-shop 172.18.0.2 > host 172.18.0.1 ICMP`.
 */
function packetOf(line: string): Packet {
  const words = /^(\S+) (\S+) > (\S+) (\S+) (TCP|UDP|ICMP)(?:\/(\d+))?(?: published (\d+))?$/.exec(
    line,
  );
  const [, from = "", source = "", to = "", destination = "", protocol, port, published] =
    words ?? [];
  if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "ICMP") throw new Error(line);
  return {
    protocol,
    source: addressOf(source),
    destination: addressOf(destination),
    ...(port === undefined ? {} : { destinationPort: Number(port) }),
    ...(published === undefined ? {} : { publishedPort: Number(published) }),
    in: from,
    ...(to === "host" ? {} : { out: to }),
  };
}

function addressOf(text: string): Packet["source"] {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

/**
 * Every list that was asked, in order, with what it said: `shop egress: Allow; web ingress: Deny by
 * p/default`. Empty: nobody was asked. Behind a bar, what policies in Audit would have denied.
 */
export function judged(state: ResolvedState, line: string): string {
  const { judgements, wouldDeny } = simulate(state, packetOf(line));
  const asked = judgements.map(told).join("; ");
  return wouldDeny === undefined ? asked : `${asked} | ${told(wouldDeny)}`.trim();
}

function told({ network: where, scope, action, decidedBy, held }: Judgement): string {
  const by = decidedBy === undefined ? "" : ` by ${decidedBy.policy}/${decidedBy.rule}`;
  return `${where} ${scope}: ${held === true ? "held" : action}${by}`;
}
