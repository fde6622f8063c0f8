import { type DockerHost, eventually } from "@seawall/lab";

export const programs = ["iptables", "ip6tables"] as const;

/** Where a packet is led to our chains, and that they are not empty. */
const leads = [
  ["filter", "FORWARD", "-j DOCKER-USER"],
  ["filter", "DOCKER-USER", "-j SEAWALL"],
  ["filter", "SEAWALL", "-j"],
  ["security", "FORWARD", "-j SEAWALL"],
  ["filter", "INPUT", "-j SEAWALL-INPUT"],
  ["security", "INPUT", "-j SEAWALL-INPUT"],
] as const;

/** Waits until they are, again: the agent sees only afterwards what Docker has put in front. */
export async function repaired(host: DockerHost): Promise<void> {
  for (const program of programs) {
    for (const [table, chain, first] of leads) {
      const rule = async (): Promise<string> =>
        (await host.exec([program, "-t", table, "-S", chain, "1"])).stdout;
      await eventually(async () => (await rule()).includes(first), {
        timeoutMs: 120_000,
        what: `${chain} of table ${table} (${program}) of ${host.name} to begin with ${first}`,
      });
    }
  }
}
