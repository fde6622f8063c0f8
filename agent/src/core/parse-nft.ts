import { z } from "zod";
import { hashInComment } from "./chained-hash.ts";
import { mapDigest, mapEntryText } from "./map-digest.ts";
import { setDigest } from "./set-digest.ts";

/** Our table of nftables as the kernel has it. */
export interface ObservedNftTable {
  /** In force, and with nothing in it but chains, sets and maps. */
  readonly isPlain: boolean;
  readonly chains: ReadonlyMap<string, ObservedNftChain>;
  readonly sets: ReadonlyMap<string, ObservedNftSet>;
  readonly maps: ReadonlyMap<string, ObservedNftSet>;
}

export interface ObservedNftChain {
  readonly name: string;
  /** Where the kernel asks it, as `filter forward -10 accept`; absent: it does not. */
  readonly base?: string;
  readonly rules: readonly ObservedNftRule[];
}

/** A rule as the kernel has it. Its text is only ever compared with what was read before. */
interface ObservedNftRule {
  /** From our comment; absent on a rule that is not ours. */
  readonly hash?: string;
  readonly text: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface ObservedNftSet {
  /** What it was declared as. Only ever compared with what was read before. */
  readonly declaration: string;
  /** Of what it holds. */
  readonly digest: string;
}

export type ParsedNft<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly message: string };

const listing = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });

const tableObject = z.looseObject({ flags: z.unknown().optional() });

const chainObject = z.looseObject({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  prio: z.number().optional(),
  policy: z.string().optional(),
});

const ruleObject = z.looseObject({
  chain: z.string(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()),
});

const setObject = z.looseObject({ name: z.string(), elem: z.array(z.unknown()).default([]) });

/** Reads our table from what `nft -j list table` prints. */
export function parseNftTable(text: string): ParsedNft<{ readonly table: ObservedNftTable }> {
  const chains = new Map<string, { name: string; base?: string; rules: ObservedNftRule[] }>();
  const sets = new Map<string, ObservedNftSet>();
  const maps = new Map<string, ObservedNftSet>();
  let isPlain = true;
  const parsed = eachObject(text, (kind, value) => {
    switch (kind) {
      case "metainfo":
        break;
      case "table":
        isPlain &&= isEmptyList(tableObject.parse(value).flags);
        break;
      case "chain": {
        const chain = chainObject.parse(value);
        chains.set(chain.name, { name: chain.name, ...baseOf(chain), rules: [] });
        break;
      }
      case "rule": {
        const rule = ruleObject.parse(value);
        chains.get(rule.chain)?.rules.push(ruleOf(rule));
        break;
      }
      case "set":
        addSet(sets, setObject.parse(value), (elements) => setDigest(elements.map(memberText)));
        break;
      case "map":
        addSet(maps, setObject.parse(value), (elements) => mapDigest(elements.map(entryText)));
        break;
      default:
        isPlain = false;
    }
  });
  return parsed.ok ? { ok: true, table: { isPlain, chains, sets, maps } } : parsed;
}

/** The names of the chains that the kernel asks itself, as `ip docker-bridges filter-FORWARD`, from what `nft -j list chains` prints. */
export function parseBaseChains(
  text: string,
): ParsedNft<{ readonly baseChains: ReadonlySet<string> }> {
  const baseChains = new Set<string>();
  const parsed = eachObject(text, (kind, value) => {
    if (kind !== "chain") return;
    const { family, table, name, hook } = chainObject.parse(value);
    if (hook !== undefined) baseChains.add(`${family} ${table} ${name}`);
  });
  return parsed.ok ? { ok: true, baseChains } : parsed;
}

function eachObject(text: string, read: (kind: string, value: unknown) => void): ParsedNft<object> {
  try {
    for (const object of listing.parse(JSON.parse(text)).nftables) {
      for (const [kind, value] of Object.entries(object)) read(kind, value);
    }
    return { ok: true };
  } catch (error) {
    if (error instanceof z.ZodError) return { ok: false, message: z.prettifyError(error) };
    if (error instanceof SyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

function isEmptyList(flags: unknown): boolean {
  return flags === undefined || (Array.isArray(flags) && flags.length === 0);
}

function baseOf({ type, hook, prio, policy }: z.infer<typeof chainObject>): { base?: string } {
  if (hook === undefined) return {};
  return { base: [type, hook, String(prio), policy].join(" ") };
}

const counter = z.object({ counter: z.object({ packets: z.number(), bytes: z.number() }) });

function ruleOf({ comment = "", expr }: z.infer<typeof ruleObject>): ObservedNftRule {
  const hash = hashInComment.exec(comment)?.[1];
  let counted = { packets: 0, bytes: 0 };
  const said = expr.map((statement) => {
    const found = counter.safeParse(statement);
    if (!found.success) return statement;
    counted = found.data.counter;
    return "counter";
  });
  const read = { text: JSON.stringify([comment, ...said]), ...counted };
  return hash === undefined ? read : { hash, ...read };
}

function addSet(
  sets: Map<string, ObservedNftSet>,
  { name, elem, ...declared }: z.infer<typeof setObject>,
  digest: (elements: readonly unknown[]) => string,
): void {
  // The kernel numbers what it has.
  const declaration = JSON.stringify({ ...declared, handle: 0 });
  sets.set(name, { declaration, digest: digest(elem) });
}

const prefix = z.strictObject({
  prefix: z.strictObject({ addr: z.string(), len: z.number() }),
});

/** A member as a set of addresses has it; what is anything else is like nothing that we would write. */
function memberText(element: unknown): string {
  if (typeof element === "string") return element;
  const found = prefix.safeParse(element);
  return found.success
    ? `${found.data.prefix.addr}/${String(found.data.prefix.len)}`
    : JSON.stringify(element);
}

const entry = z.tuple([
  z.string(),
  z.union([
    z.strictObject({ return: z.null() }),
    z.strictObject({ goto: z.strictObject({ target: z.string() }) }),
  ]),
]);

/** An entry as a map has it; what is anything else is like nothing that we would write. */
function entryText(element: unknown): string {
  const found = entry.safeParse(element);
  if (!found.success) return JSON.stringify(element);
  const [at, verdict] = found.data;
  return mapEntryText(at, "goto" in verdict ? `goto ${verdict.goto.target}` : "return");
}
