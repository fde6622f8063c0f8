import type { Family } from "@seawall/policy";
import type { Failure } from "../core/failure.ts";
import { type ObservedFamily, parseSave } from "../core/parse-save.ts";
import { type Table, tables } from "../core/ruleset.ts";
import type { Variant } from "../core/variant.ts";
import type { FailedCall, WrittenCommit } from "../ports.ts";
import { iptablesFailure, missingTable } from "./iptables-failure.ts";
import { type Call, findPrograms, type Programs } from "./iptables-programs.ts";
import { isNflogMissing } from "./probe-nflog.ts";

/** The tables of one family in one variant of iptables. */
export interface IptablesTables {
  /** @param there the tables that are read; the others are taken to be empty. */
  read(there: ReadonlySet<Table>): Promise<ReadTables | FailedCall>;
  /** Asked once: a module that comes later is seen when the agent starts again. */
  knowsNflog(): Promise<boolean>;
  apply(text: WrittenCommit["text"]): Promise<{ readonly kind: "done" } | FailedCall>;
}

export interface ReadTables {
  readonly kind: "read";
  readonly family: ObservedFamily;
  /** Of iptables. */
  readonly version: string;
}

export function createIptablesTables(call: Call, family: Family, variant: Variant): IptablesTables {
  let found: Programs | undefined;
  let nflogMissing: boolean | undefined;
  /** All tables at once cannot be printed here, and ours can. */
  let allFails = false;
  /** Asked for in vain. */
  const lacking = new Set<Table>();

  const programs = async (): Promise<Programs | FailedCall> => {
    if (found !== undefined) return found;
    const search = await findPrograms(call, family, variant);
    if (search.kind === "found") found = search;
    return search;
  };

  const save = async (
    program: string,
    wanted: readonly Table[],
    ...only: readonly string[]
  ): Promise<Saved> => {
    const result = await call([program, "-c", ...only]);
    if (result.kind !== "exited" || result.code !== 0) {
      return failed(iptablesFailure(program, result));
    }
    // Said on stdout, with exit status 0, and some or all rules left out.
    for (const [said, name] of result.stdout.matchAll(/^# Table `(\w+)' is incompatible.*$/gm)) {
      const table = wanted.find((one) => one === name);
      if (table !== undefined) return failed(incompatibleTable(program, table, said));
    }
    return { kind: "saved", text: result.stdout };
  };

  const saveEach = async (program: string, wanted: readonly Table[]): Promise<Saved> => {
    const saved = await Promise.all(wanted.map((table) => save(program, [table], "-t", table)));
    const texts: string[] = [];
    for (const one of saved) {
      if (one.kind === "failed") return one;
      texts.push(one.text);
    }
    return { kind: "saved", text: texts.join("") };
  };

  /**
   * All tables by one program, where more than one is wanted: to start one costs much, and nat of a Docker host is mostly short.
   * What is not printed there exactly once is asked for by itself: the program may have lost its place between two commits
   * (1.8.4, by its source), or a comment of somebody else's look like a table. One that cannot print what others have is not tried again.
   */
  const saveAll = async (program: string, wanted: readonly Table[]): Promise<Saved> => {
    if (wanted.length < 2 || allFails) return saveEach(program, wanted);
    const saved = await save(program, wanted);
    if (saved.kind === "failed") {
      if (saved.failure.reason === "IptablesTimeout") return saved;
      const each = await saveEach(program, wanted);
      allFails = each.kind === "saved";
      return each;
    }
    const times = (table: Table) =>
      saved.text.match(new RegExp(`^\\*${table}$`, "gm"))?.length ?? 0;
    if (wanted.some((table) => times(table) > 1)) return saveEach(program, wanted);
    const rest = await saveEach(
      program,
      wanted.filter((table) => times(table) === 0),
    );
    return rest.kind === "failed" ? rest : { kind: "saved", text: saved.text + rest.text };
  };

  return {
    read: async (there) => {
      const using = await programs();
      if (using.kind === "failed") return using;
      const wanted = tables.filter((table) => there.has(table));
      const saved = await saveAll(using.save, wanted);
      if (saved.kind === "failed") {
        // The programs may have been replaced or removed: look for them again.
        found = undefined;
        return saved;
      }
      const lacks = new Set([...lacking].filter((table) => !there.has(table)));
      const { version } = using;
      return { kind: "read", family: parseSave(saved.text, variant, lacks), version };
    },

    knowsNflog: async () => {
      const using = await programs();
      // Reading the tables says better what is wrong.
      if (using.kind === "failed") return true;
      nflogMissing ??= await isNflogMissing(using.program, call);
      return !nflogMissing;
    },

    apply: async (text) => {
      const using = await programs();
      if (using.kind === "failed") return using;
      const result = await call([using.restore, "--noflush", "-w", "5"], text);
      if (result.kind === "exited" && result.code === 0) return { kind: "done" };
      const missing = missingTable(result);
      // Tables ahead of the one that is missing are in, and there is none behind it.
      if (missing !== "security") return failed(iptablesFailure(using.restore, result));
      lacking.add(missing);
      return { kind: "done" };
    },
  };
}

/** The tables that were asked for, and maybe others. */
type Saved = { readonly kind: "saved"; readonly text: string } | FailedCall;

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
