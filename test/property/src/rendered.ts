import { type Origin, type Plan, planChange, type RenderOptions } from "@seawall/agent/core";
import type { KernelTables } from "@seawall/agent/testing";
import type { Family, ResolvedState } from "@seawall/policy";
import { renderOnce } from "./render-once.ts";
import { carryOut, dockerKernel, observe } from "./simulated-kernel.ts";

/** A state in one family, as the kernel is to hold it. */
export interface RenderedFamily {
  readonly tables: KernelTables;
  /** What the sets that rules name hold, by name. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly origins: Origins;
}

/** The policy rule behind each iptables rule, by chain and text, for each table. */
type Origins = Readonly<Record<keyof KernelTables, ReadonlyMap<string, Origin>>>;

const observed = observe(dockerKernel);

/** What the agent would write on a host that has Docker's chains and nothing of ours. */
export function rendered(
  state: ResolvedState,
  ipset: RenderOptions["ipset"] = "available",
): {
  readonly plan: Plan;
  readonly families: Readonly<Record<Family, RenderedFamily>>;
} {
  const result = renderOnce(state, ipset);
  if (result.kind === "refused") throw new Error(JSON.stringify(result));
  const plan = planChange(result.ruleset, observed, {});
  const kernel = carryOut(dockerKernel, plan);
  const sets = new Map([...kernel.sets].map(([name, { cidrs }]) => [name, cidrs]));
  const of = (family: Family): RenderedFamily => ({
    tables: kernel[family],
    sets,
    origins: originsOf(plan, family),
  });
  return { plan, families: { IPv4: of("IPv4"), IPv6: of("IPv6") } };
}

function originsOf({ target }: Plan, family: Family): Origins {
  const of = (table: keyof KernelTables) =>
    new Map(
      target[family].chains[table].flatMap(({ name, rules }) =>
        rules.flatMap(({ text, origin }) =>
          origin === undefined ? [] : [[originKey({ chain: name, text }), origin] as const],
        ),
      ),
    );
  return { filter: of("filter"), security: of("security") };
}

/** Of a rule of the kernel, in `origins`. */
export function originKey({ chain, text }: { readonly chain: string; readonly text: string }) {
  return `${chain} ${text}`;
}
