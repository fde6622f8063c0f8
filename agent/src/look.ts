import { type Enforcement, enforcementOf, hostOptionsOf } from "@seawall/policy";
import type { Footprint } from "./core/footprint.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import { type DockerKnowledge, firewallOf } from "./docker-view.ts";
import type { Bundle, Look } from "./ports.ts";

/**
 * What is to be read of the kernel: what the rules are, or are to be, kept in, and whatever else something of ours may
 * be in. While Docker has not said what it uses, what was used last.
 */
export function lookOf(
  bundle: Bundle | undefined,
  { engine }: DockerKnowledge,
  footprint: Footprint,
  snapshot?: HostSnapshot,
): Look {
  const docker = engine === undefined ? usedLast(footprint, snapshot) : firewallOf(engine);
  const enforcement = enforcementOf(hostOptionsOf(bundle?.desired.options), { firewall: docker });
  if (footprint.table !== undefined) return { enforcement, nft: "yes" };
  return { enforcement, nft: docker === "nftables" ? "ifInstalled" : "no" };
}

function usedLast({ table }: Footprint, snapshot: HostSnapshot | undefined): Enforcement {
  return table !== undefined || snapshot?.backend === "nftables" ? "nftables" : "iptables";
}
