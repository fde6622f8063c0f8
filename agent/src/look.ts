import { type Enforcement, enforcementOf, hostOptionsOf } from "@seawall/policy";
import type { Footprint } from "./core/footprint.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import { variantsOf } from "./core/variant.ts";
import { type DockerKnowledge, firewallOf } from "./docker-view.ts";
import type { Bundle, Look } from "./ports.ts";

/** What is known of a host before its kernel is read. */
export interface KnownOfHost {
  readonly bundle: Bundle | undefined;
  readonly docker: DockerKnowledge;
  readonly footprint: Footprint;
  /** The host as it was before this run. */
  readonly snapshot: HostSnapshot | undefined;
}

/**
 * What is to be read of the kernel: what the rules are, or are to be, kept in, and whatever else something of ours may
 * be in. While Docker has not said what it uses, what was used last.
 */
export function lookOf({ bundle, docker, footprint, snapshot }: KnownOfHost): Look {
  const { engine } = docker;
  const firewall = engine === undefined ? usedLast(footprint, snapshot) : firewallOf(engine);
  const enforcement = enforcementOf(hostOptionsOf(bundle?.desired.options), { firewall });
  const lastUsed = variantsOf(snapshot?.backend ?? "");
  if (footprint.table !== undefined) return { enforcement, lastUsed, nft: "yes" };
  return { enforcement, lastUsed, nft: firewall === "nftables" ? "ifInstalled" : "no" };
}

function usedLast({ table }: Footprint, snapshot: HostSnapshot | undefined): Enforcement {
  return table !== undefined || snapshot?.backend === "nftables" ? "nftables" : "iptables";
}
