import { type DockerContainer, formatAddress, type HostPort, parseAddress } from "@seawall/policy";
import { elapsedMs, type Moment } from "./moment.ts";

/** A socket of this host that takes what comes from elsewhere: at one of the host's addresses, `0.0.0.0` or `::`. */
export interface ListeningSocket extends HostPort {
  readonly address: string;
}

/** What is known of a port at which a program of the host itself listens, or did a while ago. */
interface KnownPort extends HostPort {
  /** No rule of ours is to be in its way. */
  readonly isOwn: boolean;
  /** It was found listening in every look since. */
  readonly since: Moment;
  /** When it was found listening last. */
  readonly lastFound: Moment;
}

export type OwnPorts = readonly KnownPort[];

/**
 * Between Docker's first socket and its container's being known lies far less. A program of the host that begins to listen at a
 * port which policies name waits so long.
 */
const settlesInMs = 10_000;

/** A program that is restarted, or updated, finds its port as it was; the next container that publishes it may be open for a moment. */
const forgottenInMs = 600_000;

/** What one look found. */
export interface FoundPorts {
  readonly listening: readonly ListeningSocket[];
  /** Running ones. */
  readonly containers: readonly DockerContainer[];
  readonly now: Moment;
}

/**
 * Which ports are the host's own. A socket is no container's where none publishes it; while a container starts, Docker
 * listens before the container is known, so a new one has to stay for a while.
 * @param before undefined at the first look: whoever listens then was there before any rule could know
 * @param remembered the host's own before this agent, or this boot
 */
export function followPorts(
  before: OwnPorts | undefined,
  { listening, containers, now }: FoundPorts,
  remembered: readonly HostPort[],
): OwnPorts {
  const published = containers.flatMap((container) => container.published);
  const unexplained = distinct(listening.filter((socket) => !isContainers(socket, published)));
  const own = { isOwn: true, since: now, lastFound: now };
  const known = before ?? remembered.map((port) => ({ ...port, ...own }));
  const found = unexplained.map(({ protocol, port }): KnownPort => {
    const was = known.find((one) => isSame(one, { protocol, port }));
    const since = was?.since ?? now;
    const isOwn =
      before === undefined || was?.isOwn === true || (elapsedMs(since, now) ?? 0) >= settlesInMs;
    return { protocol, port, isOwn, since, lastFound: now };
  });
  const silent = known.filter(
    (one) =>
      one.isOwn &&
      !found.some((other) => isSame(one, other)) &&
      !published.some(({ protocol, hostPort }) => isSame(one, { protocol, port: hostPort })) &&
      (elapsedMs(one.lastFound, now) ?? 0) < forgottenInMs,
  );
  return [...found, ...silent].toSorted(
    (a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1),
  );
}

type Published = DockerContainer["published"][number];

/** docker-proxy, or Docker itself, listens where a container is published. */
function isContainers(socket: ListeningSocket, published: readonly Published[]): boolean {
  return published.some(
    ({ protocol, hostPort, hostAddress }) =>
      isSame(socket, { protocol, port: hostPort }) && isSameAddress(socket.address, hostAddress),
  );
}

function isSame(a: HostPort, b: { readonly protocol: string; readonly port: number }): boolean {
  return a.protocol === b.protocol && a.port === b.port;
}

/** Every address of one family stands for that of the other: one socket may take both. */
function isSameAddress(a: string, b: string): boolean {
  const [one, other] = [parseAddress(a), parseAddress(b)];
  if (!one.ok || !other.ok) return false;
  const areAll = one.address.value === 0n && other.address.value === 0n;
  return areAll || formatAddress(one.address) === formatAddress(other.address);
}

function distinct(sockets: readonly ListeningSocket[]): readonly HostPort[] {
  return [
    ...new Map(
      sockets.map((socket) => [`${socket.protocol} ${String(socket.port)}`, socket]),
    ).values(),
  ];
}
