import { createHash } from "node:crypto";
import { hashRuleset, render } from "@seawall/agent/core";
import type { Family, ResolvedState } from "@seawall/policy";
import { dockerTable, type FilterTable, restore } from "./filter-table.ts";

type HashedChains = ReturnType<typeof hashRuleset>[Family];
export type Origin = NonNullable<HashedChains[number]["rules"][number]["origin"]>;

/** A state in one family, as the kernel is to hold it. */
export interface RenderedFamily {
  readonly table: FilterTable;
  /** What the sets that the table names hold, by name. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  /** The policy rule behind each iptables rule, by chain and text. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** What the agent would write on a host that has Docker's chains and nothing of ours. */
export function rendered(state: ResolvedState): Readonly<Record<Family, RenderedFamily>> {
  const result = render(state, { ipset: "available" });
  if (result.kind === "refused") throw new Error(result.problems.join("; "));
  const { ruleset } = result;
  const hashed = hashRuleset(ruleset, setName);
  const of = (family: Family): RenderedFamily => ({
    table: restore(dockerTable, installText(hashed[family])),
    sets: new Map(ruleset.sets[family].map(({ key, cidrs }) => [setName(family, key), cidrs])),
    origins: originsOf(hashed[family]),
  });
  return { IPv4: of("IPv4"), IPv6: of("IPv6") };
}

function setName(family: Family, key: string): string {
  return `sw${family.slice(-1)}-${createHash("sha256").update(key).digest("hex").slice(0, 20)}`;
}

function installText(chains: HashedChains): string {
  const names = chains.map(({ name }) => name);
  return [
    "*filter",
    ...names.map((name) => `:${name} - [0:0]`),
    ...(names.includes("SEAWALL") ? ["-I DOCKER-USER 1 -j SEAWALL"] : []),
    ...(names.includes("SEAWALL-INPUT") ? ["-I INPUT 1 -j SEAWALL-INPUT"] : []),
    ...chains.flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
    "COMMIT",
    "",
  ].join("\n");
}

function originsOf(chains: HashedChains): ReadonlyMap<string, Origin> {
  return new Map(
    chains.flatMap(({ name, rules }) =>
      rules.flatMap(({ text, origin }) =>
        origin === undefined ? [] : [[originKey({ chain: name, text }), origin] as const],
      ),
    ),
  );
}

/** Of a rule of the kernel, in `origins`. */
export function originKey({ chain, text }: { readonly chain: string; readonly text: string }) {
  return `${chain} ${text}`;
}
