import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Family } from "@seawall/policy";
import type { ObservedFamily } from "../core/parse-save.ts";
import type { FailedCall, Firewall, IptablesReading, Look } from "../ports.ts";
import type { Exec } from "./exec.ts";
import { createIpset } from "./ipset.ts";
import { createIptablesFamily } from "./iptables-family.ts";
import type { Call } from "./iptables-programs.ts";

export interface IptablesOptions {
  readonly exec: Exec;
  /** What iptables-restore of a variant is run by. Default `exec`. */
  readonly restore?: Exec;
  /** Where this network namespace shows itself; another one's in tests. */
  readonly procNet?: string;
}

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/** What of the firewall is kept in iptables and ipset. */
export interface Iptables extends Pick<Firewall, "apply" | "applySets" | "destroySets"> {
  /** Where Docker keeps its rules, family by family, and at times what is left elsewhere. */
  observe(look: Look): Promise<IptablesReading | FailedCall>;
}

/** Through iptables and ip6tables, each in the variant that Docker uses, and ipset. */
export function createIptables({
  exec,
  restore = exec,
  procNet = "/proc/net",
}: IptablesOptions): Iptables {
  const ipset = createIpset(exec);
  // Nothing but iptables-restore has any input. By a name that says no variant it is the one that is in use when it starts.
  const call: Call = (argv, input) => {
    if (input === undefined) return exec(argv, limits);
    const run = /-(?:nft|legacy)-restore$/.test(argv[0] ?? "") ? restore : exec;
    return run(argv, { ...limits, input });
  };
  const of = (family: Family) => createIptablesFamily(call, procNet, family);
  const families = { IPv4: of("IPv4"), IPv6: of("IPv6") };

  const observe: Iptables["observe"] = async ({ lastUsed, enforcement }) => {
    // Not there at all when the kernel runs without IPv6; empty when no interface has an address.
    const hasIPv6 = existsSync(join(procNet, "if_inet6"));
    const [v4, v6, sets] = await Promise.all([
      families.IPv4.observe(lastUsed.IPv4),
      hasIPv6 ? families.IPv6.observe(lastUsed.IPv6) : noIPv6,
      ipset.observe(),
    ]);
    if (v4.kind === "failed") return v4;
    if (v6.kind === "failed") return v6;
    if (sets.kind === "failed") return sets;
    const isTold = enforcement !== "iptables" || (await knowNflog({ IPv4: v4, IPv6: v6 }));
    return {
      kind: "observed",
      ...(isTold ? {} : { nflog: "missing" as const }),
      version: v4.version,
      IPv4: v4.inUse,
      IPv6: v6.inUse,
      ipset: sets.sets,
      elsewhere: { IPv4: v4.elsewhere, IPv6: v6.elsewhere },
      unread: [...v4.unread, ...v6.unread],
    };
  };

  const knowNflog = async (found: InUse): Promise<boolean> => {
    for (const family of ["IPv4", "IPv6"] as const) {
      const { inUse } = found[family];
      if (inUse === "absent") continue;
      if (!(await families[family].knowsNflog(inUse.variant))) return false;
    }
    return true;
  };

  return {
    observe,
    apply: ({ family, variant, text }) => families[family].apply(variant, text),
    applySets: ipset.restore,
    destroySets: ipset.destroy,
  };
}

const noIPv6 = { kind: "observed", inUse: "absent", elsewhere: "absent", unread: [] } as const;

type InUse = Readonly<Record<Family, { readonly inUse: ObservedFamily | "absent" }>>;
