import { existsSync, readdirSync, readFileSync } from "node:fs";
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
  return (await readdir(sysClassNet)).filter(isLink).sort();
}

/** Where the bonding driver is loaded, a plain file stands among the links. */
function isLink(name: string): boolean {
  return name !== "bonding_masters";
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

const REREAD_MS = 1_000;

/** The names of links by index. Read again for one that is not known, but not all the time. */
export class InterfaceIndexes {
  readonly #sysClassNet: string;
  #names: ReadonlyMap<number, string> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor({ sysClassNet }: Pick<HostKernelPaths, "sysClassNet">) {
    this.#sysClassNet = sysClassNet;
  }

  /** Empty: no link has it, any more or yet. */
  nameOf(index: number): string {
    if (!this.#names.has(index) && performance.now() - this.#readAt > REREAD_MS) {
      this.#names = new Map(
        readdirSync(this.#sysClassNet)
          .filter(isLink)
          .map((name) => [this.#indexOf(name), name]),
      );
      this.#readAt = performance.now();
    }
    return this.#names.get(index) ?? "";
  }

  #indexOf(name: string): number {
    try {
      return Number(readFileSync(join(this.#sysClassNet, name, "ifindex"), "utf8"));
    } catch {
      // Gone since it was listed.
      return Number.NaN;
    }
  }
}
