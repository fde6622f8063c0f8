import { expect, test } from "vitest";
import { parseSave } from "./core/parse-save.ts";
import { type EarlierReading, stillSo } from "./earlier-reading.ts";
import type { Look, Reading } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";
import { inIptables, inNftables } from "./testing/node-firewall.ts";

const tables = "*filter\n:DOCKER - [0:0]\nCOMMIT\n";
const nft = parseSave(tables, "nft");
const reading: Reading = {
  kind: "observed",
  version: "1.8.9",
  ipset: new Map(),
  IPv4: nft,
  IPv6: "absent",
  elsewhere: { IPv4: "absent", IPv6: "absent" },
  failures: [],
  unread: [],
};
const [first, second] = [bundle(1), bundle(2)];
const set = { digest: "", plain: true };

interface Case {
  readonly name: string;
  readonly still: boolean;
  readonly earlier?: Partial<EarlierReading>;
  readonly now?: {
    readonly bundle?: typeof first;
    readonly look?: Look;
    readonly isAsked?: boolean;
    readonly ms?: number;
  };
  readonly watch?: { readonly isListening?: boolean; readonly heard?: number };
}

const asked = { isAsked: true } as const;
const cases: readonly Case[] = [
  { name: "nobody changed anything for 9 s", now: { ms: 10_999 }, still: true },
  { name: "or for 10 s", now: { ms: 11_000 }, still: false },
  { name: "somebody asks", now: asked, still: false },
  { name: "a newer bundle is to be written", now: { ...asked, bundle: second }, still: true },
  { name: "a newer bundle, much later", now: { ms: 900_000, bundle: second }, still: true },
  { name: "somebody changed rules", now: { bundle: second }, watch: { heard: 8 }, still: false },
  { name: "nobody listens", now: { bundle: second }, watch: { isListening: false }, still: false },
  { name: "other tables are to be read", now: { look: inNftables }, still: false },
  {
    name: "there are sets, of which nobody tells",
    earlier: { reading: { ...reading, ipset: new Map([["sw4-a", set]]) } },
    now: { bundle: second },
    still: false,
  },
  {
    name: "the rules are in iptables-legacy, of which nobody tells",
    earlier: { reading: { ...reading, IPv4: parseSave(tables, "legacy") } },
    now: { bundle: second },
    still: false,
  },
];

test.for(cases)("what was read is still so: $name: $still", ({ earlier, now, watch, still }) => {
  const known: EarlierReading = {
    ...{ bundle: first, look: inIptables, reading, readAt: { wallMs: 0, ms: 1_000 }, heard: 7 },
    ...earlier,
  };
  const wanted = { bundle: first, look: inIptables, isAsked: false, ms: 2_000, ...now };
  const found = stillSo(known, wanted, { isListening: true, heard: 7, ...watch });
  expect(found).toBe(still ? known : undefined);
});

test("nothing was read back yet", () => {
  const wanted = { bundle: first, look: inIptables, isAsked: false, ms: 0 };
  expect(stillSo(undefined, wanted, { isListening: true, heard: 0 })).toBeUndefined();
});
