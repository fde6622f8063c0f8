import type { ResolvedState } from "@seawall/policy";
import { describe, expect, it, test } from "vitest";
import { nftCommit } from "./nft-commit.ts";
import { nftDiff } from "./nft-diff.ts";
import { renderNft } from "./nft-render.ts";
import type { NftTable } from "./nft-table.ts";
import { emptyRuleset } from "./ruleset.ts";
import { resolvedStates, stateNames } from "./testing/resolved-states.ts";

function tableOf(state: ResolvedState): NftTable {
  const rendered = renderNft(state);
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  const { nft, ...iptables } = rendered.ruleset;
  expect({ ...iptables, nft: emptyRuleset.nft }).toEqual(emptyRuleset);
  return nft;
}

describe("the whole commit onto a host that has no table of ours", () => {
  test.each(stateNames)("%s", async (name) => {
    const table = tableOf(resolvedStates[name]);
    const commit = nftCommit(table, "absent", nftDiff(table, "absent"));
    const text = commit?.text ?? "# nothing to write\n";
    await expect(text).toMatchFileSnapshot(`golden/${name}.nft`);
  });
});

describe("the table of every state", () => {
  test.each(stateNames)("%s", (name) => {
    const { chains, maps, sets } = tableOf(resolvedStates[name]);
    const names = chains.map((chain) => chain.name);
    expect(new Set(names).size).toBe(names.length);
    expect(reached({ chains, maps, sets })).toEqual(new Set(names));
    const texts = chains.flatMap(({ rules }) => rules.map(({ text }) => text));
    const used = (name: string) => texts.some((text) => text.includes(`@${name} `));
    expect([...maps, ...sets].filter(({ name }) => !used(name))).toEqual([]);
  });
});

/** The chains that the kernel asks, and all that they lead to. */
function reached(table: NftTable): ReadonlySet<string> {
  const found = new Set(
    table.chains.filter(({ hook }) => hook !== undefined).map(({ name }) => name),
  );
  for (const name of found) for (const next of ledTo(table, name)) found.add(next);
  return found;
}

function ledTo(
  { chains, maps }: Pick<NftTable, "chains" | "maps">,
  name: string,
): readonly string[] {
  const rules = chains.find((chain) => chain.name === name)?.rules ?? [];
  return rules.flatMap(({ text }) => {
    const to = / (?:jump|goto) (\S+) /.exec(` ${text}`)?.[1];
    const map = / vmap @(\S+) /.exec(text)?.[1];
    const entries = maps.find((one) => one.name === map)?.entries ?? [];
    const led = entries.flatMap(({ verdict }) => verdict.split("goto ").slice(1));
    return to === undefined ? led : [to, ...led];
  });
}

function depthBelow(table: NftTable, name: string): number {
  return Math.max(0, ...ledTo(table, name).map((next) => 1 + depthBelow(table, next)));
}

// net/netfilter/nf_tables_api.c, NFT_JUMP_STACK_SIZE: 16 with the chain that it asks.
test.each(stateNames)("a kernel takes chains as deep as those of %s", (name) => {
  const table = tableOf(resolvedStates[name]);
  for (const { name: hook } of table.chains.filter((chain) => chain.hook !== undefined)) {
    expect(depthBelow(table, hook)).toBeLessThanOrEqual(15);
  }
});

it("has a comment that nft takes", () => {
  const texts = stateNames.flatMap((name) =>
    tableOf(resolvedStates[name]).chains.flatMap(({ rules }) => rules.map(({ text }) => text)),
  );
  const comments = texts.map((text) => / comment "([^"]*)"$/.exec(` ${text}`)?.[1]);
  for (const comment of comments) expect(comment).toMatch(/^sw:[A-Za-z0-9_-]{16} .+$/);
  const longest = Math.max(...comments.map((comment) => comment?.length ?? 0));
  expect(longest).toBeLessThanOrEqual(128);
});
