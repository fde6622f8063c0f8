import type { Family } from "@seawall/policy";

/**
 * The two ways in which the kernel takes the rules of iptables. Every packet passes the rules of both, and each
 * program sees only its own: what is left in the other one still drops.
 */
export type Variant = "nft" | "legacy";

/** The variant of each family, as far as it is known. */
export type Variants = Readonly<Partial<Record<Family, Variant>>>;

export function otherVariant(variant: Variant): Variant {
  return variant === "nft" ? "legacy" : "nft";
}

/** As reports name it: that of IPv4, and that of IPv6 beside it where the two differ. */
export function backendName(IPv4: Variant, IPv6: Variant = IPv4): string {
  return IPv4 === IPv6 ? `iptables-${IPv4}` : `iptables-${IPv4}, ip6tables-${IPv6}`;
}

/** The reverse of `backendName`; nothing for what is no variant of iptables. */
export function variantsOf(backend: string): Variants {
  const [, IPv4, IPv6 = IPv4] = /^iptables-(\w+)(?:, ip6tables-(\w+))?$/.exec(backend) ?? [];
  return isVariant(IPv4) && isVariant(IPv6) ? { IPv4, IPv6 } : {};
}

function isVariant(name: string | undefined): name is Variant {
  return name === "nft" || name === "legacy";
}
