import type { Address } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import type { DockerContainer, PublishedPort } from "./host-view.ts";
import type { BridgeAddress } from "./published-path.ts";
import type { DockerSays } from "./trace-docker.ts";
import type { TracePoint } from "./trace-points.ts";

/** Why policies do not govern a path, and what to do about it. */
export interface Ungoverned {
  readonly reason: string;
  readonly message: string;
  readonly advice: string;
}

/** An end of a path; without bridge it is outside Docker. */
export interface PathEnd {
  readonly container?: string;
  readonly at?: BridgeAddress;
  /** Outside Docker, where it is known; absent: any that no other path of this connection names there, from the same interface. */
  readonly interface?: string;
  /** Absent: the host itself, or anybody outside whom no rule names. */
  readonly address?: Address;
}

/** One way that the connection may go on a host. */
export interface TracePath {
  readonly route:
    | "Forwarded"
    | "BetweenInterfaces"
    | "SameBridge"
    | "DockerProxy"
    | "Input"
    | "Output"
    | "NoBridge"
    | "None";
  /** Absent: it makes no difference. */
  readonly family?: Family;
  readonly source: PathEnd;
  readonly destination: PathEnd;
  /** Of the destination, as policies see it. */
  readonly port?: number;
  /** The binding by which it comes. */
  readonly binding?: PublishedPort;
  /** Whether the kernel asks policies on this path. */
  readonly judged: boolean;
  /** What of the path they cannot see; beside `judged` they see only how it begins. */
  readonly ungoverned?: Ungoverned;
  readonly docker: DockerSays;
}

/** What all that is forwarded has in common. */
export function forwarded(family: Family, port: number | undefined) {
  return {
    ...{ route: "Forwarded" as const, family, judged: true },
    ...(port === undefined ? {} : { port }),
  };
}

export function endOf(point: TracePoint): PathEnd {
  switch (point.kind) {
    case "outside":
      return {
        ...(point.address === undefined ? {} : { address: point.address }),
        ...(point.interface === undefined ? {} : { interface: point.interface }),
      };
    case "host":
      return {
        ...(point.container === undefined ? {} : { container: point.container.name }),
        ...(point.address === undefined ? {} : { address: point.address }),
      };
    case "elsewhere":
      return { container: point.container.name };
    case "docker":
      return bridgeEnd(point.container, point.at[0]);
  }
}

export function bridgeEnd(container: DockerContainer | undefined, at: BridgeAddress): PathEnd {
  return {
    ...(container === undefined ? {} : { container: container.name }),
    at,
    address: at.address,
  };
}
