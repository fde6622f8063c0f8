import { describe, expect, it, test } from "vitest";
import { mapDigest, mapEntryText } from "./map-digest.ts";
import { nftCommit } from "./nft-commit.ts";
import { describeNft, nftDiff, nftReadBackOf } from "./nft-diff.ts";
import { hashNftRules } from "./nft-hash.ts";
import { emptyNftTable, type NftChain, type NftMap, type NftTable } from "./nft-table.ts";
import { parseNftTable } from "./parse-nft.ts";
import { setDigest } from "./set-digest.ts";
import { type ListedObject, listedObjects, listingText } from "./testing/nft-listing.ts";

function chain(name: string, ...does: readonly string[]): NftChain {
  const rules = does.map((text) => ({ match: "", does: text, label: "p/r" }));
  return { name, family: "IPv4", rules: hashNftRules(name, rules) };
}

function led(...chains: readonly string[]): NftMap {
  const entries = chains.map((name, index) => {
    return { at: `br-${String(index)}`, verdict: `goto ${name}` };
  });
  const texts = entries.map(({ at, verdict }) => mapEntryText(at, verdict));
  return { name: "ipv4-OUT", by: "iifname", entries, digest: mapDigest(texts) };
}

function office(...cidrs: readonly string[]) {
  return { name: "ipv4-office", family: "IPv4", cidrs, digest: setDigest(cidrs) } as const;
}

const forward: NftChain = { ...chain("forward", "goto ipv4-OUT"), hook: "forward" };
const out = chain("ipv4-OUT", "iifname vmap @ipv4-OUT");
const shop = chain("ipv4-E-shop", "ip daddr @ipv4-office counter return", "counter drop");
const blog = chain("ipv4-E-blog", "counter drop");
const wanted: NftTable = {
  chains: [forward, out, shop],
  maps: [led("ipv4-E-shop")],
  sets: [office("10.0.0.0/8")],
};

function observedAs(objects: readonly ListedObject[]) {
  const parsed = parseNftTable(listingText(objects));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.table;
}

const asWritten = observedAs(listedObjects(wanted));
const readBack = nftReadBackOf(asWritten);

it("is as it was written", () => {
  expect(nftDiff(wanted, asWritten, readBack)).toEqual([]);
  expect(nftCommit(wanted, asWritten, [])).toBeUndefined();
});

it("is written anew where nothing is known of how it was read back", () => {
  const differences = nftDiff(wanted, asWritten, new Map());
  expect(differences.map(describeNft)).toEqual(["table inet seawall is not as it was written"]);
  const commit = nftCommit(wanted, asWritten, differences);
  expect(commit?.text).toMatch(/^add table inet seawall\ndelete table inet seawall\nadd table /);
  expect(commit?.rewritten).toEqual(["forward", "ipv4-OUT", "ipv4-E-shop"]);
});

it("goes when nothing is wanted", () => {
  const differences = nftDiff(emptyNftTable, asWritten, readBack);
  expect(differences.map(describeNft)).toEqual(["table inet seawall should not be there"]);
  expect(nftCommit(emptyNftTable, asWritten, differences)?.text).toBe(
    "add table inet seawall\ndelete table inet seawall\n",
  );
  expect(nftDiff(emptyNftTable, "absent")).toEqual([]);
});

describe("only what differs is written", () => {
  test.each<[string, NftTable, readonly string[], readonly string[]]>([
    [
      "a rule more",
      { ...wanted, chains: [forward, out, chain("ipv4-E-shop", "counter drop")] },
      ["flush chain ipv4-E-shop", "add rule ipv4-E-shop counter drop"],
      ["ipv4-E-shop"],
    ],
    [
      "members of a set",
      { ...wanted, sets: [office("10.0.0.0/9", "192.0.2.7/32")] },
      ["flush set ipv4-office", "add element ipv4-office { 10.0.0.0/9, 192.0.2.7/32 }"],
      [],
    ],
    [
      "a bridge more",
      { ...wanted, chains: [...wanted.chains, blog], maps: [led("ipv4-E-shop", "ipv4-E-blog")] },
      [
        "add chain ipv4-E-blog",
        "flush map ipv4-OUT",
        'add element ipv4-OUT { "br-0" : goto ipv4-E-shop, "br-1" : goto ipv4-E-blog }',
        "add rule ipv4-E-blog counter drop",
      ],
      ["ipv4-E-blog"],
    ],
    [
      "another bridge, and no set",
      { chains: [forward, out, blog], maps: [led("ipv4-E-blog")], sets: [] },
      [
        "add chain ipv4-E-blog",
        "flush map ipv4-OUT",
        "flush chain ipv4-E-shop",
        "flush set ipv4-office",
        'add element ipv4-OUT { "br-0" : goto ipv4-E-blog }',
        "add rule ipv4-E-blog counter drop",
        "delete chain ipv4-E-shop",
        "delete set ipv4-office",
      ],
      ["ipv4-E-blog", "ipv4-E-shop"],
    ],
  ])("%s", (_, now, lines, rewritten) => {
    const commit = nftCommit(now, asWritten, nftDiff(now, asWritten, readBack));
    const text = commit?.text.replaceAll(/ inet seawall| comment ".*"/g, "").trimEnd();
    expect(text?.split("\n")).toEqual(lines);
    expect(commit?.rewritten).toEqual(rewritten);
  });
});

describe("what somebody else does to our table is seen", () => {
  const objects = listedObjects(wanted);
  const text = listingText(objects);
  const added = (object: object) => listingText([...objects, object as ListedObject]);
  const place = { family: "inet", table: "seawall" };
  const shopChanged = "chain ipv4-E-shop of table inet seawall is not as it was written";
  const tableChanged = "table inet seawall is not as it was written";

  test.each<[string, string, string]>([
    [
      "a rule changed under its comment",
      text.replace('"text":"drop"', '"text":"accept"'),
      shopChanged,
    ],
    [
      "a rule added",
      added({ rule: { ...place, chain: "ipv4-E-shop", expr: [{ accept: null }] } }),
      shopChanged,
    ],
    [
      "a rule deleted",
      listingText(objects.filter((one) => !JSON.stringify(one).includes('"text":"drop"'))),
      shopChanged,
    ],
    [
      "a chain of somebody",
      added({ chain: { ...place, name: "mine", handle: 9 } }),
      "chain mine of table inet seawall should not be there",
    ],
    [
      "a bridge led elsewhere",
      text.replace('["br-0",{"goto"', '["br-0",{"jump"'),
      "map ipv4-OUT of table inet seawall is not as it was written",
    ],
    [
      "a map emptied",
      text.replace(/"elem":\[\["br-0".*?\]\]/, '"elem":[]'),
      "map ipv4-OUT of table inet seawall is not as it was written",
    ],
    [
      "a set with one more",
      text.replace('"elem":[{"prefix"', '"elem":["192.0.2.1",{"prefix"'),
      "set ipv4-office of table inet seawall is not as it was written",
    ],
    [
      "a set of another kind",
      text.replace('"flags":["interval"]', '"flags":["timeout"]'),
      tableChanged,
    ],
    ["another policy", text.replace('"policy":"accept"', '"policy":"drop"'), tableChanged],
    ["another priority", text.replace('"prio":-10', '"prio":10'), tableChanged],
    [
      "no hook",
      text.replace('"type":"filter","hook":"forward","prio":-10,"policy":"accept"', '"x":1'),
      tableChanged,
    ],
    [
      "dormant",
      text.replace('"name":"seawall","handle":1', '"name":"seawall","flags":"dormant"'),
      tableChanged,
    ],
    ["a flowtable", added({ flowtable: { ...place, name: "f" } }), tableChanged],
  ])("%s", (_, now, difference) => {
    expect(now).not.toBe(text);
    const parsed = parseNftTable(now);
    if (!parsed.ok) throw new Error(parsed.message);
    const differences = nftDiff(wanted, parsed.table, readBack);
    expect(differences.map(describeNft)).toEqual([difference]);
    expect(nftCommit(wanted, parsed.table, differences)?.text).not.toBe("");
  });

  test("nft flush ruleset", () => {
    expect(nftDiff(wanted, "absent", readBack).map(describeNft)).toEqual([
      "table inet seawall is missing",
    ]);
  });
});
