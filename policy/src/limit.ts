/** A path on which some statement of a policy has no effect on a host. */
export interface Limit {
  readonly path:
    | "docker-proxy"
    | "forward-guard"
    | "input-guard"
    | "management-guard"
    | "host-network"
    | "no-bridge"
    | "same-bridge"
    | "swarm-ingress"
    | "docker-without-rules"
    | "other-network"
    | "interface";
  /** PascalCase, for machines. */
  readonly reason: string;
  /** What is not governed, in words. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** Whose statements land there, sorted; empty: nobody's. */
  readonly policies: readonly string[];
}
