import { rm, symlink } from "node:fs/promises";
import { tables } from "../core/ruleset.ts";
import type { Variant } from "../core/variant.ts";
import type { Exec } from "../edge/exec.ts";
import { createFirewall } from "../edge/firewall.ts";
import type { Firewall, Look } from "../ports.ts";

/** A machine of the lab, as far as these tests need it. */
export interface Machine {
  readonly pid: number;
  exec(
    argv: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<{
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly timedOut: boolean;
  }>;
}

/** At a host whose rules are kept in iptables, and on which there is nothing else to look at. */
export const inIptables: Look = { enforcement: "iptables", lastUsed: {}, nft: "no" };

/** At a host whose rules are kept in nftables, or were. */
export const inNftables: Look = { enforcement: "nftables", lastUsed: {}, nft: "yes" };

/** Every table of nftables that iptables did not make, without handles and counters. */
export async function nftText(machine: Machine): Promise<string> {
  const { stdout } = await machine.exec(["nft", "list", "ruleset"]);
  const tables = stdout
    .split(/^(?=table )/m)
    .filter((table) => /^table (?:inet|\S+ docker-)/.test(table));
  return tables.join("").replaceAll(/counter packets \d+ bytes \d+/g, "counter");
}

/** Runs programs in the machine. */
export function execIn(machine: Machine): Exec {
  return async (argv, { input = "", timeoutMs }) => {
    const { timedOut, ...result } = await machine.exec(argv, { input, timeoutMs });
    if (timedOut) return { kind: "timedOut" };
    // As whatever enters the machine says that it found no such program.
    if (result.code === 127) return { kind: "notStarted", code: "ENOENT" };
    return { kind: "exited", ...result };
  };
}

/** As on a machine where neither iptables nor nft nor the kernel knows NFLOG. */
export function execWithoutNflog(run: Exec): Exec {
  const unknown = (text: string) =>
    text.replaceAll(/\bNFLOG\b/g, "NO-SUCH-TARGET").replaceAll(/\bgroup \d+/g, "group nobody");
  return (argv, { input = "", ...options }) =>
    run(argv.map(unknown), { ...options, input: unknown(input) });
}

/** The real firewall of a machine, and how many commits, of rules and of sets, went into it. */
export interface CountedFirewall extends Firewall {
  readonly commits: () => number;
}

export function firewallOf(
  machine: Machine,
  alter: (exec: Exec) => Exec = (exec) => exec,
  restore?: Exec,
): CountedFirewall {
  const firewall = createFirewall({
    exec: alter(execIn(machine)),
    ...(restore && { restore }),
    procNet: `/proc/${String(machine.pid)}/net`,
  });
  let commits = 0;
  return {
    observe: (look) => firewall.observe(look),
    apply: (commit) => {
      commits += 1;
      return firewall.apply(commit);
    },
    applyNft: (text) => {
      commits += 1;
      return firewall.applyNft(text);
    },
    applySets: (text) => {
      commits += 1;
      return firewall.applySets(text);
    },
    destroySets: (names) => firewall.destroySets(names),
    commits: () => commits,
  };
}

/** As on a kernel without the table security: the programs of iptables-legacy are asked for one that no kernel has. */
export function withoutSecurity(exec: Exec): Exec {
  const unknown = (text: string) => text.replaceAll("security", "nosuch");
  return async (argv, { input = "", ...options }) => {
    if (argv[0]?.includes("-legacy") !== true) return exec(argv, { ...options, input });
    const asked = input.replaceAll(/^\*security$/gm, "*nosuch");
    const result = await exec(argv.map(unknown), { ...options, input: asked });
    if (result.kind !== "exited") return result;
    return { ...result, stderr: result.stderr.replaceAll("nosuch", "security") };
  };
}

const tools = { IPv4: "iptables", IPv6: "ip6tables" } as const;

/** As `update-alternatives` does. */
export async function useAlternative(
  machine: Machine,
  tool: "iptables" | "ip6tables",
  variant: Variant,
): Promise<void> {
  for (const end of ["", "-save", "-restore"]) {
    const link = `/proc/${String(machine.pid)}/root/usr/sbin/${tool}${end}`;
    await rm(link, { force: true });
    await symlink(`${tool}-${variant}${end}`, link);
  }
}

/** Replaces the whole filter table, and empties security. */
export async function setFilter(
  machine: Machine,
  family: keyof typeof tools,
  lines: readonly string[],
  variant: Variant = "nft",
): Promise<void> {
  const input = ["*filter", ...lines, "COMMIT", "*security", ...empty, "COMMIT", ""].join("\n");
  const { code, stderr } = await machine.exec([`${tools[family]}-${variant}-restore`, "-c"], {
    input,
  });
  if (code !== 0) throw new Error(stderr);
}

/** The tables that we write to without counters and dates, both families. To look at those of legacy makes them. */
export async function savedText(machine: Machine, variant: Variant = "nft"): Promise<string> {
  const saved = await Promise.all(
    (["IPv4", "IPv6"] as const).map(async (family) => {
      const texts = await Promise.all(
        tables.map(async (table) => {
          const { stdout } = await machine.exec([`${tools[family]}-${variant}-save`, "-t", table]);
          return stdout.split("\n").filter((line) => !line.startsWith("#"));
        }),
      );
      return [family, ...texts.flat()].join("\n").replace(/\[\d+:\d+\]/g, "");
    }),
  );
  return saved.join("\n");
}

const empty = [":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];

/** A host of this variant, as an engine before 28 leaves it: nothing for IPv6. */
export async function setDockerTables(machine: Machine, variant: Variant = "nft"): Promise<void> {
  const lines = [
    ":INPUT ACCEPT [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":DOCKER - [0:0]",
    ":DOCKER-USER - [0:0]",
    "-A FORWARD -j DOCKER-USER",
    "-A FORWARD -o docker0 -j DOCKER",
    "-A DOCKER-USER -j RETURN",
  ];
  for (const tool of Object.values(tools)) await useAlternative(machine, tool, variant);
  await setFilter(machine, "IPv4", lines, variant);
  await setFilter(machine, "IPv6", empty, variant);
}
