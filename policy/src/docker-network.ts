import type { Labels } from "./label-selector.ts";

/** A Docker network as read from the host. */
export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** The Linux bridge, verified to exist. Absent: the driver has none, or it is not there (yet). */
  readonly bridge?: string;
  readonly subnets: readonly string[];
  readonly labels: Labels;
  readonly internal: boolean;
}
