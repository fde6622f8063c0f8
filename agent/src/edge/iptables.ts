import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Family } from "@seawall/policy";
import type { Failure } from "../core/failure.ts";
import { type ObservedFamily, parseSave } from "../core/parse-save.ts";
import { type Table, tables } from "../core/ruleset.ts";
import type { FailedCall, Firewall, Observed } from "../ports.ts";
import type { Exec, ExecResult } from "./exec.ts";
import { createIpset } from "./ipset.ts";
import { iptablesFailure } from "./iptables-failure.ts";
import { isNflogMissing } from "./probe-nflog.ts";

export interface IptablesOptions {
  readonly exec: Exec;
  /** Where this network namespace shows itself; another one's in tests. */
  readonly procNet?: string;
  /**
   * Look at iptables-nft alone, whichever variant Docker uses. To take our rules out, not to enforce: they stay
   * in force after a host was switched to iptables-legacy.
   */
  readonly whateverDockerUses?: boolean;
}

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/** The firewall through iptables-nft, ip6tables-nft and ipset. */
export function createIptables(options: IptablesOptions): Firewall {
  const { exec, procNet = "/proc/net", whateverDockerUses = false } = options;
  const ipset = createIpset(exec);
  let found: Programs | undefined;

  const call = (argv: readonly string[], input?: string): Promise<ExecResult> =>
    exec(argv, { ...limits, ...(input === undefined ? {} : { input }) });

  const saveTable = async (program: string, table: Table): Promise<SavedTable> => {
    const result = await call([program, "-c", "-t", table]);
    if (result.kind !== "exited" || result.code !== 0) {
      return failed(iptablesFailure(program, result));
    }
    // Said on stdout, with exit status 0, and some or all rules left out.
    const incompatible = /^# Table `\w+' is incompatible.*$/m.exec(result.stdout)?.[0];
    return incompatible === undefined
      ? { kind: "saved", text: result.stdout }
      : failed(incompatibleTable(program, table, incompatible));
  };

  // Table by table: that of all may be long, with a rule of nat for every published port.
  const save = async (program: string): Promise<Saved> => {
    const saved = await Promise.all(tables.map((table) => saveTable(program, table)));
    const texts: string[] = [];
    for (const one of saved) {
      if (one.kind === "failed") return one;
      texts.push(one.text);
    }
    return { kind: "saved", family: parseSave(texts.join("")) };
  };

  // Looking with iptables-legacy registers its tables in the kernel, so it is only asked where they
  // are registered already.
  const legacyHasDocker = async (): Promise<boolean> => {
    const tables = await readIfThere(join(procNet, "ip_tables_names"));
    if (!tables.split("\n").includes("filter")) return false;
    const legacy = await saveTable("iptables-legacy-save", "filter");
    // Legacy tables are there and cannot be read: take them for Docker's rather than miss its rules.
    return legacy.kind === "failed" || parseSave(legacy.text).dockerRules;
  };

  const observe = async (): Promise<Observed> => {
    found ??= await findPrograms(call);
    if (found.kind === "failed") {
      const { failure } = found;
      found = undefined;
      return failed(failure);
    }
    const { IPv4, IPv6 } = found.programs;
    // Not there at all when the kernel runs without IPv6; empty when no interface has an address.
    const hasIPv6 = existsSync(join(procNet, "if_inet6"));
    const [v4, v6, sets] = await Promise.all([
      save(IPv4.save),
      hasIPv6 ? save(IPv6.save) : ({ kind: "saved", family: "absent" } as const),
      ipset.observe(),
    ]);
    if (v4.kind === "failed" || v6.kind === "failed") {
      // The programs may have been replaced or removed: look for them again.
      found = undefined;
      return v4.kind === "failed" ? v4 : v6.kind === "failed" ? v6 : failed(legacyFailure);
    }
    const mayBeLegacy = !v4.family.dockerRules && !whateverDockerUses;
    if (mayBeLegacy && (await legacyHasDocker())) return failed(legacyFailure);
    if (sets.kind === "failed") return sets;
    return {
      kind: "observed",
      backend: "iptables-nft",
      version: found.programs.version,
      ...(found.programs.nflogMissing ? { nflog: "missing" as const } : {}),
      IPv4: v4.family,
      IPv6: v6.family,
      ipset: sets.sets,
    };
  };

  const apply = async (family: Family, text: string) => {
    if (found?.kind !== "found") throw new Error("apply before a successful observe");
    const program = found.programs[family].restore;
    const result = await call([program, "--noflush", "-w", "5"], text);
    return result.kind === "exited" && result.code === 0
      ? ({ kind: "done" } as const)
      : failed(iptablesFailure(program, result));
  };

  return { observe, apply, applySets: ipset.restore, destroySets: ipset.destroy };
}

type SavedTable = { readonly kind: "saved"; readonly text: string } | FailedCall;
type Saved = { readonly kind: "saved"; readonly family: ObservedFamily } | FailedCall;

interface FamilyPrograms {
  readonly save: string;
  readonly restore: string;
}

type Programs =
  | {
      readonly kind: "found";
      readonly programs: Readonly<Record<Family, FamilyPrograms>> & {
        readonly version: string;
        readonly nflogMissing: boolean;
      };
    }
  | FailedCall;

/** Names say the variant on most systems; where only `iptables` exists, its version does. */
async function findPrograms(
  call: (argv: readonly string[]) => Promise<ExecResult>,
): Promise<Programs> {
  let missing: Failure | undefined;
  for (const suffix of ["-nft", ""]) {
    const program = `iptables${suffix}`;
    const result = await call([program, "--version"]);
    if (result.kind !== "exited" || result.code !== 0) {
      missing ??= iptablesFailure(program, result);
      continue;
    }
    const version = /^iptables v(\S+) \(nf_tables\)/.exec(result.stdout)?.[1];
    if (version === undefined) return failed(legacyFailure);
    const programs = (tool: string): FamilyPrograms => ({
      save: `${tool}${suffix}-save`,
      restore: `${tool}${suffix}-restore`,
    });
    const nflogMissing = await isNflogMissing(program, call);
    return {
      kind: "found",
      programs: { IPv4: programs("iptables"), IPv6: programs("ip6tables"), version, nflogMissing },
    };
  }
  if (missing === undefined) throw new Error("no program was tried");
  return failed(missing);
}

const legacyFailure: Failure = {
  class: "terminal",
  reason: "LegacyIptables",
  message:
    "Docker keeps its rules with iptables-legacy, which is not supported yet; switch the host to iptables-nft (update-alternatives --set iptables /usr/sbin/iptables-nft, likewise ip6tables) and restart Docker",
  unsupported: true,
};

function incompatibleTable(program: string, table: Table, said: string): Failure {
  return {
    class: "wait",
    reason: "FilterTableIncompatible",
    message: `${program} cannot read the ${table} table (${said.slice(2)}): something added rules to it with nft that iptables does not know; remove them, or upgrade iptables`,
  };
}

function failed(failure: Failure): FailedCall {
  return { kind: "failed", failure };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
