/** What the prober and its agents in the network namespaces say to each other: lines of JSON. */

export interface ProbeRequest {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly source?: string;
  readonly timeoutMs: number;
}

/** How a probe ended; only `open` means that the listener itself was reached. */
export type Verdict =
  /** The listener answered; `banner` is what it said. */
  | { readonly kind: "open"; readonly banner: string; readonly evidence: string }
  /** Connected, but no banner came: a proxy took the connection and could not pass it on. */
  | { readonly kind: "accepted"; readonly evidence: string }
  /** Somebody said no at once: a reset, or ICMP port unreachable. */
  | { readonly kind: "refused"; readonly evidence: string }
  /** ICMP said that there is no way, or the sender has no route. */
  | { readonly kind: "unreachable"; readonly evidence: string }
  /** Silence. */
  | { readonly kind: "timeout"; readonly evidence: string };
