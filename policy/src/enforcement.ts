import type { HostOptions } from "./host-options.ts";

/** What rules are kept in. */
export type Enforcement = "iptables" | "nftables";

/** What the rules of a host are kept in: as it was chosen, else as Docker does with its own. */
export function enforcementOf(
  { enforcement }: Pick<HostOptions, "enforcement">,
  { firewall }: { readonly firewall: Enforcement },
): Enforcement {
  return enforcement === "Auto" ? firewall : enforcement;
}
