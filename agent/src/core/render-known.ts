import { type Family, type KnownAddresses, unionAddressSets } from "@seawall/policy";
import { ends, type LayoutChain, list } from "./layout.ts";
import { knownChain } from "./render-names.ts";
import { atAddresses } from "./render-peers.ts";

/** Chains that hold what is no known container's, per bridge and end of a rule. */
export function knownChains(
  known: readonly KnownAddresses[],
  family: Family,
): readonly LayoutChain[] {
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
        { match: [], target: { kind: "drop" }, label: "held: no known container" },
      ]),
    );
  });
}
