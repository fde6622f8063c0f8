import { heldRules } from "./render-denial.ts";
import { knownChain } from "./render-names.ts";
import { atCidr, ends, ofFamily } from "./render-peers.ts";
import type { RenderContext } from "./render-place.ts";
import type { Chain } from "./ruleset.ts";

/** Chains that hold what is no known container's, per bridge and end of a rule. */
export function knownChains({ known, family, guard }: RenderContext): readonly Chain[] {
  const named = known.filter(
    ({ bridge }, index) => known.findIndex((one) => one.bridge === bridge) === index,
  );
  return named.flatMap(({ bridge, networkId }) => {
    const cidrs = known
      .filter((one) => one.bridge === bridge)
      .flatMap(({ addresses }) => ofFamily(addresses, family));
    return ends.map((end) => ({
      name: knownChain(end, networkId),
      rules: [
        ...cidrs.map((cidr) => ({
          match: atCidr(end, cidr),
          target: { kind: "return" } as const,
          label: "known container",
        })),
        ...heldRules({ audit: false, guard }, "held: no known container"),
      ],
    }));
  });
}
