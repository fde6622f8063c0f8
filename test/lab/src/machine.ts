import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { execute } from "./execute.ts";
import { cacheDir } from "./repository.ts";
import { UnfitMachineError } from "./unfit-machine.ts";

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

/**
 * Hosts in the lab cannot load kernel modules, the machine has to. The kernel loads nearly all by
 * itself when they are first used. Not so br_netfilter, which moreover would begin to filter the
 * machine's own bridges, and the core of the legacy iptables (which makes no table by itself).
 */
async function loadModules(): Promise<void> {
  const modprobe = "/sbin/modprobe";
  if (!existsSync(modprobe)) return;
  await execute([modprobe, "--quiet", "-a", "ip_tables", "ip6_tables"]);
  if (existsSync("/proc/sys/net/bridge")) return;
  if ((await execute([modprobe, "--quiet", "br_netfilter"])).code !== 0) return;
  for (const family of ["iptables", "ip6tables", "arptables"]) {
    const path = `/proc/sys/net/bridge/bridge-nf-call-${family}`;
    await writeFile(path, "0\n").catch(() => undefined);
  }
}
