import { expect, test } from "vitest";
import { renderIn } from "./render-in.ts";
import { families, tables } from "./ruleset.ts";
import { resolvedStates, stateNames } from "./testing/resolved-states.ts";

// By this, an empty chain tells of somebody who has flushed it.
test.each(stateNames)("no chain is written without rules: %s", (name) => {
  for (const enforcement of ["iptables", "nftables"] as const) {
    const rendered = renderIn(enforcement, resolvedStates[name], { ipset: "available" });
    if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
    const { chains, nft } = rendered.ruleset;
    const ofIptables = families.flatMap((family) =>
      tables.flatMap((table) => chains[family][table]),
    );
    const empty = [...ofIptables, ...nft.chains].filter(({ rules }) => rules.length === 0);
    expect(empty).toEqual([]);
  }
});
