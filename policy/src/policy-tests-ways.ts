import { addressBits, type Cidr, cidrOfText, parseAddress } from "./cidr.ts";
import { containersOn } from "./container-addresses.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";
import { hostNetworkContainer, unsupportedDriver } from "./limit-words.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import {
  type AddressEnd,
  type DockerEnd,
  destinationOf,
  isAddress,
  sourceOf,
} from "./policy-tests-words.ts";
import { quoted } from "./quoted.ts";
import type { Ungoverned } from "./trace-path.ts";

/** An end of the packets of a test: a block of addresses, or containers of a bridge. */
export type TestEnd = BlockEnd | BridgeEnd;

export interface BlockEnd {
  readonly kind: "block";
  readonly block: Cidr;
  /** The only one that is meant, where both ends are blocks; absent: whichever. */
  readonly interface?: string;
}

export interface BridgeEnd {
  readonly kind: "bridge";
  readonly network: DockerNetwork;
  readonly bridge: string;
  /** Those that are meant and run there. */
  readonly containers: readonly DockerContainer[];
}

/** From where to where packets of a test go on a host; where no end is a bridge, they are forwarded between its interfaces. */
export interface TestWay {
  readonly from: TestEnd;
  readonly to: TestEnd;
}

/** An end is not on the host; with `ungoverned`, it is, and where no policy governs it. */
interface NoWay {
  readonly ok: false;
  readonly reason: string;
  readonly ungoverned?: Ungoverned;
}

interface Ways {
  readonly ok: true;
  readonly ways: readonly TestWay[];
  /** Containers are on networks without a bridge too, and this is why policies do not govern what goes by these. */
  readonly beside?: Ungoverned;
}

/** Every way of the test's packets on this host, or why there is none. */
export function waysOf(test: PolicyTest, view: HostView): Ways | NoWay {
  const from = endsOf(sourceOf(test), view);
  const to = endsOf(destinationOf(test), view);
  if (!from.ok) return from;
  if (!to.ok) return to;
  const ways = from.ends.flatMap((one) => to.ends.map((other) => ({ from: one, to: other })));
  const direct = ways.filter(staysOnBridge);
  // A container that is on the other's network needs no way around; what it published may be called by any.
  const isPublished = test.to.publishedPort !== undefined;
  if (direct.length > 0 && !isPublished) return { ok: true, ways: direct };
  const beside = besideOf(from, to, isPublished);
  return { ok: true, ways, ...(beside && { beside }) };
}

/** Why policies do not govern the packets that go by a network without a bridge, where these may. */
function besideOf(from: FoundEnds, to: FoundEnds, isPublished: boolean): Ungoverned | undefined {
  if (to.isBlock) return from.beside;
  return isPublished || !(from.isBlock || from.beside !== undefined) ? undefined : to.beside;
}

/** Reports whether both ends are on one bridge. */
function staysOnBridge({ from, to }: TestWay): boolean {
  return from.kind === "bridge" && to.kind === "bridge" && from.bridge === to.bridge;
}

interface FoundEnds {
  readonly ok: true;
  readonly ends: readonly TestEnd[];
  readonly isBlock: boolean;
  /** Why policies do not govern another network that it is on. */
  readonly beside?: Ungoverned;
}

type Ends = FoundEnds | NoWay;

function endsOf(end: AddressEnd | DockerEnd, view: HostView): Ends {
  if (isAddress(end)) return blockEnds(end, view);
  const { network: networkName, container } = end;
  const networks = view.networks.filter(
    ({ name }) => networkName === undefined || name === networkName,
  );
  if (networks.length === 0 && networkName !== undefined) {
    return { ok: false, reason: `has no network ${quoted(networkName)}` };
  }
  const found = networks.flatMap((network): readonly BridgeEnd[] => {
    const { bridge } = network;
    const meant = containersOn(network, view).filter(
      ({ name }) => container === undefined || name === container,
    );
    return bridge === undefined || (container !== undefined && meant.length === 0)
      ? []
      : [{ kind: "bridge", network, bridge, containers: meant }];
  });
  const ungoverned = whyUngoverned(networks, container, view);
  if (found.length > 0) {
    const beside = container === undefined ? undefined : ungoverned;
    return { ok: true, isBlock: false, ends: found, ...(beside && { beside }) };
  }
  return {
    ...{ ok: false, reason: whyNone(end, view) },
    ...(ungoverned === undefined ? {} : { ungoverned }),
  };
}

function blockEnds({ address, interface: via }: AddressEnd, view: HostView): Ends {
  const block = { kind: "block", block: blockOf(address) } as const;
  if (via === undefined) return { ok: true, isBlock: true, ends: [block] };
  const network = view.networks.find(({ bridge }) => bridge === via);
  if (network !== undefined) {
    return {
      ok: false,
      reason: `has ${quoted(via)} as the bridge of network ${quoted(network.name)}`,
    };
  }
  return view.interfaces.includes(via)
    ? { ok: true, isBlock: true, ends: [{ ...block, interface: via }] }
    : { ok: false, reason: `has no interface ${quoted(via)}` };
}

/** Of what runs here, on no bridge: without a container named, every one of these networks. */
function whyUngoverned(
  networks: readonly DockerNetwork[],
  name: string | undefined,
  { containers }: HostView,
): Ungoverned | undefined {
  const container = containers.find((one) => one.name === name);
  if (container?.hostNetwork === true) return hostNetworkContainer(container.name);
  const foreign = networks.find(
    ({ id, driver }) =>
      driver !== "bridge" &&
      (name === undefined || container?.attachments.some(({ networkId }) => networkId === id)),
  );
  return foreign && unsupportedDriver(foreign.name, foreign.driver);
}

function whyNone({ network, container }: DockerEnd, { containers }: HostView): string {
  if (container === undefined) return `network ${quoted(network ?? "")} has no bridge`;
  if (containers.every(({ name }) => name !== container)) {
    return `has no running container ${quoted(container)}`;
  }
  return network === undefined
    ? `container ${quoted(container)} is on no bridge`
    : `container ${quoted(container)} is on no bridge of network ${quoted(network)}`;
}

function blockOf(text: string): Cidr {
  if (text.includes("/")) return cidrOfText(text);
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const { family, value } = parsed.address;
  return { family, network: value, prefix: addressBits(family) };
}
