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

const all = "-c";
const each = [all, "-c -t filter", "-c -t security"];
const chains = (name: string) => ({ chains: new Map([[name, expect.anything() as unknown]]) });
const split = { [all]: printed(nat), "-c -t filter": printed(filter) };
const ours = {
  kind: "read",
  family: { tables: { filter: chains("SEAWALL"), security: chains("SEAWALL-OUT") } },
};

const both = new Set(["filter", "security"] as const);

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
    "a table that is not there, or was left out, is asked for by itself",
    { [all]: printed(nat + filter), "-c -t security": printed(security) },
    [all, "-c -t security"],
    ours,
  ],
  [
    "nothing is printed, and that is success",
    { ...split, [all]: printed(""), "-c -t security": printed(security) },
    each,
    ours,
  ],
  [
    "a comment in nat looks like another filter",
    {
      ...split,
      [all]: printed(`${nat}${filter}*filter\n${security}`),
      "-c -t security": printed(security),
    },
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
  const read = await createIptablesTables(call, "IPv4", "nft").read(both);
  expect(read).toMatchObject(expected);
  expect(calls).toEqual(started);
});

test("what cannot be printed at once is read table by table from then on", async () => {
  const calls: string[] = [];
  const call: Call = ([, ...args]) => {
    const words = args.join(" ");
    if (words === "--version") return Promise.resolve(printed("iptables v1.8.9 (nf_tables)\n"));
    calls.push(words);
    return Promise.resolve(words === all ? ended : printed(""));
  };
  const tables = createIptablesTables(call, "IPv4", "nft");
  for (let reading = 0; reading < 2; reading += 1) await tables.read(both);
  expect(calls).toEqual([...each, ...each.slice(1)]);
});
