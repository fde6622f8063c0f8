export type Family = "IPv4" | "IPv6";

/** Canonical, disjoint, sorted CIDRs. */
export interface AddressSet {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}
