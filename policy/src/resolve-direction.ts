import { addressesOn, containersOn, sharersOn } from "./container-addresses.ts";
import type { DesiredPeers, DesiredPolicy } from "./desired-state.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";
import { remembered } from "./remembered.ts";
import { resolveList, spokenIn } from "./resolve-list.ts";
import { resolvePeers } from "./resolve-peers.ts";
import type { ResolvedCase, ResolvedDirection, Scope } from "./resolved-state.ts";
import { selectsContainer } from "./selects-container.ts";
import { selectedNetworks } from "./selects-network.ts";

/** What the policies say in one scope of a network; undefined: nothing. */
export function resolveDirection(
  policies: readonly DesiredPolicy[],
  scope: Scope,
  network: DockerNetwork,
  view: HostView,
  holdsPeers: boolean,
): ResolvedDirection | undefined {
  const speaking = speakingIn(policies, scope);
  const own = bySelected(speaking, view.networks).get(network) ?? [];
  const narrowed = own.some(({ containerSelector }) => containerSelector !== undefined);
  const peersOf = (peers: DesiredPeers) =>
    resolvePeers(peers, { scope, own: network, view, holds: holdsPeers });
  const containers = containersOn(network, view);
  const sharersOf = sharersOn(network, view);
  const classOf = (container: DockerContainer) =>
    own.filter((policy) => selectsAny(policy, sharersOf(container)));
  const toCase = ({ members, policies: judging, published }: ContainerClass): ResolvedCase => ({
    key: `${published ? "published" : "direct"} ${judging.map(({ name }) => name).join(" ")}`,
    addresses: addressesOn(network, members),
    ...(published ? { published } : {}),
    list: resolveList(judging, scope, peersOf),
  });
  // Whether Docker says that it publishes anything or not: it does not while it leads a port elsewhere.
  const judgePublished = (container: DockerContainer) =>
    policiesOfPublishedPorts(speaking, sharersOf(container), view);
  // Where everybody unknown is held, these are too.
  const holdsPublished = !narrowed && mayBeAnothers(speaking, own, scope, network, view);
  const published =
    scope === "ingress"
      ? classesOf(containers, judgePublished).filter(
          ({ members, policies: judging }) =>
            holdsPublished || members.some((member) => !sameItems(judging, classOf(member))),
        )
      : [];
  if (own.length === 0 && published.length === 0 && !holdsPublished) return undefined;
  return {
    cases: [
      ...published.map((one) => toCase({ ...one, published: true })),
      ...(narrowed
        ? classesOf(containers, classOf).map((one) => toCase({ ...one, published: false }))
        : own.length === 0
          ? []
          : [{ key: "", list: resolveList(own, scope, peersOf) }]),
    ],
    holds: narrowed,
    ...(holdsPublished ? { holdsPublished } : {}),
  };
}

/** Those that say something in the scope: asked for every network. */
const speakingIn = remembered((policies: readonly DesiredPolicy[], scope: Scope) =>
  policies.filter((policy) => spokenIn(policy, scope) !== undefined),
);

/** The policies that select each network, in their order. */
const bySelected = remembered(
  (policies: readonly DesiredPolicy[], networks: readonly DockerNetwork[]) => {
    const selecting = new Map<DockerNetwork, DesiredPolicy[]>();
    for (const policy of policies) {
      for (const network of selectedNetworks(policy, networks)) {
        const others = selecting.get(network);
        if (others === undefined) selecting.set(network, [policy]);
        else others.push(policy);
      }
    }
    return selecting;
  },
);

/** Its published ports lead to a sandbox, which is no container and so never known. */
const SWARM_GATEWAY = "docker_gwbridge";

/** Whether a container that comes to this network may be judged by policies that do not select it, at its published ports. */
function mayBeAnothers(
  speaking: readonly DesiredPolicy[],
  own: readonly DesiredPolicy[],
  scope: Scope,
  { name, internal }: DockerNetwork,
  { networks }: HostView,
): boolean {
  return (
    scope === "ingress" &&
    // Docker leads no published port through an internal network.
    !internal &&
    name !== SWARM_GATEWAY &&
    speaking.some((policy) => !own.includes(policy) && selectedNetworks(policy, networks).size > 0)
  );
}

interface ContainerClass {
  readonly members: readonly DockerContainer[];
  readonly policies: readonly DesiredPolicy[];
  readonly published: boolean;
}

/** Containers with the same policies, sorted by the names of these. */
function classesOf(
  containers: readonly DockerContainer[],
  policiesOf: (container: DockerContainer) => readonly DesiredPolicy[],
): readonly Omit<ContainerClass, "published">[] {
  const classes = new Map<
    string,
    { policies: readonly DesiredPolicy[]; members: DockerContainer[] }
  >();
  for (const container of containers) {
    const policies = policiesOf(container);
    const key = policies.map(({ name }) => name).join(" ");
    const known = classes.get(key) ?? { policies, members: [] };
    known.members.push(container);
    classes.set(key, known);
  }
  return [...classes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/**
 * A published port belongs to the container, whichever of its networks Docker's DNAT leads through: the
 * policies of all of them judge it as one list (libnetwork may move the DNAT whenever a network is connected).
 */
function policiesOfPublishedPorts(
  speaking: readonly DesiredPolicy[],
  sharers: readonly DockerContainer[],
  { networks }: HostView,
): readonly DesiredPolicy[] {
  const attached = networks.filter(({ id }) =>
    sharers.some(({ attachments }) => attachments.some(({ networkId }) => networkId === id)),
  );
  return speaking.filter((policy) => {
    const selected = selectedNetworks(policy, networks);
    return selectsAny(policy, sharers) && attached.some((network) => selected.has(network));
  });
}

function selectsAny(
  { containerSelector }: DesiredPolicy,
  containers: readonly DockerContainer[],
): boolean {
  return containers.some((container) => selectsContainer(containerSelector, container));
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
