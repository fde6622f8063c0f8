import { describe, expect, it, test } from "vitest";
import { rulesetDigest } from "./digest.ts";
import { jumpRule } from "./hash.ts";
import { hooksOf } from "./hooks.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import { parseSave } from "./parse-save.ts";
import { type Plan, planChange } from "./plan.ts";
import { type Chain, emptyRuleset, perTable, type Ruleset, tables } from "./ruleset.ts";
import { setName } from "./set-name.ts";
import { type WrittenRuleset, writeRuleset } from "./written-ruleset.ts";

const office = { key: "p/office/from", cidrs: ["198.51.100.0/24"] };
const partners = { key: "p/partners/from", cidrs: ["203.0.113.0/24"] };
const moved = { ...office, cidrs: ["192.0.2.0/24"] };
const name = (key: string, slot: "a" | "b") => setName("IPv4", key, slot);
const [officeA, officeB] = [name(office.key, "a"), name(office.key, "b")];
const officeT = officeA.replace(/a$/, "t");
const partnersB = name(partners.key, "b");

type Sets = Ruleset["sets"]["IPv4"];

/** One chain with a rule per set, and more chains if wanted; IPv4 only. */
function ruleset(sets: Sets, ...more: readonly Chain[]): Ruleset {
  const rules = sets.map(({ key }) => ({
    match: ["-m", "set", "--match-set", { set: key }, "src"],
    target: { kind: "return" } as const,
    label: key,
  }));
  return {
    ...emptyRuleset,
    chains: {
      ...emptyRuleset.chains,
      IPv4: { filter: [{ name: "SEAWALL", rules }, ...more], security: [] },
    },
    sets: { IPv4: sets, IPv6: [] },
  };
}

const input: Chain = {
  name: "SEAWALL-INPUT",
  rules: [{ match: ["-i", "br-1"], target: { kind: "drop" }, label: "p/default" }],
};

const empty = parseSave("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", "nft");

/** The kernel that holds a ruleset, as if iptables printed what it was given. */
function holding({ IPv4 }: WrittenRuleset, extraRules: readonly string[] = []): ObservedTables {
  const lines = tables.flatMap((table) => {
    const chains = IPv4.chains[table];
    const jumps = hooksOf(table).filter(({ chain }) => chains.some(({ name }) => name === chain));
    const docker = table === "filter" ? ["DOCKER-USER"] : [];
    return [
      `*${table}`,
      ...["INPUT", "FORWARD", ...docker, ...chains.map((chain) => chain.name)].map(
        (chain) => `:${chain} - [0:0]`,
      ),
      ...(table === "filter" ? ["[0:0] -A FORWARD -j DOCKER-USER", ...extraRules] : []),
      ...jumps.map(({ parent, jump }) => `[0:0] -A ${parent} ${jump.text}`),
      ...chains.flatMap((chain) => chain.rules.map(({ text }) => `[0:0] -A ${chain.name} ${text}`)),
      "COMMIT",
    ];
  });
  return {
    IPv4: parseSave(lines.join("\n"), "nft"),
    IPv6: empty,
    ipset: new Map(IPv4.sets.map((set) => [set.name, { plain: true, digest: set.digest }])),
  };
}

const inSlot = (slot: "a" | "b") => (family: "IPv4" | "IPv6", key: string) =>
  setName(family, key, slot);
const heldA = (it: Ruleset) => holding(writeRuleset(it, inSlot("a")));

function setLines({ sets }: Plan): readonly string[] {
  return sets.flatMap(({ text }) => text.trimEnd().split("\n"));
}

function chainsWritten({ commits }: Plan): readonly string[] {
  return commits.flatMap(({ rewritten }) => rewritten.filter);
}

const created = `create ${officeT} hash:net family inet maxelem 65536`;

describe("a change of sets", () => {
  test.each<
    [string, Ruleset, ObservedTables, readonly string[], readonly string[], readonly string[]]
  >([
    ["nothing changed", ruleset([office]), heldA(ruleset([office])), [], [], []],
    [
      "the first of all",
      ruleset([office]),
      { IPv4: empty, IPv6: empty, ipset: new Map() },
      [created, `add ${officeT} 198.51.100.0/24`, `rename ${officeT} ${officeA}`],
      ["SEAWALL"],
      [],
    ],
    [
      "new content and nothing else: in place",
      ruleset([moved]),
      heldA(ruleset([office])),
      [
        ...[created, `add ${officeT} 192.0.2.0/24`],
        ...[`swap ${officeT} ${officeA}`, `destroy ${officeT}`],
      ],
      [],
      [],
    ],
    [
      "new content and another chain: under the other name",
      ruleset([moved], input),
      heldA(ruleset([office])),
      [created, `add ${officeT} 192.0.2.0/24`, `rename ${officeT} ${officeB}`],
      ["SEAWALL", "SEAWALL-INPUT"],
      [officeA],
    ],
    [
      "two sets at once: both under the other name",
      ruleset([moved, { ...partners, cidrs: [] }]),
      heldA(ruleset([office, partners])),
      [
        ...[created, `add ${officeT} 192.0.2.0/24`, `rename ${officeT} ${officeB}`],
        created.replaceAll(officeT, partnersB.replace(/b$/, "t")),
        `rename ${partnersB.replace(/b$/, "t")} ${partnersB}`,
      ],
      ["SEAWALL"],
      [officeA, name(partners.key, "a")],
    ],
    [
      "another rule, and a set that stays as it is",
      ruleset([office], input),
      heldA(ruleset([office])),
      [],
      ["SEAWALL-INPUT"],
      [],
    ],
    [
      "a set under its second name stays there",
      ruleset([office]),
      holding(writeRuleset(ruleset([office]), inSlot("b"))),
      [],
      [],
      [],
    ],
    ["no set any more", ruleset([]), heldA(ruleset([office])), [], ["SEAWALL"], [officeA]],
  ])("%s", (_, wanted, observed, sets, chains, leftovers) => {
    const plan = planChange(wanted, observed, {});
    expect(setLines(plan)).toEqual(sets);
    expect(chainsWritten(plan)).toEqual(chains);
    expect(plan.leftovers).toEqual(leftovers);
  });

  it("takes an interrupted filling and a forgotten second name away", () => {
    const held = heldA(ruleset([office]));
    const digest = "of something else";
    const ipset = new Map([
      ...(held.ipset === "missing" ? [] : held.ipset),
      ...[officeT, officeB].map((it) => [it, { plain: true, digest }] as const),
    ]);
    expect(planChange(ruleset([office]), { ...held, ipset }, {}).leftovers).toEqual([
      officeT,
      officeB,
    ]);
    expect(setLines(planChange(ruleset([moved], input), { ...held, ipset }, {}))).toEqual([
      ...[`destroy ${officeT}`, created, `add ${officeT} 192.0.2.0/24`],
      ...[`swap ${officeT} ${officeB}`, `destroy ${officeT}`],
    ]);
  });

  it("leaves a set alone that rules left in the other variant of iptables still name", () => {
    const { IPv4, ipset } = heldA(ruleset([office]));
    const elsewhere = { IPv4, IPv6: "absent" } as const;
    const observed = { IPv4: empty, IPv6: empty, ipset, elsewhere };
    const plan = planChange(ruleset([moved]), observed, {});
    expect(setLines(plan).at(-1)).toBe(`rename ${officeT} ${officeB}`);
    expect(plan.commits[0]?.text).toContain(`--match-set ${officeB} src`);
    const read = holding(plan.target);
    const both = new Map([
      ...(read.ipset === "missing" ? [] : read.ipset),
      ...(ipset === "missing" ? [] : ipset),
    ]);
    expect(planChange(ruleset([moved]), { ...read, ipset: both, elsewhere }, {})).toMatchObject({
      sets: [],
      commits: [],
    });
  });

  it("replaces a set that is of another type", () => {
    const held = heldA(ruleset([office]));
    const ipset = new Map([[officeA, { plain: false, digest: "" }]]);
    const plan = planChange(ruleset([office]), { ...held, ipset }, {});
    expect(setLines(plan).at(-1)).toBe(`rename ${officeT} ${officeB}`);
    expect(chainsWritten(plan)).toEqual(["SEAWALL"]);
  });

  it("lets rules and sets be where ipset is missing", () => {
    const held = { ...heldA(ruleset([office])), ipset: "missing" } as const;
    expect(planChange(ruleset([office]), held, {})).toMatchObject({
      ...{ sets: [], commits: [], leftovers: [] },
    });
  });

  it("refers to the set in force when its rules are gone and ipset is missing", () => {
    const before = { written: writeRuleset(ruleset([office]), inSlot("b")), readBack: noReadBack };
    const observed = { IPv4: empty, IPv6: empty, ipset: "missing" } as const;
    const plan = planChange(ruleset([office]), observed, {}, before);
    expect(plan.commits[0]?.text).toContain(`--match-set ${officeB} src`);
  });

  it("changes the digest of the report", () => {
    const held = heldA(ruleset([office]));
    const other = new Map([[officeA, { plain: true, digest: "other" }]]);
    expect(rulesetDigest({ ...held, ipset: other })).not.toBe(rulesetDigest(held));
  });
});

const nothingRead = perTable(() => new Map<string, string>());
const noReadBack = { IPv4: nothingRead, IPv6: nothingRead, nft: new Map<string, string>() };

describe("the jump from INPUT", () => {
  const onlyInput: Ruleset = {
    ...emptyRuleset,
    chains: { ...emptyRuleset.chains, IPv4: { filter: [input], security: [] } },
  };
  const jump = jumpRule("SEAWALL-INPUT", "INPUT").text;
  const foreign = "[0:0] -A INPUT -s 192.0.2.1/32 -j ACCEPT";
  const written = writeRuleset(onlyInput, inSlot("a"));

  test.each<[string, Ruleset, ObservedTables, readonly string[]]>([
    ["is there", onlyInput, holding(written), []],
    [
      "comes alone: nothing of Docker's is touched",
      onlyInput,
      { IPv4: empty, IPv6: empty, ipset: new Map() },
      [`-I INPUT 1 ${jump}`],
    ],
    [
      "is put back to the first place",
      onlyInput,
      holding(written, [foreign]),
      [`-D INPUT ${jump}`, `-I INPUT 1 ${jump}`],
    ],
    [
      "is there once",
      onlyInput,
      holding(written, [`[0:0] -A INPUT ${jump}`]),
      [`-D INPUT ${jump}`, `-D INPUT ${jump}`, `-I INPUT 1 ${jump}`],
    ],
    [
      "leads nowhere else",
      onlyInput,
      holding(written, ["[0:0] -A INPUT -p tcp -j SEAWALL-INPUT"]),
      ["-D INPUT -p tcp -j SEAWALL-INPUT", `-D INPUT ${jump}`, `-I INPUT 1 ${jump}`],
    ],
    ["goes with its chain", emptyRuleset, holding(written, [foreign]), [`-D INPUT ${jump}`]],
  ])("%s", (_, wanted, observed, lines) => {
    const texts = planChange(wanted, observed, {}).commits.flatMap(({ text }) => text.split("\n"));
    expect(texts.filter((line) => /^-[DIN] /.test(line))).toEqual(lines);
  });
});

describe("the guard", () => {
  const guarded: Ruleset = {
    ...emptyRuleset,
    chains: { ...emptyRuleset.chains, IPv4: { filter: [input], security: [input] } },
  };
  const written = writeRuleset(guarded, inSlot("a"));
  const textOf = ({ commits }: Plan) => commits.map(({ text }) => text).join("");

  it("is written behind filter", () => {
    const observed = { IPv4: empty, IPv6: empty, ipset: new Map() };
    const text = textOf(planChange(guarded, observed, {}));
    expect(text.split("\n").filter((line) => /^(\*|COMMIT)/.test(line))).toEqual([
      ...["*filter", "COMMIT", "*security", "COMMIT"],
    ]);
  });

  it("is left alone where only filter changes", () => {
    const other = { ...input, rules: [] };
    const changed: Ruleset = {
      ...guarded,
      chains: { ...guarded.chains, IPv4: { filter: [other], security: [input] } },
    };
    const [only] = planChange(changed, holding(written), {}).commits;
    expect(only?.text).not.toContain("*security");
    expect(only?.rewritten).toEqual({ filter: ["SEAWALL-INPUT"], security: [] });
  });

  describe("where both change", () => {
    const chainOf = (rules: number): Chain => ({
      ...input,
      rules: Array.from({ length: rules }, (_, index) => ({
        match: ["-i", `br-${String(index)}`],
        target: { kind: "drop" },
        label: "p",
      })),
    });
    const rulesetOf = (rules: number, ...more: readonly Chain[]): Ruleset => {
      const chains = [chainOf(rules), ...more];
      return {
        ...emptyRuleset,
        chains: { ...emptyRuleset.chains, IPv4: { filter: chains, security: chains } },
      };
    };
    const heldOf = (rules: number) => holding(writeRuleset(rulesetOf(rules), inSlot("a")));
    const legacy = ({ IPv4, ...others }: ObservedTables): ObservedTables => ({
      ...others,
      IPv4: IPv4 === "absent" ? IPv4 : { ...IPv4, variant: "legacy" },
    });
    const short = (it: Plan) => textOf(it).replaceAll(/-m comment --comment "[^"]*" /g, "");
    const added = { name: "SEAWALL-X", rules: [] };
    const refilled = (rules: number) => [
      ":SEAWALL-INPUT - [0:0]",
      ...chainOf(rules).rules.map((_, index) => `-A SEAWALL-INPUT -i br-${String(index)} -j DROP`),
    ];

    it("keeps the old rules in filter, behind the new ones, until security has its own", () => {
      expect(short(planChange(rulesetOf(1, added), heldOf(2), {}))).toBe(
        [
          ...["*filter", ":SEAWALL-X - [0:0]"],
          "-I SEAWALL-INPUT 1 -i br-0 -j DROP",
          ...["-I SEAWALL-INPUT 2 -j RETURN", "COMMIT"],
          ...["*security", ":SEAWALL-INPUT - [0:0]", ":SEAWALL-X - [0:0]"],
          ...["-A SEAWALL-INPUT -i br-0 -j DROP", "COMMIT"],
          ...["*filter", "-D SEAWALL-INPUT 2", "-D SEAWALL-INPUT 2", "-D SEAWALL-INPUT 2"],
          ...["COMMIT", ""],
        ].join("\n"),
      );
    });

    test.each<[string, Ruleset, ObservedTables]>([
      [
        "where each commit is a whole table, as in iptables-legacy",
        rulesetOf(1),
        legacy(heldOf(2)),
      ],
      ["where there is no old rule", rulesetOf(1), heldOf(0)],
      ["where they are too many", rulesetOf(1), heldOf(1_000)],
    ])("empties and fills %s", (_, wanted, observed) => {
      const lines = [...refilled(1), "COMMIT"];
      expect(short(planChange(wanted, observed, {}))).toBe(
        ["*filter", ...lines, "*security", ...lines, ""].join("\n"),
      );
    });

    it("empties and fills where what leads there changes too", () => {
      const observed = holding(writeRuleset(rulesetOf(2), inSlot("a")), [
        "[0:0] -A INPUT -s 192.0.2.1/32 -j ACCEPT",
      ]);
      const text = short(planChange(rulesetOf(1), observed, {}));
      expect(text.split("\n").filter((line) => line.startsWith("*"))).toEqual([
        ...["*filter", "*security"],
      ]);
    });
  });

  it("goes alone where it is switched off", () => {
    const off: Ruleset = {
      ...guarded,
      chains: { ...guarded.chains, IPv4: { filter: [input], security: [] } },
    };
    expect(textOf(planChange(off, holding(written), {}))).toBe(
      [
        ...["*security", ":SEAWALL-INPUT - [0:0]"],
        `-D INPUT ${jumpRule("SEAWALL-INPUT", "INPUT").text}`,
        ...["-X SEAWALL-INPUT", "COMMIT", ""],
      ].join("\n"),
    );
  });
});
