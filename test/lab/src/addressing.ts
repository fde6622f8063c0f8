/**
 * Addresses of a lab, from the ranges reserved for documentation and for tests. Every lab has the
 * same ones: each is on switches of its own, so they never meet.
 */
export interface NodeAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Lengths of the prefixes of every segment. */
export const prefixLength = { ipv4: 24, ipv6: 64 } as const;

/** Docker hosts get .11, .12, … in the order they are named, plain nodes .101, .102, …. */
export function addressesOf(kind: "host" | "plain", index: number, segment: number): NodeAddresses {
  if (index >= 80) throw new Error("a lab holds at most 80 hosts and 80 plain nodes");
  return addressesOn(segment, (kind === "host" ? 11 : 101) + index);
}

/** What the router of a segment has there. */
export function routerAddresses(segment: number): NodeAddresses {
  return addressesOn(segment, 1);
}

/** The subnets of a segment, in CIDR notation. */
export function subnetsOf(segment: number): NodeAddresses {
  const { ipv4, ipv6 } = addressesOn(segment, 0);
  const { ipv4: length4, ipv6: length6 } = prefixLength;
  return { ipv4: `${ipv4}/${String(length4)}`, ipv6: `${ipv6}/${String(length6)}` };
}

function addressesOn(segment: number, number: number): NodeAddresses {
  const last = String(number);
  if (segment === 0) return { ipv4: `192.0.2.${last}`, ipv6: `2001:db8:5ea::${last}` };
  const name = String(segment);
  return { ipv4: `198.18.${name}.${last}`, ipv6: `2001:db8:5ea:${name}::${last}` };
}
