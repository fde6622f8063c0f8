import { type Origin, type Plan, planChange, render } from "@seawall/agent/core";
import type { Family, ResolvedState } from "@seawall/policy";
import type { FilterTable } from "./filter-table.ts";
import { carryOut, dockerKernel, observe } from "./simulated-kernel.ts";

/** A state in one family, as the kernel is to hold it. */
export interface RenderedFamily {
  readonly table: FilterTable;
  /** What the sets that the table names hold, by name. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly origins: Origins;
}

/** The policy rule behind each iptables rule, by chain and text. */
type Origins = ReadonlyMap<string, Origin>;

/** What the agent would write on a host that has Docker's chains and nothing of ours. */
export function rendered(state: ResolvedState): {
  readonly plan: Plan;
  readonly families: Readonly<Record<Family, RenderedFamily>>;
} {
  const result = render(state, { ipset: "available" });
  if (result.kind === "refused") throw new Error(JSON.stringify(result));
  const plan = planChange(result.ruleset, observe(dockerKernel), {});
  const kernel = carryOut(dockerKernel, plan);
  const sets = new Map([...kernel.sets].map(([name, { cidrs }]) => [name, cidrs]));
  const of = (family: Family): RenderedFamily => ({
    table: kernel[family],
    sets,
    origins: originsOf(plan, family),
  });
  return { plan, families: { IPv4: of("IPv4"), IPv6: of("IPv6") } };
}

function originsOf({ target }: Plan, family: Family): Origins {
  return new Map(
    target[family].chains.flatMap(({ name, rules }) =>
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
