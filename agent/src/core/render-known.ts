import { unionAddressSets } from "@seawall/policy";
import { ends, type LayoutChain, list } from "./layout.ts";
import { heldRules } from "./render-denial.ts";
import { knownChain } from "./render-names.ts";
import { atAddresses } from "./render-peers.ts";
import type { RenderContext } from "./render-place.ts";

/** Chains that hold what is no known container's, per bridge and end of a rule. */
export function knownChains({ known, family, guard }: RenderContext): readonly LayoutChain[] {
  const named = known.filter(
    ({ bridge }, index) => known.findIndex((one) => one.bridge === bridge) === index,
  );
  return named.flatMap(({ bridge, networkId }) => {
    const addresses = unionAddressSets(
      known.filter((one) => one.bridge === bridge).map((one) => one.addresses),
    );
    return ends.map((end) =>
      list(knownChain(end, networkId), [
        ...atAddresses(end, addresses, family).map((match) => ({
          match,
          target: { kind: "return" } as const,
          label: "known container",
        })),
        ...heldRules({ audit: false, guard }, "held: no known container"),
      ]),
    );
  });
}
