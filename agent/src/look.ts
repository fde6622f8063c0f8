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
  readonly footprint: Footprint | "damaged";
  /** The host as it was before this run. */
  readonly snapshot: HostSnapshot | undefined;
}

/**
 * What is to be read of the kernel: what the rules are, or are to be, kept in, and whatever else something of ours may
 * be in. While Docker has not said what it uses, what was used last.
 */
export function lookOf({ bundle, docker, footprint, snapshot }: KnownOfHost): Look {
  const { engine } = docker;
  const isRecorded = footprint !== "damaged" && footprint.table !== undefined;
  const before: Enforcement =
    isRecorded || snapshot?.backend === "nftables" ? "nftables" : "iptables";
  const firewall = engine === undefined ? before : firewallOf(engine);
  const enforcement = enforcementOf(hostOptionsOf(bundle?.desired.options), { firewall });
  const lastUsed = variantsOf(snapshot?.backend ?? "");
  if (isRecorded) return { enforcement, lastUsed, nft: "yes" };
  // A disk that was full, or a record that is lost, must not keep a table in force that nobody wants any more.
  const maybe = [firewall, before].includes("nftables") || footprint === "damaged";
  return { enforcement, lastUsed, nft: maybe ? "ifInstalled" : "no" };
}
