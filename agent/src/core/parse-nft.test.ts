import { expect, it, test } from "vitest";
import { mapDigest } from "./map-digest.ts";
import { parseBaseChains, parseNftTable } from "./parse-nft.ts";
import { setDigest } from "./set-digest.ts";

const place = { family: "inet", table: "seawall" } as const;
const dport = {
  match: { op: "==", left: { payload: { protocol: "tcp", field: "dport" } }, right: 25 },
};

/** As nft 1.1.3 prints it, with other places of the same table left out. */
const objects = [
  {
    metainfo: { version: "1.1.3", release_name: "Commodore Bullmoose #4", json_schema_version: 1 },
  },
  { table: { family: "inet", name: "seawall", handle: 1 } },
  {
    chain: {
      ...place,
      name: "forward",
      handle: 1,
      type: "filter",
      hook: "forward",
      prio: -10,
      policy: "accept",
    },
  },
  { chain: { ...place, name: "ipv4-E-1", handle: 2 } },
  {
    map: {
      ...{ ...place, name: "ipv4-OUT", type: { typeof: { meta: { key: "iifname" } } }, handle: 5 },
      ...{
        map: "verdict",
        elem: [
          ["br-1", { goto: { target: "ipv4-E-1" } }],
          ["br-2", { return: null }],
        ],
      },
    },
  },
  {
    set: {
      ...{
        ...place,
        name: "ipv4-abc",
        type: { typeof: { payload: { protocol: "ip", field: "saddr" } } },
      },
      ...{ handle: 6, flags: ["interval"] },
      elem: [{ prefix: { addr: "10.0.0.0", len: 8 } }, "192.0.2.7"],
    },
  },
  {
    rule: {
      ...{ ...place, chain: "ipv4-E-1", handle: 8, comment: "sw:abcdefghijklmnop p/no-mail" },
      expr: [dport, { counter: { packets: 3, bytes: 180 } }, { drop: null }],
    },
  },
  { rule: { ...place, chain: "ipv4-E-1", handle: 9, expr: [{ accept: null }] } },
];

function parsed(list: readonly unknown[]) {
  const result = parseNftTable(JSON.stringify({ nftables: list }));
  if (!result.ok) throw new Error(result.message);
  return result.table;
}

it("reads chains, rules with their hash and counter, and what sets and maps hold", () => {
  const { isPlain, chains, sets, maps } = parsed(objects);
  expect(isPlain).toBe(true);
  expect([...chains.values()]).toMatchObject([
    { name: "forward", base: "filter forward -10 accept", rules: [] },
    {
      name: "ipv4-E-1",
      rules: [
        { hash: "abcdefghijklmnop", packets: 3, bytes: 180 },
        { packets: 0, bytes: 0 },
      ],
    },
  ]);
  expect(chains.get("ipv4-E-1")).not.toHaveProperty("base");
  expect(chains.get("ipv4-E-1")?.rules[1]).not.toHaveProperty("hash");
  expect(sets.get("ipv4-abc")?.digest).toBe(setDigest(["10.0.0.0/8", "192.0.2.7/32"]));
  expect(maps.get("ipv4-OUT")?.digest).toBe(mapDigest(["br-1 goto ipv4-E-1", "br-2 return"]));
});

test("what counts and what it is numbered by changes no text", () => {
  const later = JSON.stringify({ nftables: objects })
    .replaceAll(/"handle":\d+/g, '"handle":77')
    .replace('"packets":3,"bytes":180', '"packets":4,"bytes":240');
  const table = parseNftTable(later);
  const now = table.ok ? table.table : undefined;
  const before = parsed(objects);
  expect(now?.chains.get("ipv4-E-1")?.rules.map(({ text }) => text)).toEqual(
    before.chains.get("ipv4-E-1")?.rules.map(({ text }) => text),
  );
  expect(now?.sets).toEqual(before.sets);
});

test.each<[string, (text: string) => string]>([
  ["a rule with a named counter", (text) => text.replace('{"packets":3,"bytes":180}', '"mine"')],
  ["another verdict", (text) => text.replace('{"drop":null}', '{"accept":null}')],
  ["another comment", (text) => text.replace("p/no-mail", "p/no-nail")],
])("is another rule: %s", (_, change) => {
  const text = JSON.stringify({ nftables: objects });
  expect(change(text)).not.toBe(text);
  const table = parseNftTable(change(text));
  const rule = table.ok ? table.table.chains.get("ipv4-E-1")?.rules[0] : undefined;
  expect(rule?.text).toBeDefined();
  expect(rule?.text).not.toBe(parsed(objects).chains.get("ipv4-E-1")?.rules[0]?.text);
});

test.each<[string, object]>([
  ["dormant", { table: { family: "inet", name: "seawall", handle: 1, flags: "dormant" } }],
  ["with a flowtable", { flowtable: { ...place, name: "f", handle: 7 } }],
  [
    "with a counter of somebody",
    { counter: { ...place, name: "c", handle: 7, packets: 0, bytes: 0 } },
  ],
])("a table is not plain: %s", (_, object) => {
  expect(parsed([...objects, object]).isPlain).toBe(false);
});

test.each<[string, unknown]>([
  ["a range", { range: ["10.0.0.1", "10.0.0.9"] }],
  ["with a timeout", { elem: { val: "192.0.2.7", timeout: 60 } }],
])("a member that we do not write is like none of ours: %s", (_, element) => {
  const set = { set: { ...place, name: "s", type: "ipv4_addr", handle: 6, elem: [element] } };
  expect(parsed([set]).sets.get("s")?.digest).not.toBe(setDigest([]));
  expect(parsed([set]).sets.get("s")?.digest).not.toBe(setDigest(["192.0.2.7/32"]));
});

test.each([
  ["nothing", ""],
  ["no JSON", "Segmentation fault"],
  ["another shape", '{"nftables":[{"rule":{"chain":7}}]}'],
])("says that it does not understand %s", (_, text) => {
  expect(parseNftTable(text)).toMatchObject({ ok: false });
});

test("the chains that the kernel asks", () => {
  const chain = (family: string, table: string, name: string, hook = {}) => ({
    chain: { family, table, name, handle: 1, ...hook },
  });
  const text = JSON.stringify({
    nftables: [
      chain("ip", "docker-bridges", "filter-FORWARD", { type: "filter", hook: "forward", prio: 0 }),
      chain("ip6", "docker-bridges", "filter-FORWARD"),
    ],
  });
  expect(parseBaseChains(text)).toEqual({
    ok: true,
    baseChains: new Set(["ip docker-bridges filter-FORWARD"]),
  });
});
