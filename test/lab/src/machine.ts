import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { execute } from "./execute.ts";
import { cacheDir } from "./repository.ts";

/** This machine cannot run a lab; the message says what to do. */
export class UnfitMachineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnfitMachineError";
  }
}

/** Why this machine cannot run a lab, or `undefined` when it can. */
export function whyUnfit(): string | undefined {
  if (process.platform !== "linux") return "the lab needs Linux (Debian 12 or newer)";
  if (process.getuid?.() !== 0) {
    return "the lab needs root: it makes namespaces of its own, and nothing outside of them";
  }
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg-deb")) {
    return "the lab needs Debian 12 or newer: it fetches Docker as Debian packages";
  }
  // Both would be taken apart by the mount options that the path is part of.
  if (/[:,\\]/.test(cacheDir))
    return `the lab cannot work in a path with : , or \\ in it: ${cacheDir}`;
  return undefined;
}

/** Throws when this machine is unfit; loads the kernel modules that a lab needs. */
export async function checkMachine(): Promise<void> {
  const reason = whyUnfit();
  if (reason !== undefined) throw new UnfitMachineError(reason);
  await loadModules();
}

const modules = ["overlay", "bridge", "veth", "nf_tables", "nf_conntrack_netlink", "ip_tables"];
modules.push("ip6_tables", "iptable_filter", "iptable_nat", "ip6table_filter", "ip6table_nat");

/**
 * Hosts in the lab cannot load kernel modules: the machine has to. Most come by themselves when
 * first used; br_netfilter does not, and would begin to filter the machine's own bridges.
 */
async function loadModules(): Promise<void> {
  if (!existsSync("/sbin/modprobe")) return;
  for (const name of modules) await execute(["/sbin/modprobe", "--quiet", name]);
  if (existsSync("/proc/sys/net/bridge")) return;
  const loaded = await execute(["/sbin/modprobe", "--quiet", "br_netfilter"]);
  if (loaded.code !== 0) return;
  for (const family of ["iptables", "ip6tables", "arptables"]) {
    const path = `/proc/sys/net/bridge/bridge-nf-call-${family}`;
    await writeFile(path, "0\n").catch(() => undefined);
  }
}
