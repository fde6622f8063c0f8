import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type RulesRecord, whileWritten } from "../core/rules-record.ts";
import type { RulesRecords } from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";
import { readJson } from "./read-json.ts";

// Of bytes there may be more than an integer of JSON is sure to hold.
const counter = z.number().nonnegative();

const texts = z.record(z.string(), z.string()).transform((all) => new Map(Object.entries(all)));
const tables = z.strictObject({ filter: texts, security: texts });
const variant = z.enum(["nft", "legacy", "absent"]);

const ofSet = z.strictObject({ key: z.string(), name: z.string(), digest: z.string() });
const sets = z.strictObject({ IPv4: z.array(ofSet), IPv6: z.array(ofSet), nft: texts });

const left = z.strictObject({
  digest: z.string().exactOptional(),
  sets: sets.exactOptional(),
  readBack: z.strictObject({ IPv4: tables, IPv6: tables, nft: texts }),
  variants: z.strictObject({ IPv4: variant, IPv6: variant }),
  programs: z.string(),
});

const total = z.strictObject({
  policy: z.string(),
  rule: z.string(),
  direction: z.enum(["ingress", "egress", "internal", "host"]),
  network: z.string(),
  audited: z.literal(true).exactOptional(),
  lets: z.literal(true).exactOptional(),
  guard: z.literal(true).exactOptional(),
  logged: z.string().exactOptional(),
  family: z.enum(["IPv4", "IPv6"]),
  packets: counter,
  bytes: counter,
});

const counts = z.record(z.string(), z.strictObject({ packets: counter, bytes: counter }));

const recordFile = z
  .strictObject({
    bootId: z.string(),
    left: left.exactOptional(),
    totals: z.array(z.tuple([z.string(), total])),
    seen: z.record(z.string(), counts),
  })
  .transform(
    ({ totals, seen, ...record }): RulesRecord => ({
      ...record,
      tally: {
        totals: new Map(totals),
        seen: new Map(
          Object.entries(seen).map(([chain, rules]) => [chain, new Map(Object.entries(rules))]),
        ),
      },
    }),
  );

interface StoredRulesRecords extends RulesRecords {
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/** In the agent's state directory. */
export function createRulesRecords(stateDirectory: string): StoredRulesRecords {
  const path = join(stateDirectory, "rules-record.json");
  const writing = join(stateDirectory, "rules-writing");
  return {
    async read() {
      const file = await readJson(path);
      const record = file.kind === "none" ? undefined : recordFile.safeParse(file.value).data;
      if (record === undefined) return undefined;
      const mark = await readJson(writing);
      return mark.kind === "none" ? record : whileWritten(record);
    },
    async store(record) {
      await atomicWrite(path, JSON.stringify(toFile(record)));
      await rm(writing, { force: true });
    },
    // Not durable: who finds it after a crash of the machine finds a record of another boot.
    writes: () => writeFile(writing, "", { mode: 0o600 }),
    async remove() {
      await removeWritten(path);
      await rm(writing, { force: true });
    },
  };
}

function toFile({ bootId, left, tally }: RulesRecord) {
  const { IPv4, IPv6, nft } = left?.readBack ?? {};
  const ofTables = (found: typeof IPv4) => ({
    filter: fields(found?.filter),
    security: fields(found?.security),
  });
  const readBack = { IPv4: ofTables(IPv4), IPv6: ofTables(IPv6), nft: fields(nft) };
  const sets = left?.sets && { ...left.sets, nft: fields(left.sets.nft) };
  return {
    bootId,
    ...(left && { left: { ...left, readBack, ...(sets && { sets }) } }),
    totals: [...tally.totals],
    seen: Object.fromEntries([...tally.seen].map(([chain, rules]) => [chain, fields(rules)])),
  };
}

function fields<T>(map: ReadonlyMap<string, T> = new Map()): Readonly<Record<string, T>> {
  return Object.fromEntries(map);
}
