import { families } from "../core/ruleset.ts";
import type {
  FailedCall,
  Firewall,
  IptablesReading,
  Look,
  NftReading,
  Observed,
  Reading,
} from "../ports.ts";
import { createIptables, type IptablesOptions } from "./iptables.ts";
import { createNft } from "./nft.ts";

/** The kernel's firewall, by iptables and by nftables. */
export function createFirewall(options: IptablesOptions): Firewall {
  const iptables = createIptables(options);
  const nft = createNft(options.exec);
  return {
    apply: iptables.apply,
    applySets: iptables.applySets,
    destroySets: iptables.destroySets,
    applyNft: nft.apply,
    observe: async (look) => {
      const isAsked = look.nft !== "no" || look.enforcement === "nftables";
      const [tables, table] = await Promise.all([
        iptables.observe(look),
        isAsked ? nft.observe(look) : undefined,
      ]);
      return together(look, tables, table);
    },
  };
}

function together(
  look: Look,
  tables: IptablesReading | FailedCall,
  table: NftReading | FailedCall | undefined,
): Observed {
  const needed = look.enforcement === "iptables" ? tables : table;
  if (needed?.kind === "failed") return needed;
  const ofIptables =
    tables.kind === "failed" ? withoutIptables(tables) : { ...tables, failures: [] };
  const ofNft = table?.kind === "failed" ? withoutNft(table, look) : nftParts(table);
  return { ...ofIptables, ...ofNft, failures: [...ofIptables.failures, ...ofNft.failures] };
}

type NftParts = Pick<Reading, "nft" | "nftVersion" | "dockerChains" | "nflog" | "failures">;

function nftParts(table: NftReading | undefined): NftParts {
  if (table === undefined) return { failures: [] };
  const { nft, version, dockerChains, nflog } = table;
  return { nft, nftVersion: version, dockerChains, failures: [], ...(nflog && { nflog }) };
}

function withoutNft({ failure }: FailedCall, { nft }: Look): NftParts {
  return failure.reason === "NftMissing" && nft === "ifInstalled"
    ? { nft: "absent", failures: [] }
    : { failures: [failure] };
}

/** Nothing is looked at where there is no iptables; whether something is there the record has to say. */
function withoutIptables({ failure }: FailedCall): Reading {
  if (failure.reason !== "IptablesMissing") return { ...nothingThere, failures: [failure] };
  const unread = families.flatMap((family) =>
    (["nft", "legacy"] as const).map((variant) => ({ family, variant, hasTables: false, failure })),
  );
  return { ...nothingThere, unread, failures: [] };
}

const nothingThere: IptablesReading = {
  kind: "observed",
  version: "",
  IPv4: "absent",
  IPv6: "absent",
  ipset: "missing",
  elsewhere: { IPv4: "absent", IPv6: "absent" },
  unread: [],
};
