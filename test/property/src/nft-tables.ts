import { areDisjoint } from "./address-match.ts";

/**
 * The tables of nftables as text: what `nft -f` does to them and how `nft -j` lists them. Knows the lines that are
 * written for us and nothing of policies; a line that nft or the kernel would refuse is refused.
 */
export type NftTables = ReadonlyMap<string, NftTextTable>;

export interface NftTextTable {
  readonly chains: ReadonlyMap<string, NftTextChain>;
  readonly sets: ReadonlyMap<string, NftTextSet>;
  readonly maps: ReadonlyMap<string, NftTextMap>;
}

export interface NftTextChain {
  /** Absent: only other chains lead here. */
  readonly base?: { readonly hook: string; readonly priority: number; readonly policy: string };
  readonly rules: readonly string[];
}

export interface NftTextSet {
  readonly declaration: string;
  readonly members: readonly string[];
}

export interface NftTextMap {
  readonly declaration: string;
  /** What is done, by key. */
  readonly verdicts: ReadonlyMap<string, string>;
}

/** Before anybody has written to it. */
export const emptyNftTables: NftTables = new Map();

/** What nft refuses to be longer. */
const longest = { name: 127, comment: 128 } as const;

interface Table {
  readonly chains: Map<string, NftTextChain>;
  readonly sets: Map<string, NftTextSet>;
  readonly maps: Map<string, NftTextMap>;
}

/** `nft -f -`: all of it, or an error. */
export function runNft(before: NftTables, text: string): NftTables {
  const tables = new Map<string, Table>(
    [...before].map(([name, { chains, sets, maps }]) => [
      name,
      { chains: new Map(chains), sets: new Map(sets), maps: new Map(maps) },
    ]),
  );
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const parsed = /^(?<verb>add|delete|flush) (?<what>\w+) inet (?<table>\S+) ?(?<rest>.*)$/.exec(
      line,
    );
    const { verb = "", what = "", table = "", rest = "" } = parsed?.groups ?? {};
    if (what === "table") runTable(tables, verb, table, rest, line);
    else runInTable(tableOf(tables, table), verb, what, rest, line);
  }
  for (const table of tables.values()) checkReferences(table);
  return tables;
}

function runTable(
  tables: Map<string, Table>,
  verb: string,
  name: string,
  rest: string,
  line: string,
): void {
  if (rest !== "") throw new Error(`not understood: ${line}`);
  if (verb === "add") {
    if (!tables.has(name))
      tables.set(name, { chains: new Map(), sets: new Map(), maps: new Map() });
  } else if (verb === "delete") {
    tableOf(tables, name);
    tables.delete(name);
  } else throw new Error(`not understood: ${line}`);
}

function tableOf(tables: ReadonlyMap<string, Table>, name: string): Table {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

function runInTable(table: Table, verb: string, what: string, rest: string, line: string): void {
  const [name = "", ...words] = rest.split(" ");
  const body = words.join(" ");
  if (name.length > longest.name || !/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) {
    throw new Error(`not a name: ${line}`);
  }
  switch (`${verb} ${what}`) {
    case "add chain":
      addChain(table, name, body, line);
      break;
    case "add set":
      table.sets.set(absent(table.sets, name), { declaration: setDeclaration(body), members: [] });
      break;
    case "add map":
      table.maps.set(absent(table.maps, name), {
        declaration: mapDeclaration(body),
        verdicts: new Map(),
      });
      break;
    case "add element":
      addElements(table, name, body, line);
      break;
    case "add rule": {
      const chain = present(table.chains, name);
      table.chains.set(name, { ...chain, rules: [...chain.rules, checkedRule(table, body)] });
      break;
    }
    case "flush chain":
      table.chains.set(name, { ...present(table.chains, name), rules: [] });
      break;
    case "flush set":
      table.sets.set(name, { ...present(table.sets, name), members: [] });
      break;
    case "flush map":
      table.maps.set(name, { ...present(table.maps, name), verdicts: new Map() });
      break;
    case "delete chain":
      if (present(table.chains, name).rules.length > 0) throw new Error(`is not empty: ${line}`);
      if (isLedTo(table, name)) throw new Error(`is in use: ${line}`);
      table.chains.delete(name);
      break;
    case "delete set":
    case "delete map": {
      const parts: Map<string, unknown> = what === "set" ? table.sets : table.maps;
      present(parts, name);
      if (texts(table).some((text) => namesIn(text).includes(name)))
        throw new Error(`is in use: ${line}`);
      parts.delete(name);
      break;
    }
    default:
      throw new Error(`not understood: ${line}`);
  }
}

function addChain(table: Table, name: string, body: string, line: string): void {
  absent(table.chains, name);
  if (body === "") {
    table.chains.set(name, { rules: [] });
    return;
  }
  const base =
    /^\{ type filter hook (?<hook>forward|input|output) priority (?<priority>-?\d+); policy (?<policy>accept|drop); \}$/.exec(
      body,
    );
  const { hook = "", priority = "", policy = "" } = base?.groups ?? {};
  if (hook === "") throw new Error(`not understood: ${line}`);
  table.chains.set(name, { base: { hook, priority: Number(priority), policy }, rules: [] });
}

function setDeclaration(body: string): string {
  if (!/^\{ typeof ip6? saddr; flags interval; \}$/.test(body))
    throw new Error(`not understood: ${body}`);
  return body;
}

function mapDeclaration(body: string): string {
  if (!/^\{ typeof [io]ifname : verdict; \}$/.test(body))
    throw new Error(`not understood: ${body}`);
  return body;
}

function addElements(table: Table, name: string, body: string, line: string): void {
  const listed = /^\{ (?<list>.+) \}$/.exec(body)?.groups?.["list"];
  if (listed === undefined) throw new Error(`not understood: ${line}`);
  const elements = listed.split(", ");
  const set = table.sets.get(name);
  if (set !== undefined) {
    const members = [...set.members, ...elements];
    const isSix = set.declaration.includes("ip6");
    if (elements.some((cidr) => cidr.includes(":") !== isSix))
      throw new Error(`of another family: ${line}`);
    if (!areDisjoint(members)) throw new Error(`conflicting intervals: ${line}`);
    table.sets.set(name, { ...set, members });
    return;
  }
  const map = present(table.maps, name);
  const verdicts = new Map(map.verdicts);
  for (const element of elements) {
    const { key, verdict, to } =
      /^"(?<key>[^"]{1,15})" : (?<verdict>return|goto (?<to>\S+))$/.exec(element)?.groups ?? {};
    if (key === undefined || verdict === undefined) throw new Error(`not understood: ${element}`);
    if (verdicts.has(key)) throw new Error(`is there already: ${element}`);
    if (to !== undefined) present(table.chains, to);
    verdicts.set(key, verdict);
  }
  table.maps.set(name, { ...map, verdicts });
}

/** The kernel looks at what a rule leads to, and at what it names, when it takes it. */
function checkedRule(table: Table, text: string): string {
  const comment = /comment "(?<comment>[^"]*)"$/.exec(text)?.groups?.["comment"];
  if (comment !== undefined && comment.length > longest.comment)
    throw new Error(`too long: ${text}`);
  const to = targetOf(text);
  if (to !== undefined) present(table.chains, to);
  for (const name of namesIn(text)) {
    if (!table.sets.has(name) && !table.maps.has(name)) throw new Error(`no set ${name}`);
  }
  return text;
}

function checkReferences(table: Table): void {
  for (const text of texts(table)) checkedRule(table, text);
}

function isLedTo(table: Table, name: string): boolean {
  const verdicts = [...table.maps.values()].flatMap((map) => [...map.verdicts.values()]);
  return [...verdicts, ...texts(table)].some((text) => targetOf(text) === name);
}

function texts({ chains }: Table): readonly string[] {
  return [...chains.values()].flatMap(({ rules }) => rules);
}

/** Comments and prefixes may contain anything, also the words of a jump. */
function unquoted(text: string): string {
  return text.replace(/"[^"]*"/g, '""');
}

function targetOf(text: string): string | undefined {
  return /(?:^| )(?:jump|goto) (?<to>\S+)/.exec(unquoted(text))?.groups?.["to"];
}

function namesIn(text: string): readonly string[] {
  return [...unquoted(text).matchAll(/ @(?<name>\S+)/g)].map(
    ({ groups }) => groups?.["name"] ?? "",
  );
}

function absent(parts: ReadonlyMap<string, unknown>, name: string): string {
  if (parts.has(name)) throw new Error(`${name} exists already`);
  return name;
}

function present<Part>(parts: ReadonlyMap<string, Part>, name: string): Part {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`no ${name}`);
  return part;
}
