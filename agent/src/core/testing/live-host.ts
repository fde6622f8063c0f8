import {
  type Address,
  type Cidr,
  compile,
  type DockerContainer,
  type HostView,
  parseAddress,
  parseCidr,
  parseManifests,
  type ResolvedState,
  resolve,
  viewOfNetworks,
} from "@seawall/policy";
import type { Connection } from "../connection.ts";
import type { ConnectionGround } from "../connection-packets.ts";
import type { Route } from "../host-routes.ts";

/**
 * A host with the networks shop (web, db) and front (api), the world behind eth0, a link of its own at eth1 with
 * a router to 10.9.0.0/16, and a container of front that leads to 10.8.0.0/24.
 */
export const view: HostView = {
  ...viewOfNetworks(
    ["shop", "front"].map((name) => ({
      ...{ id: name, name, driver: "bridge", bridge: `br-${name}`, labels: {}, internal: false },
      subnets: [],
    })),
  ),
  containers: [
    container("web", "shop", ["172.18.0.2", "2001:db8:18::2"]),
    container("db", "shop", ["172.18.0.3"]),
    container("api", "front", ["172.19.0.2"]),
  ],
  interfaces: ["eth0", "eth1", "br-shop", "br-front"],
};

function container(name: string, networkId: string, addresses: readonly string[]): DockerContainer {
  return {
    ...{ id: name, name, labels: {}, hostNetwork: false, published: [] },
    attachments: [{ networkId, addresses }],
  };
}

export const ground: ConnectionGround = {
  routes: {
    own: [
      ...["127.0.0.0/8", "192.0.2.11/32", "172.18.0.1/32", "172.19.0.1/32", "198.18.1.1/32"],
      ...["::1/128", "2001:db8:5ea::11/128", "2001:db8:18::1/128"],
    ].map(cidr),
    routes: [
      route("0.0.0.0/0", "eth0", true),
      route("192.0.2.0/24", "eth0"),
      route("198.18.1.0/24", "eth1"),
      route("10.9.0.0/16", "eth1", true),
      route("172.18.0.0/16", "br-shop"),
      route("172.19.0.0/16", "br-front"),
      route("10.8.0.0/24", "br-front", true),
      route("::/0", "eth0", true),
      route("2001:db8:18::/64", "br-shop"),
      ...["eth0", "br-shop", "br-front"].map((name) => route("fe80::/64", name)),
    ],
  },
  dockerBridges: ["br-front", "br-shop"],
  named: [],
  bridgeNf: { IPv4: true, IPv6: true },
};

function route(to: string, name: string, isFar = false): Route {
  return { to: cidr(to), interface: name, metric: 0, isFar };
}

/** What the host enforces of policies, each given as its `spec` in YAML. */
export function stateOf(...specs: readonly string[]): ResolvedState {
  if (specs.length === 0) return resolve({ policies: [] }, view);
  const content = specs
    .map(
      (spec, index) =>
        `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p${String(index)}}\nspec: ${spec}\n`,
    )
    .join("---\n");
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  const [issue] = issues;
  if (issue !== undefined) throw new Error(`${issue.path}: ${issue.message}`);
  const tree = resources.map(({ resource }) => resource);
  return resolve(compile(tree, [], { name: "h", labels: {}, mode: "Enforce" }), view);
}

/** `TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80`; what follows `=` where it is redirected; then what else is true. */
export function connection(text: string): Connection {
  const words = text.split(" ");
  const [protocol, from = "", , to = "", port] = words;
  if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "ICMP") throw new Error(text);
  const redirected = words.indexOf("=");
  const [answerer = to, answering = port] =
    redirected < 0 ? [] : words.slice(redirected + 1, redirected + 3);
  return {
    protocol,
    source: address(from),
    destination: address(to),
    answerer: address(answerer),
    ...(protocol === "ICMP" ? {} : { port: Number(port), answeringPort: Number(answering) }),
    isCut: words.includes("cut"),
    isOver: words.includes("over"),
    isAnswered: !words.includes("unanswered"),
    isExpected: words.includes("expected"),
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.cidr;
}
