import {
  type DockerContainer,
  type DockerNetwork,
  type HostView,
  type PublishedPort,
  unknownEngine,
} from "@seawall/policy";
import fc from "fast-check";
import {
  bridges,
  hostAddresses,
  managementAddresses,
  onBridges,
  outside,
} from "./drawn-addresses.ts";

/** Of both families, of one only, and not known. */
const subnets = [["10.20.9.0/25", "2001:db8:7::/64"], ["10.20.9.128/25"], []] as const;

const networks: readonly DockerNetwork[] = ["front", "back", "jobs"].map((name, index) => ({
  id: `${String(index)}a1b2c3d4e5f6071`.padEnd(64, "0"),
  name: `shop_${name}`,
  driver: "bridge",
  bridge: bridges[index] ?? "",
  subnets: subnets[index] ?? [],
  labels: { tier: name },
  internal: false,
}));

export const networkCount = networks.length;

const named = [
  { name: "web-1", labels: { app: "web" } },
  { name: "web-2", labels: { app: "web" } },
  { name: "db-1", labels: { app: "db" } },
] as const;

/** On every address, on one, on the loopback address, and for a protocol that no rule names. */
const bindings: readonly PublishedPort[] = [
  { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 8080, containerPort: 80 },
  { protocol: "TCP", hostAddress: "::", hostPort: 8080, containerPort: 80 },
  { protocol: "UDP", hostAddress: hostAddresses.IPv4, hostPort: 53, containerPort: 53 },
  { protocol: "UDP", hostAddress: "::", hostPort: 53, containerPort: 8079 },
  { protocol: "TCP", hostAddress: hostAddresses.IPv6, hostPort: 443, containerPort: 8090 },
  { protocol: "TCP", hostAddress: "192.0.2.250", hostPort: 443, containerPort: 443 },
  { protocol: "TCP", hostAddress: "127.0.0.1", hostPort: 81, containerPort: 81 },
  { protocol: "SCTP", hostAddress: "0.0.0.0", hostPort: 80, containerPort: 80 },
];

/** How much of its addresses on a network is known. */
const known = fc.constantFrom("both", "both", "both", "IPv4", "IPv6", "nothing");

function container(index: number): fc.Arbitrary<DockerContainer> {
  return fc
    .record({
      on: fc.tuple(...bridges.map(() => fc.option(known, { nil: undefined, freq: 3 }))),
      published: fc.subarray([...bindings]),
    })
    .map(({ on, published }) => ({
      id: String(index),
      name: named[index]?.name ?? "",
      labels: named[index]?.labels ?? {},
      hostNetwork: false,
      attachments: on.flatMap((families, at) =>
        families === undefined
          ? []
          : [{ networkId: networkId(at), addresses: addressesOf(at, index, families) }],
      ),
      published,
    }));
}

function networkId(at: number): string {
  return networks[at]?.id ?? "";
}

function addressesOf(at: number, index: number, families: "both" | "IPv4" | "IPv6" | "nothing") {
  const addresses = onBridges[bridges[at] ?? bridges[0]][index];
  if (addresses === undefined || families === "nothing") return [];
  return families === "both" ? [addresses.IPv4, addresses.IPv6] : [addresses[families]];
}

/** The last of them may share the network namespace, and so the addresses, of the first. */
function withSharer(containers: readonly DockerContainer[], shares: boolean) {
  const [first] = containers;
  return containers.map((one) =>
    shares && first !== undefined && one.name === "db-1"
      ? { ...one, attachments: first.attachments }
      : one,
  );
}

/** Where agents may reach the controller. */
const management: fc.Arbitrary<HostView["management"]> = fc.subarray(
  (["IPv4", "IPv6"] as const).flatMap((family) =>
    managementAddresses[family].flatMap((address) =>
      [443, 8080].map((port) => ({ address, port, container: "web-1" })),
    ),
  ),
);

/** Where programs of the host listen. */
const ownPorts: fc.Arbitrary<NonNullable<HostView["ownPorts"]>> = fc.subarray([
  { protocol: "TCP", port: 80 },
  { protocol: "TCP", port: 8090 },
  { protocol: "UDP", port: 53 },
]);

/** What containers that do not run will publish, on any networks. */
const awaitedPorts: fc.Arbitrary<NonNullable<HostView["awaitedPorts"]>> = fc.array(
  fc.record({
    protocol: fc.constantFrom("TCP", "UDP"),
    range: fc.constantFrom(
      { first: 80, last: 80 },
      { first: 8090, last: 8090 },
      { first: 53, last: 54 },
    ),
    container: fc.constant("late"),
    networkIds: fc.subarray(networks.map(({ id }) => id)),
  }),
  { maxLength: 2 },
);

/** Mostly all three; one may be made this moment and not be listed yet, or its bridge not be seen, and labels vary. */
const drawnNetworks = fc
  .tuple(
    ...networks.map((network) =>
      fc
        .record({
          how: fc.constantFrom(
            ...Array.from({ length: 24 }, () => "whole"),
            "unlisted",
            "no bridge",
          ),
          labels: fc.constantFrom(network.labels, network.labels, {}, { tier: "front" }),
        })
        .map(({ how, labels }): readonly DockerNetwork[] => {
          const { bridge, ...rest } = network;
          if (how === "unlisted") return [];
          return [
            { ...rest, labels, ...(how === "no bridge" || bridge === undefined ? {} : { bridge }) },
          ];
        }),
    ),
  )
  .map((drawn) => drawn.flat());

/** On networks that are listed. */
function attached(
  containers: readonly DockerContainer[],
  listed: readonly DockerNetwork[],
): readonly DockerContainer[] {
  return containers.map((one) => ({
    ...one,
    attachments: one.attachments.filter(({ networkId }) =>
      listed.some(({ id }) => id === networkId),
    ),
  }));
}

/** A host with up to three containers, each on any of its networks, with what is known of their addresses now. */
export const views: fc.Arbitrary<HostView> = fc
  .tuple(
    drawnNetworks,
    fc.tuple(...named.map((_, index) => fc.option(container(index), { nil: undefined, freq: 6 }))),
    fc.constantFrom(false, false, false, false, true),
    fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: management }),
    fc.constantFrom(true, true, false),
    ownPorts,
    awaitedPorts,
  )
  .map(([listed, containers, shares, endpoints, isKnown, taken, awaited]) => ({
    networks: listed,
    containers: attached(
      withSharer(
        containers.filter((one) => one !== undefined),
        shares,
      ),
      listed,
    ),
    // Whose the bridge of somebody else is, is not known before it is listed.
    interfaces: ["lo", ...bridges, ...outside.map((place) => place.interface)].filter(
      (name) => isKnown || name !== "br-somebody",
    ),
    addresses: Object.values(hostAddresses),
    ownPorts: taken,
    awaitedPorts: awaited,
    engine: unknownEngine,
    management: endpoints,
  }));
