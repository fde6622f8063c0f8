import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Family } from "@seawall/policy";

/** Where the kernel shows this network namespace. */
export interface HostKernelPaths {
  readonly sysClassNet: string;
  readonly procSysNetBridge: string;
}

export const hostKernelPaths: HostKernelPaths = {
  sysClassNet: "/sys/class/net",
  procSysNetBridge: "/proc/sys/net/bridge",
};

/** The links of this network namespace, sorted. */
export async function readInterfaces({ sysClassNet }: HostKernelPaths): Promise<readonly string[]> {
  // Where the bonding driver is loaded, a plain file stands among the links.
  return (await readdir(sysClassNet)).filter((name) => name !== "bonding_masters").sort();
}

export function isBridge({ sysClassNet }: HostKernelPaths, name: string): boolean {
  return existsSync(join(sysClassNet, name, "bridge"));
}

/** Whether iptables sees what stays on one bridge. */
export async function readBridgeNf({
  procSysNetBridge,
}: HostKernelPaths): Promise<Readonly<Record<Family, boolean>>> {
  const [IPv4, IPv6] = await Promise.all(
    (["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"] as const).map((name) =>
      isOn(join(procSysNetBridge, name)),
    ),
  );
  return { IPv4: IPv4 === true, IPv6: IPv6 === true };
}

async function isOn(path: string): Promise<boolean> {
  try {
    return (await readFile(path, "utf8")).trim() !== "0";
  } catch {
    // Without the module br_netfilter there is no such file, and nothing is shown.
    return false;
  }
}
