import type { DockerHost } from "@seawall/lab";

/**
 * All that the kernel of a host holds of ours, in whatever table, and where Docker leads to DOCKER-USER. What may differ
 * between two hosts that enforce the same is left out: counters, which of its two names a set has, hashes, which are of
 * these names too, and the ids of networks that Docker knows; the one of its default network is new whenever it starts.
 * Chain by chain, in the order of the rules.
 */
export async function ownRules(host: DockerHost): Promise<readonly string[]> {
  const [v4, v6, sets, networks] = await Promise.all([
    host.run(["iptables-save"]),
    host.run(["ip6tables-save"]),
    host.run(["ipset", "save"]),
    host.docker("network", "ls", "--format", "{{.ID}} {{.Name}}"),
  ]);
  const named = (text: string): string =>
    networks
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .reduce((all, [id = "", name = ""]) => all.replaceAll(`-${id}`, `-<${name}>`), text);
  return [...rulesIn("IPv4", named(v4)), ...rulesIn("IPv6", named(v6)), ...setsIn(sets)];
}

function rulesIn(family: string, save: string): readonly string[] {
  let table = "";
  const lines = save.split("\n").flatMap((line) => {
    if (line.startsWith("*")) table = line.slice(1);
    const isOurs = /SEAWALL|sw:/.test(line) || line === "-A FORWARD -j DOCKER-USER";
    return isOurs ? [{ chain: `${family} ${table} ${chainOf(line)}`, line: plain(line) }] : [];
  });
  return lines
    .toSorted((a, b) => (a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : 0))
    .map(({ chain, line }) => `${chain}: ${line}`);
}

/** Of `:SEAWALL - [0:0]` and of `-A SEAWALL …`. */
function chainOf(line: string): string {
  return line.replace(/^(:|-A )/, "").split(" ")[0] ?? "";
}

function plain(line: string): string {
  return line
    .replace(/ \[\d+:\d+\]$/, "")
    .replace(/sw:\S+/, "sw:…")
    .replaceAll(/(sw[46]-[0-9a-f]{16})-[ab]\b/g, "$1");
}

/** What a set is made with beside its type and family is how much it has held. */
function setsIn(save: string): readonly string[] {
  return save
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => plain(line.replace(/^(create \S+ \S+ family \S+) .*/, "$1")))
    .toSorted();
}
