import { type Cidr, formatCidr, parseAddress, parseCidr } from "@seawall/policy";

export type ApprovedAddress =
  /** Canonical, as a single-address CIDR. */
  { readonly ok: true; readonly cidr: string } | { readonly ok: false; readonly message: string };

const BITS = { IPv4: 32, IPv6: 128 } as const satisfies Record<Cidr["family"], number>;

/**
 * Reads `192.0.2.7` or `192.0.2.7/32`. A block is refused: rules that name hosts would
 * take every address of it for the host's.
 */
export function approvedAddress(text: string): ApprovedAddress {
  if (text.includes("/")) {
    const parsed = parseCidr(text);
    if (!parsed.ok) return parsed;
    const { family, prefix } = parsed.cidr;
    if (prefix === BITS[family]) return { ok: true, cidr: formatCidr(parsed.cidr) };
    return {
      ok: false,
      message: `"${text}" is a block of addresses: name the host's own ones, each alone`,
    };
  }
  const parsed = parseAddress(text);
  if (!parsed.ok) return parsed;
  const { family, value } = parsed.address;
  return { ok: true, cidr: formatCidr({ family, network: value, prefix: BITS[family] }) };
}
