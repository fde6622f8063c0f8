import {
  type DesiredState,
  foreseenPorts,
  type HostView,
  hostOptionsOf,
  type ResolvedBinding,
  type ResolvedState,
  resolve,
  withoutPorts,
} from "@seawall/policy";

/** What a host had when its rules were last read back, as far as it outlives a reboot. */
export interface HostSnapshot
  extends Pick<HostView, "networks" | "interfaces" | "ownPorts" | "awaitedPorts"> {
  /** Of the boot in which it was taken. */
  readonly bootId: string;
  /** Which program kept the rules. */
  readonly backend: string;
  readonly bindings: readonly Omit<ResolvedBinding, "to">[];
}

/**
 * What to enforce before Docker runs. Networks keep their bridges over a reboot. Addresses do not belong to the same
 * containers afterwards, so no container is known: where it matters which one is meant, all is held, and so
 * is every port that was published, or was going to be.
 */
export function bootState(desired: DesiredState, snapshot: HostSnapshot): ResolvedState {
  const state = resolve(desired, viewOf(snapshot));
  return { ...state, bindings: state.options.inputGuard === "On" ? snapshot.bindings : [] };
}

/** Where what to enforce cannot be read: nothing passes from, to or between Docker's networks. */
export function heldState(snapshot: HostSnapshot | undefined): ResolvedState {
  const known = (snapshot?.networks ?? []).flatMap(({ id, name, bridge }) =>
    bridge === undefined ? [] : [{ networkId: id, network: name, bridge }],
  );
  const networks = known.some(({ bridge }) => bridge === dockerZero.bridge)
    ? known
    : [...known, dockerZero];
  const held = { cases: [], holds: true };
  return {
    bridges: networks.map((network) => ({
      ...network,
      ...{ ingress: held, egress: held, internal: held },
    })),
    ...{ interfaces: [], known: [], policies: [] },
    dockerBridges: networks.map(({ bridge }) => bridge),
    knownBridges: (snapshot?.interfaces ?? []).filter(
      (name) => name.startsWith("br-") && !/^br-[0-9a-f]{12}$/.test(name),
    ),
    bindings: snapshot?.bindings ?? [],
    heldPorts: withoutPorts(
      foreseenPorts([], snapshot?.awaitedPorts ?? []),
      snapshot?.ownPorts ?? [],
    ),
    management: [],
    options: hostOptionsOf(),
  };
}

/** Docker's default network is there before any other; its id is not known. */
const dockerZero = { networkId: "0".repeat(64), network: "bridge", bridge: "docker0" };

function viewOf(snapshot: HostSnapshot): HostView {
  const { networks, interfaces, ownPorts = [], awaitedPorts = [] } = snapshot;
  return {
    ...{ networks, interfaces, ownPorts, awaitedPorts },
    ...{ containers: [], addresses: [] },
    engine: {
      ...{ version: "", swarm: false, firewall: "iptables", proxies: [] },
      dockerRules: { IPv4: true, IPv6: true },
      bridgeNf: { IPv4: true, IPv6: true },
    },
    // Nobody is reached before Docker runs.
    management: [],
  };
}

/** What is to be kept for the next boot. */
export function snapshotOf(
  { networks, interfaces, ownPorts, awaitedPorts }: HostView,
  bindings: readonly ResolvedBinding[],
  { bootId, backend }: Pick<HostSnapshot, "bootId" | "backend">,
): HostSnapshot {
  return {
    ...{ bootId, backend, networks, interfaces },
    ...(ownPorts && { ownPorts }),
    ...(awaitedPorts && { awaitedPorts }),
    bindings: bindings.map(({ protocol, hostAddress, hostPort, network }) => ({
      ...{ protocol, hostAddress, hostPort, network },
    })),
  };
}
