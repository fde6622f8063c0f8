import type { Family, ResolvedState } from "@seawall/policy";
import { iptablesChains } from "./iptables-chains.ts";
import type { Ipset } from "./iptables-match.ts";
import { sizeProblemsOf } from "./iptables-size.ts";
import type { LayoutChain } from "./layout.ts";
import { emptyNftTable } from "./nft-table.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import { deciding, guarding } from "./render-layout.ts";
import { problemsOf } from "./render-problems.ts";
import { namedSets } from "./render-sets.ts";
import {
  type AddressSetDefinition,
  type Chain,
  type PerTable,
  perTable,
  type Ruleset,
  tables,
} from "./ruleset.ts";

export type Rendered =
  | { readonly kind: "ruleset"; readonly ruleset: Ruleset }
  /** Something in the state cannot become rules; nothing of it is rendered. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface RenderOptions {
  readonly ipset: Ipset;
  /** This kernel cannot tell anybody of a packet: what is denied is denied without a word. */
  readonly nflog?: "missing";
}

/** What this kernel can do. */
export function renderOptionsOf({
  ipset,
  nflog,
}: Pick<ObservedTables, "ipset" | "nflog">): RenderOptions {
  return { ipset: ipset === "missing" ? "missing" : "available", ...(nflog && { nflog }) };
}

/** What says the same as the time before may become the same object: what was made of that is not made anew. */
export type Share = <Layout>(layout: Layout) => Layout;

/** Nothing was before. */
export const asIs: Share = (layout) => layout;

/**
 * The rules of iptables that enforce a resolved state. A bridge and scope to which no rule of a family applies
 * has no chain there; a table without any has nothing of ours.
 */
export function render(state: ResolvedState, options: RenderOptions, share = asIs): Rendered {
  const problems = [
    ...problemsOf(state),
    ...(options.ipset === "missing" ? sizeProblemsOf(state) : []),
  ];
  if (problems.length > 0) return { kind: "refused", problems };
  const layout = share({
    IPv4: familyLayout(state, "IPv4", options),
    IPv6: familyLayout(state, "IPv6", options),
  });
  const of = (family: Family) => familyRules(layout[family], family, options);
  const [IPv4, IPv6] = [of("IPv4"), of("IPv6")];
  return {
    kind: "ruleset",
    ruleset: {
      chains: { IPv4: IPv4.chains, IPv6: IPv6.chains },
      sets: { IPv4: IPv4.sets, IPv6: IPv6.sets },
      nft: emptyNftTable,
    },
  };
}

interface FamilyRules {
  readonly chains: PerTable<readonly Chain[]>;
  readonly sets: readonly AddressSetDefinition[];
}

/**
 * What guards is behind filter: Docker leaves DOCKER-USER out while it starts, and whoever accepts ahead of us lets
 * through what we deny.
 */
function familyLayout(
  state: ResolvedState,
  family: Family,
  { nflog }: RenderOptions,
): PerTable<readonly LayoutChain[]> {
  return { filter: deciding(state, family, nflog), security: guarding(state, family) };
}

function familyRules(
  layout: PerTable<readonly LayoutChain[]>,
  family: Family,
  { ipset }: RenderOptions,
): FamilyRules {
  return {
    chains: perTable((table) => iptablesChains(layout[table], family, ipset)),
    sets: ipset === "missing" ? [] : namedSets(tables.flatMap((table) => layout[table])),
  };
}
