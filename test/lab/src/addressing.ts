/**
 * Addresses of a lab, from the ranges reserved for documentation. Every lab has the same ones: each
 * is on a switch of its own, so they never meet.
 */
export const labSubnet4 = "192.0.2.0/24";
export const labSubnet6 = "2001:db8:5ea::/64";

export interface NodeAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Docker hosts get .11, .12, … in the order they are named, plain nodes .101, .102, …. */
export function addressesOf(kind: "host" | "plain", index: number): NodeAddresses {
  const number = (kind === "host" ? 11 : 101) + index;
  if (index >= 80) throw new Error("a lab holds at most 80 hosts and 80 plain nodes");
  return { ipv4: `192.0.2.${String(number)}`, ipv6: `2001:db8:5ea::${String(number)}` };
}
