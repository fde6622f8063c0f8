import type { DockerHost, IptablesVariant } from "@seawall/lab";

const tools = ["iptables", "ip6tables"] as const;

/** The rules and chains of filter and security, by whichever variant `iptables` is, without counters. */
export async function ruleLines(host: DockerHost): Promise<readonly string[]> {
  const saved = await Promise.all(
    tools.flatMap((tool) =>
      ["filter", "security"].map(async (table) => {
        const text = await host.run([`${tool}-save`, "-t", table]);
        return text.split("\n").flatMap((line) => (/^[:*-]/.test(line) ? [`${tool} ${line}`] : []));
      }),
    ),
  );
  return saved.flat().map((line) => line.replace(/ \[\d+:\d+\]$/, ""));
}

/**
 * Rules of filter by which Docker gets to its own chains, whatever their order, but for those of networks that are gone: 20.10 leaves
 * some behind.
 */
export async function dockerJumps(host: DockerHost): Promise<readonly string[]> {
  const interfaces = (await host.run(["ls", "/sys/class/net"])).split("\n");
  const isOfNow = (line: string) => {
    const [, named] = / -[io] (\S+)/.exec(line) ?? [];
    return named === undefined || interfaces.includes(named);
  };
  const lines = await ruleLines(host);
  return lines.filter((line) => / -j DOCKER(?!-USER$)/.test(line) && isOfNow(line)).toSorted();
}

/** Our table of nftables; empty: there is none. */
export async function tableLines(host: DockerHost): Promise<readonly string[]> {
  const { code, stdout } = await host.exec(["nft", "list", "table", "inet", "seawall"]);
  return code === 0 ? stdout.split("\n").map((line) => line.trim()) : [];
}

/** As `update-alternatives` does. */
export async function useAlternatives(host: DockerHost, variant: IptablesVariant): Promise<void> {
  for (const tool of tools) {
    for (const end of ["", "-save", "-restore"]) {
      await host.run(["ln", "-sf", `${tool}-${variant}${end}`, `/usr/sbin/${tool}${end}`]);
    }
  }
}

/** What a variant has in this kernel namespace without having been asked to: nothing, where nobody used it. */
export async function tablesOf(host: DockerHost, variant: IptablesVariant): Promise<string> {
  if (variant === "nft") return await host.run(["nft", "list", "tables"]);
  return await host.run(["cat", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"]);
}
