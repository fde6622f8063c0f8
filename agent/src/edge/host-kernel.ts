import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Family, formatAddress, parseAddress } from "@seawall/policy";

/** Where the kernel shows this network namespace. */
export interface HostKernelPaths {
  readonly sysClassNet: string;
  readonly procSysNetBridge: string;
  readonly procNet: string;
}

export const hostKernelPaths: HostKernelPaths = {
  sysClassNet: "/sys/class/net",
  procSysNetBridge: "/proc/sys/net/bridge",
  procNet: "/proc/net",
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

/**
 * The host's own addresses, sorted: but for loopback ones and link-local ones of IPv6.
 * What is sent to one of them ends here and is not forwarded.
 */
export async function readAddresses({ procNet }: HostKernelPaths): Promise<readonly string[]> {
  const [trie, inet6] = await Promise.all(
    ["fib_trie", "if_inet6"].map((name) => readFile(join(procNet, name), "utf8").catch(noFile)),
  );
  return [...new Set([...localIPv4(trie ?? ""), ...globalIPv6(inet6 ?? "")])].sort();
}

/** An address, and below it what is known of it: `|-- 192.0.2.11`, `/32 host LOCAL`. */
function localIPv4(trie: string): readonly string[] {
  let address = "";
  return trie.split("\n").flatMap((line) => {
    const words = line.trim();
    if (words.startsWith("|-- ")) address = words.slice(4);
    const isOwn = words === "/32 host LOCAL" && !address.startsWith("127.");
    return isOwn ? [address] : [];
  });
}

const GLOBAL_SCOPE = "00";

/** `20010db805ea00000000000000000011 02 40 00 80 eth0`: the fourth word is the scope. */
function globalIPv6(inet6: string): readonly string[] {
  return inet6.split("\n").flatMap((line) => {
    const [hex = "", , , scope] = line.trim().split(/\s+/);
    const parsed = parseAddress(hex.replace(/(.{4})(?!$)/g, "$1:"));
    return scope === GLOBAL_SCOPE && parsed.ok ? [formatAddress(parsed.address)] : [];
  });
}

/** A kernel without this IP version. */
function noFile(): string {
  return "";
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
