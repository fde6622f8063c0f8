import { tables } from "../core/ruleset.ts";
import type { Exec } from "../edge/exec.ts";
import { createIptables, type IptablesOptions } from "../edge/iptables.ts";
import type { Firewall } from "../ports.ts";

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

/** As `execIn` on a machine whose kernel and iptables do not know the target NFLOG. */
export function execWithoutNflog(machine: Machine): Exec {
  const run = execIn(machine);
  const unknown = (text: string) => text.replaceAll(/\bNFLOG\b/g, "NO-SUCH-TARGET");
  return (argv, { input = "", ...options }) =>
    run(argv.map(unknown), { ...options, input: unknown(input) });
}

/** The real firewall of a machine, and how many commits, of rules and of sets, went into it. */
export interface CountedFirewall extends Firewall {
  readonly commits: () => number;
}

export function firewallOf(
  machine: Machine,
  options: Partial<Pick<IptablesOptions, "whateverDockerUses" | "exec">> = {},
): CountedFirewall {
  const firewall = createIptables({
    exec: execIn(machine),
    ...options,
    procNet: `/proc/${String(machine.pid)}/net`,
  });
  let commits = 0;
  return {
    observe: () => firewall.observe(),
    apply: (family, text) => {
      commits += 1;
      return firewall.apply(family, text);
    },
    applySets: (text) => {
      commits += 1;
      return firewall.applySets(text);
    },
    destroySets: (names) => firewall.destroySets(names),
    commits: () => commits,
  };
}

const tools = { IPv4: "iptables", IPv6: "ip6tables" } as const;

/** Replaces the whole filter table, and empties security. */
export async function setFilter(
  machine: Machine,
  family: keyof typeof tools,
  lines: readonly string[],
): Promise<void> {
  const input = ["*filter", ...lines, "COMMIT", "*security", ...empty, "COMMIT", ""].join("\n");
  const { code, stderr } = await machine.exec([`${tools[family]}-nft-restore`, "-c"], { input });
  if (code !== 0) throw new Error(stderr);
}

/** The tables that we write to without counters and dates, both families. */
export async function savedText(machine: Machine): Promise<string> {
  const saved = await Promise.all(
    (["IPv4", "IPv6"] as const).map(async (family) => {
      const texts = await Promise.all(
        tables.map(async (table) => {
          const { stdout } = await machine.exec([`${tools[family]}-nft-save`, "-t", table]);
          return stdout.split("\n").filter((line) => !line.startsWith("#"));
        }),
      );
      return [family, ...texts.flat()].join("\n").replace(/\[\d+:\d+\]/g, "");
    }),
  );
  return saved.join("\n");
}

const empty = [":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];

/** As an engine before 28 leaves them: nothing for IPv6. */
export async function setDockerTables(machine: Machine): Promise<void> {
  await setFilter(machine, "IPv4", [
    ":INPUT ACCEPT [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":DOCKER - [0:0]",
    ":DOCKER-USER - [0:0]",
    "-A FORWARD -j DOCKER-USER",
    "-A FORWARD -o docker0 -j DOCKER",
    "-A DOCKER-USER -j RETURN",
  ]);
  await setFilter(machine, "IPv6", empty);
}
