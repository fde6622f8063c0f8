import { fileURLToPath } from "node:url";
import type { Family } from "@seawall/policy";
import { families } from "../core/ruleset.ts";
import type { Exec, ExecResult } from "../edge/exec.ts";
import { createFirewall } from "../edge/firewall.ts";
import type { Firewall } from "../ports.ts";
import { type IpsetSets, restoreSets, saveSets } from "./ipset-sets.ts";
import { type KernelTables, namedSets, restore, save, type TextTable } from "./kernel-tables.ts";

const tools = { iptables: "IPv4", ip6tables: "IPv6" } as const satisfies Record<string, Family>;

/** A host as an engine before 28 leaves it, but in both families. */
const dockersTables: KernelTables = {
  filter: new Map([
    ["INPUT", []],
    ["FORWARD", ["-j DOCKER-USER", "-o docker0 -j DOCKER"]],
    ["OUTPUT", []],
    ["DOCKER", []],
    ["DOCKER-USER", ["-j RETURN"]],
  ]),
  security: new Map([
    ["INPUT", []],
    ["FORWARD", []],
    ["OUTPUT", []],
  ]),
};

/**
 * A kernel whose rules are kept in text, and the programs that write and print them: iptables-nft and ipset, without
 * nft and iptables-legacy. It knows the language of these programs as far as ours is written in it, and lets no packet
 * through: what the rules do is a matter for real kernels.
 */
export class TextKernel {
  readonly #tables: Record<Family, KernelTables> = { IPv4: dockersTables, IPv6: dockersTables };
  #sets: IpsetSets = new Map();
  /** Rules that this kernel does not take, by a part of their text. */
  refused: string | undefined;

  /** All rules and sets, as they would be printed. */
  text(): string {
    const { IPv4, IPv6 } = this.#tables;
    return [save(IPv4), save(IPv6), saveSets(this.#sets)].join("");
  }

  /** As somebody does by hand: what leads to our rules for what is forwarded, in IPv4. */
  deleteJump(): void {
    const { IPv4 } = this.#tables;
    const rules = IPv4.filter.get("DOCKER-USER") ?? [];
    const others = rules.filter((rule) => !rule.includes("-j SEAWALL"));
    this.#tables.IPv4 = { ...IPv4, filter: new Map(IPv4.filter).set("DOCKER-USER", others) };
  }

  /** As `iptables -F` of both tables, in both families: chains stay, all of them empty. */
  flush(): void {
    const empty = (table: TextTable): TextTable =>
      new Map([...table.keys()].map((name) => [name, []]));
    for (const family of families) {
      const { filter, security } = this.#tables[family];
      this.#tables[family] = { filter: empty(filter), security: empty(security) };
    }
  }

  readonly exec: Exec = ([program = "", ...args], { input = "" }) =>
    Promise.resolve(this.#run(program, args, input));

  #run(program: string, args: readonly string[], input: string): ExecResult {
    if (program === "ipset") return this.#ipset(args, input);
    const found = /^(ip6?tables)-nft(-save|-restore)?$/.exec(program);
    const tool = found?.[1];
    if (tool !== "iptables" && tool !== "ip6tables") return { kind: "notStarted", code: "ENOENT" };
    const family = tools[tool];
    switch (found?.[2]) {
      case "-save":
        return exited(0, save(only(this.#tables[family], args)));
      case "-restore":
        return this.#restore(family, input);
      default:
        // No rule is there that anybody asks for by this program.
        return args.includes("--version")
          ? exited(0, `${tool} v1.8.9 (nf_tables)\n`)
          : exited(1, "", "iptables: Bad rule (does a matching rule exist in that chain?).");
    }
  }

  #restore(family: Family, input: string): ExecResult {
    const { refused } = this;
    if (refused !== undefined && input.includes(refused))
      return exited(4, "", "iptables-restore: line 7: RULE_APPEND failed (Invalid argument)");
    try {
      const after = restore(this.#tables[family], input);
      const missing = [...namedSets(after)].find((name) => !this.#sets.has(name));
      if (missing !== undefined) throw new Error(`Set ${missing} doesn't exist.`);
      this.#tables[family] = after;
      return exited(0, "");
    } catch (error) {
      return exited(2, "", `iptables-restore: ${String(error)}`);
    }
  }

  #ipset([command, name = ""]: readonly string[], input: string): ExecResult {
    const { IPv4, IPv6 } = this.#tables;
    const inUse = new Set([...namedSets(IPv4), ...namedSets(IPv6)]);
    try {
      switch (command) {
        case "list":
          return exited(0, [...this.#sets.keys(), ""].join("\n"));
        case "save":
          return exited(0, saveSets(this.#sets));
        case "restore":
          // One by one: what is ahead of one that fails has been done.
          for (const line of input.split("\n")) this.#sets = restoreSets(this.#sets, line, inUse);
          return exited(0, "");
        case "destroy":
          this.#sets = restoreSets(this.#sets, `destroy ${name}`, inUse);
          return exited(0, "");
        default:
          return exited(1, "", `ipset: not understood: ${String(command)}`);
      }
    } catch (error) {
      return exited(1, "", `ipset: ${String(error)}`);
    }
  }
}

function exited(code: number, stdout: string, stderr = ""): ExecResult {
  return { kind: "exited", code, stdout, stderr };
}

const nothing = new Map<string, readonly string[]>();

/** What is printed: the table that is asked for by `-t`; all, where none is. */
function only(tables: KernelTables, args: readonly string[]): KernelTables {
  const option = args.indexOf("-t");
  if (option < 0) return tables;
  const table = args[option + 1];
  return {
    filter: table === "filter" ? tables.filter : nothing,
    security: table === "security" ? tables.security : nothing,
  };
}

/** As /proc/net of a host without tables of iptables-legacy. */
const procNetOf = (hasIPv6: boolean): string =>
  fileURLToPath(new URL(hasIPv6 ? "proc-net" : "proc-net/none", import.meta.url));

/** The agent's own firewall, over the programs of such a kernel. */
export function textFirewall(kernel: TextKernel, { hasIPv6 = true } = {}): Firewall {
  return createFirewall({ exec: kernel.exec, procNet: procNetOf(hasIPv6) });
}
