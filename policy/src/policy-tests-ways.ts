import { addressBits, type Cidr, cidrOfText, parseAddress } from "./cidr.ts";
import { containersOn } from "./container-addresses.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";
import { hostNetworkContainer, unsupportedDriver } from "./limit-words.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import { type DockerEnd, destinationOf, sourceOf } from "./policy-tests-words.ts";
import { quoted } from "./quoted.ts";
import type { Ungoverned } from "./trace-path.ts";

/** An end of the packets of a test: a block of addresses, or containers of a bridge. */
export type TestEnd = { readonly kind: "block"; readonly block: Cidr } | BridgeEnd;

export interface BridgeEnd {
  readonly kind: "bridge";
  readonly network: DockerNetwork;
  readonly bridge: string;
  /** Those that are meant and run there. */
  readonly containers: readonly DockerContainer[];
}

/** From where to where packets of a test go on a host; at least one end is a bridge. */
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

/** Every way of the test's packets on this host, or why there is none. */
export function waysOf(
  test: PolicyTest,
  view: HostView,
): { readonly ok: true; readonly ways: readonly TestWay[] } | NoWay {
  const from = endsOf(sourceOf(test), view);
  const to = endsOf(destinationOf(test), view);
  if (!from.ok) return from;
  if (!to.ok) return to;
  const ways = from.ends.flatMap((one) => to.ends.map((other) => ({ from: one, to: other })));
  const direct = ways.filter(staysOnBridge);
  // A container that is on the other's network needs no way around; what it published may be called by any.
  const isShort = direct.length > 0 && test.to.publishedPort === undefined;
  return { ok: true, ways: isShort ? direct : ways };
}

/** Reports whether both ends are on one bridge. */
function staysOnBridge({ from, to }: TestWay): boolean {
  return from.kind === "bridge" && to.kind === "bridge" && from.bridge === to.bridge;
}

type Ends = { readonly ok: true; readonly ends: readonly TestEnd[] } | NoWay;

function endsOf(end: string | DockerEnd, view: HostView): Ends {
  if (typeof end === "string") return { ok: true, ends: [{ kind: "block", block: blockOf(end) }] };
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
  if (found.length > 0) return { ok: true, ends: found };
  const ungoverned = whyUngoverned(networks, container, view);
  return {
    ...{ ok: false, reason: whyNone(end, view) },
    ...(ungoverned === undefined ? {} : { ungoverned }),
  };
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
