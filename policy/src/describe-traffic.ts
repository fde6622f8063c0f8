import {
  addressSetOf,
  intersectAddressSets,
  isEmptyAddressSet,
  subtractAddressSets,
} from "./address-set.ts";
import { type Cidr, parseCidr } from "./cidr.ts";
import { addressesOn, containersOn } from "./container-addresses.ts";
import { describeAddresses } from "./describe-addresses.ts";
import { describeServices } from "./describe-services.ts";
import type { Action, AddressSet, Family } from "./desired-state.ts";
import type { TrafficChange, TrafficDiff } from "./diff-traffic.ts";
import type { DockerNetwork, HostView } from "./host-view.ts";
import { everyAddress } from "./reachable-sources.ts";
import { ELSEWHERE, NEW_BRIDGE } from "./traffic-interfaces.ts";
import type { Service } from "./traffic-services.ts";

/** A change of traffic in words that are the same on every host where it is the same. */
export interface TrafficWords {
  readonly before: Action;
  readonly after: Action;
  /** Each of them: `10.0.0.0/8`, `network shop`, `container db-1 of network shop`, … */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly ports: string;
  readonly families: readonly Family[];
}

/**
 * What changes, with the names that the host has for its bridges and addresses. What nobody can send is left out: by
 * a bridge whose network has no such addresses, or to a published port that nobody publishes.
 */
export function describeTraffic(diff: TrafficDiff, view: HostView): readonly TrafficWords[] {
  const found = new Map<string, TrafficWords>();
  for (const { ends, services } of groupsOf(diff, view)) {
    const { family, ...rest } = ends;
    const ports = describeServices(servicesThere(services, view), ends.isDirectOnly);
    if (ports === "") continue;
    const { isDirectOnly: _, ...told } = { ...rest, ports };
    const key = JSON.stringify(told);
    const known = found.get(key)?.families ?? [];
    found.set(key, { ...told, families: [...new Set([...known, family])].toSorted() });
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, words]) => words);
}

interface Ends extends Omit<TrafficWords, "ports" | "families"> {
  readonly family: Family;
  /** Nothing comes there by a published port. */
  readonly isDirectOnly: boolean;
}

interface Group {
  readonly ends: Ends;
  readonly services: Service[];
}

/** All services of the same ends: for a person, what comes by published ports and what does not is one line. */
function groupsOf(diff: TrafficDiff, view: HostView): Iterable<Group> {
  const found = new Map<string, Group>();
  for (const change of diff.changes) {
    for (const ends of endsOf(change, diff, view)) {
      const { isDirectOnly, ...who } = ends;
      const key = JSON.stringify(who);
      const known = found.get(key) ?? { ends, services: [] };
      known.services.push(...change.services);
      found.set(key, {
        ...known,
        ends: { ...ends, isDirectOnly: known.ends.isDirectOnly && isDirectOnly },
      });
    }
  }
  return found.values();
}

function endsOf(change: TrafficChange, diff: TrafficDiff, view: HostView): readonly Ends[] {
  const { before, after, in: ins, out: outs, source, destination, services } = change;
  const family: Family = source.v4.length > 0 ? "IPv4" : "IPv6";
  const isPublished = services.some(({ published }) => published !== undefined);
  const forwarded = outs.filter((one) => one !== undefined);
  const isEverywhere = (via: readonly string[], [own, ...more]: readonly string[]) =>
    diff.interfaces.every(
      (name) => via.includes(name) || isNobodys(name) || (more.length === 0 && name === own),
    );
  const told = { family, view, tellsNobody: true };
  const fromTexts = (other: readonly string[]) =>
    isEverywhere(ins, other) ? [describeAddresses(source)] : viaTexts(ins, source, told);
  const toTexts = () =>
    forwarded.length > 0 && isEverywhere(forwarded, ins)
      ? [describeAddresses(destination)]
      : viaTexts(forwarded, destination, { ...told, tellsNobody: !isPublished });
  const common = { before, after, family };
  const toHost = outs.includes(undefined);
  const staysOn = forwarded.length === 1 && ins.length === 1 && forwarded[0] === ins[0];
  return [
    { ...common, from: fromTexts(forwarded), to: toTexts(), isDirectOnly: staysOn },
    {
      ...{ ...common, from: fromTexts([]), isDirectOnly: true },
      to: toHost ? [hostText(destination, family)] : [],
    },
  ].filter((ends) => ends.from.length > 0 && ends.to.length > 0);
}

/** Nobody is behind these who is not named with others. */
function isNobodys(name: string): boolean {
  return name === NEW_BRIDGE || name === "lo";
}

/** What is only about all published ports whichever there are, as those that there are. */
function servicesThere(services: readonly Service[], view: HostView): readonly Service[] {
  const bindings = view.containers.flatMap(({ published }) => published);
  const alike = (one: Service) => services.filter((other) => isSamePort(one, other));
  return services.flatMap((service): readonly Service[] => {
    const { protocol, ports, published } = service;
    const others = alike(service);
    const isOnlyAny =
      published !== undefined &&
      others.every((one) => one.published !== undefined) &&
      countPorts(others) > LAST_PORT;
    if (!isOnlyAny) return [service];
    return bindings
      .filter((one) => one.protocol === protocol && isIn(one.containerPort, ports))
      .filter(({ hostPort }) => isIn(hostPort, published))
      .map(({ containerPort, hostPort }) => ({
        protocol,
        ports: { first: containerPort, last: containerPort },
        published: { first: hostPort, last: hostPort },
      }));
  });
}

const LAST_PORT = 65_535;

function isSamePort(a: Service, b: Service): boolean {
  return a.protocol === b.protocol && a.ports?.first === b.ports?.first;
}

function countPorts(services: readonly Service[]): number {
  return services.reduce(
    (sum, { published }) => sum + (published ? published.last - published.first + 1 : 0),
    0,
  );
}

function isIn(port: number, range: { readonly first: number; readonly last: number } | undefined) {
  return range !== undefined && port >= range.first && port <= range.last;
}

function hostText(addresses: AddressSet, family: Family): string {
  const isWhole = isEmptyAddressSet(subtractAddressSets(everyAddress[family], addresses));
  return isWhole ? "the host itself" : `the host itself at ${describeAddresses(addresses)}`;
}

interface Told {
  readonly family: Family;
  readonly view: HostView;
  /** Whether an address that no container has is anybody's: what comes by a published port is for a container. */
  readonly tellsNobody: boolean;
}

function viaTexts(names: readonly string[], addresses: AddressSet, told: Told): readonly string[] {
  const others = names.filter((name) => !isNobodys(name));
  const texts = (others.length === 0 ? names : others).flatMap((name) => {
    const network = told.view.networks.find(({ bridge }) => bridge === name);
    return network === undefined
      ? [outsideText(name, addresses)]
      : networkTexts(network, addresses, told);
  });
  return [...new Set(texts)].toSorted();
}

function outsideText(name: string, addresses: AddressSet): string {
  const who = describeAddresses(addresses);
  const isAnybody = who === "anywhere";
  if (name === ELSEWHERE) return isAnybody ? "outside" : who;
  const where =
    name === NEW_BRIDGE
      ? "networks that are not known yet"
      : name === "lo"
        ? "the host"
        : `interface ${name}`;
  return isAnybody ? where : `${who} by ${where}`;
}

function networkTexts(
  network: DockerNetwork,
  addresses: AddressSet,
  { family, view, tellsNobody }: Told,
): readonly string[] {
  const subnets = subnetsOf(network, family);
  const own = intersectAddressSets(addresses, subnets);
  if (isEmptyAddressSet(own)) return [];
  const name = `network ${network.name}`;
  if (isEmptyAddressSet(subtractAddressSets(subnets, addresses))) return [name];
  const containers = containersOn(network, view);
  const [named, unnamed] = [
    addressesOn(network, containers),
    subtractAddressSets(subnets, addressesOn(network, containers)),
  ];
  const others = subtractAddressSets(own, named);
  return [
    ...containers
      .filter((one) => isOneIn(addressesOn(network, [one]), own))
      .map((one) => `container ${one.name} of ${name}`),
    ...(isEmptyAddressSet(others) || !tellsNobody
      ? []
      : isEmptyAddressSet(subtractAddressSets(unnamed, others))
        ? [`addresses of no container in ${name}`]
        : [`${describeAddresses(others)} in ${name}`]),
  ];
}

function isOneIn(some: AddressSet, all: AddressSet): boolean {
  return !isEmptyAddressSet(intersectAddressSets(some, all));
}

/** Where they are not known, any. A network without addresses of a family has none. */
function subnetsOf({ subnets }: DockerNetwork, family: Family): AddressSet {
  if (subnets.length === 0) return everyAddress[family];
  const parsed = subnets
    .map(parseCidr)
    .flatMap((one): readonly Cidr[] => (one.ok ? [one.cidr] : []));
  return addressSetOf(parsed.filter((cidr) => cidr.family === family));
}
