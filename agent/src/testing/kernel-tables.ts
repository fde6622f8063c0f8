/**
 * The tables of one family as text: what iptables-restore does to them and how iptables-save prints them. Knows the
 * lines of that language and nothing of policies; a line that the kernel's tools would refuse is refused.
 */
export interface KernelTables {
  readonly filter: TextTable;
  readonly security: TextTable;
}

/** The rules of each chain. */
export type TextTable = ReadonlyMap<string, readonly string[]>;

const tableNames = ["filter", "security"] as const;

const builtIn = ["INPUT", "FORWARD", "OUTPUT"] as const;

/** The kernel's limit for the name of a chain. */
const longestChainName = 28;

/** A host that has Docker's chains and nothing of ours. */
export const dockerTables: KernelTables = {
  filter: new Map([
    ["INPUT", []],
    ["FORWARD", ["-j DOCKER-USER"]],
    ["OUTPUT", []],
    ["DOCKER-USER", []],
  ]),
  security: new Map([
    ["INPUT", []],
    ["FORWARD", []],
    ["OUTPUT", []],
  ]),
};

type Chains = Map<string, string[]>;

/** `iptables-restore --noflush`: all of it, or an error. */
export function restore(before: KernelTables, text: string): KernelTables {
  const copy = (table: TextTable): Chains =>
    new Map([...table].map(([name, rules]) => [name, [...rules]]));
  const tables = { filter: copy(before.filter), security: copy(before.security) };
  let chains: Chains | undefined;
  for (const line of text.split("\n")) {
    const table = tableNames.find((name) => line === `*${name}`);
    if (table !== undefined) chains = tables[table];
    else if (line === "COMMIT") chains = undefined;
    else if (chains !== undefined) restoreLine(chains, line);
    else if (line !== "") throw new Error(`in no table: ${line}`);
  }
  for (const name of tableNames) checkTargets(tables[name]);
  return tables;
}

function restoreLine(chains: Chains, line: string): void {
  const declared = /^:(?<name>\S+) - \[\d+:\d+\]$/.exec(line)?.groups?.["name"];
  if (declared !== undefined) {
    if (declared.length > longestChainName) throw new Error(`too long for a chain: ${line}`);
    chains.set(declared, []);
    return;
  }
  const command = /^-(?<verb>[AIDNX]) (?<name>\S+) ?(?<rest>.*)$/.exec(line)?.groups;
  const { verb, name = "", rest = "" } = command ?? {};
  switch (verb) {
    case "N":
      if (chains.has(name)) throw new Error(`chain exists already: ${line}`);
      chains.set(name, []);
      break;
    case "A":
      chainOf(chains, name).push(rest);
      break;
    case "I":
      insert(chainOf(chains, name), rest);
      break;
    case "D":
      remove(chainOf(chains, name), rest);
      break;
    case "X":
      if (chainOf(chains, name).length > 0) throw new Error(`chain is not empty: ${line}`);
      chains.delete(name);
      break;
    default:
      throw new Error(`not understood: ${line}`);
  }
}

function chainOf(chains: Chains, name: string): string[] {
  const rules = chains.get(name);
  if (rules === undefined) throw new Error(`no chain ${name}`);
  return rules;
}

function insert(rules: string[], rest: string): void {
  const [, position = "1", rule = ""] = /^(?:(\d+) )?(.*)$/.exec(rest) ?? [];
  if (Number(position) > rules.length + 1) throw new Error(`no such position: ${rest}`);
  rules.splice(Number(position) - 1, 0, rule);
}

function remove(rules: string[], rule: string): void {
  const at = /^\d+$/.test(rule) ? Number(rule) - 1 : rules.indexOf(rule);
  if (rules[at] === undefined) throw new Error(`no such rule: ${rule}`);
  rules.splice(at, 1);
}

/** A chain that a rule leads to cannot be missing: the kernel refuses the whole commit. */
function checkTargets(chains: Chains): void {
  for (const rules of chains.values()) {
    for (const rule of rules) {
      const target = /(?:^| )-[jg] (\S+)/.exec(rule.replace(/"[^"]*"/g, '""'))?.[1];
      if (target === undefined) throw new Error(`no target: ${rule}`);
      if (!chains.has(target) && !/^(?:RETURN|ACCEPT|DROP|REJECT|NFLOG|MARK)$/.test(target)) {
        throw new Error(`chain ${target} is not there: ${rule}`);
      }
    }
  }
}

/** `iptables-save -c`. The order of chains is that of their names, whatever order they came in. */
export function save(tables: KernelTables): string {
  return tableNames
    .filter((name) => tables[name].size > 0)
    .map((name) => saveTable(name, tables[name]))
    .join("");
}

function saveTable(tableName: string, table: TextTable): string {
  const names = [...table.keys()].toSorted();
  const policy = (name: string) => (builtIn.some((one) => one === name) ? "ACCEPT" : "-");
  return [
    `*${tableName}`,
    ...names.map((name) => `:${name} ${policy(name)} [0:0]`),
    ...names.flatMap((name) => (table.get(name) ?? []).map((rule) => `[0:0] -A ${name} ${rule}`)),
    "COMMIT",
    "",
  ].join("\n");
}

/** The sets that rules name. */
export function namedSets({ filter, security }: KernelTables): ReadonlySet<string> {
  const all = [...filter.values(), ...security.values()].flat();
  const rules = all.filter((rule) => rule.includes("--match-set"));
  return new Set(
    rules.flatMap((rule) => {
      const plain = rule.replace(/"[^"]*"/g, "");
      return [...plain.matchAll(/ --match-set (\S+) /g)].map(([, name = ""]) => name);
    }),
  );
}
