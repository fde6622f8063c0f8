import { expect, test } from "vitest";
import type { ExecResult } from "./exec.ts";
import type { Call } from "./iptables-programs.ts";
import { createIptablesTables } from "./iptables-tables.ts";

const nat = "*nat\n:DOCKER - [0:0]\n[0:0] -A DOCKER -p tcp -j DNAT\nCOMMIT\n";
const filter = "*filter\n:SEAWALL - [0:0]\nCOMMIT\n";
const security = "*security\n:SEAWALL-OUT - [0:0]\nCOMMIT\n";
const incompatible = (table: string) => `# Table \`${table}' is incompatible, use 'nft' tool.\n`;

const printed = (stdout: string): ExecResult => ({
  ...{ kind: "exited", code: 0, stdout, stderr: "" },
});
const ended: ExecResult = {
  ...{ kind: "exited", code: 1, stdout: "", stderr: "Couldn't load match `odd'" },
};

const chains = (name: string) => ({ chains: new Map([[name, expect.anything() as unknown]]) });
const ours = {
  kind: "read",
  family: { tables: { filter: chains("SEAWALL"), security: chains("SEAWALL-OUT") } },
};
const all = "-c";
const each = [all, "-c -t filter", "-c -t security"];

/** What iptables-nft-save prints for its arguments; otherwise nothing. */
type Prints = Readonly<Record<string, ExecResult>>;

test.each<[string, Prints, readonly string[], object]>([
  ["all by one program", { [all]: printed(nat + security + filter) }, [all], ours],
  [
    "rules of others in nat that it does not know end it: ours by themselves",
    { [all]: ended, "-c -t filter": printed(filter), "-c -t security": printed(security) },
    each,
    ours,
  ],
  [
    "a nat that only nft knows is nothing to us",
    { [all]: printed(incompatible("nat") + filter + security) },
    [all],
    ours,
  ],
  [
    "a filter that only nft knows",
    {
      [all]: printed(nat + incompatible("filter")),
      "-c -t filter": printed(incompatible("filter")),
    },
    each,
    { kind: "failed", failure: { class: "wait", reason: "FilterTableIncompatible" } },
  ],
  [
    "rules of others in filter that it does not know",
    { [all]: ended, "-c -t filter": ended },
    each,
    { kind: "failed", failure: { reason: "MissingExtension" } },
  ],
])("%s", async (_, prints, started, expected) => {
  const calls: string[] = [];
  const call: Call = ([program = "", ...args]) => {
    const words = args.join(" ");
    if (words === "--version") return Promise.resolve(printed("iptables v1.8.9 (nf_tables)\n"));
    expect(program).toBe("iptables-nft-save");
    calls.push(words);
    return Promise.resolve(prints[words] ?? printed(""));
  };
  const read = await createIptablesTables(call, "IPv4", "nft").read(
    new Set(["filter", "security"]),
  );
  expect(read).toMatchObject(expected);
  expect(calls).toEqual(started);
});
