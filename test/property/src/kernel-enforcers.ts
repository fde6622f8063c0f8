import { type Origin, parseNftTable, parseSave } from "@seawall/agent/core";
import type { Family, Verdict } from "@seawall/policy";
import type { DrawnState } from "./drawn-state.ts";
import type { KernelEnforcer } from "./kernel-cases.ts";
import type { KernelRouter } from "./kernel-router.ts";
import { rendered } from "./rendered.ts";
import { renderedNft } from "./rendered-nft.ts";

/** What is to be enforced, and whether by iptables with sets. */
type Enforced = Pick<DrawnState, "state" | "ipset">;

/** How a state comes into the kernel of a router, and what is seen of it there. */
export interface Enforcer {
  readonly install: (router: KernelRouter, enforced: Enforced) => Promise<void>;
  /** What a client meets. */
  readonly answers: Readonly<Record<Verdict["action"], string>>;
  /** What the counters of policies' rules have; undefined: they are not asked. */
  readonly counted?: (
    router: KernelRouter,
    enforced: Enforced,
  ) => Promise<readonly CountedOrigin[]>;
}

export interface CountedOrigin {
  readonly origin: Origin;
  readonly packets: number;
}

const answers = { Allow: "open", Deny: "timeout", Reject: "refused" } as const;

export const enforcers: Readonly<Record<KernelEnforcer, Enforcer>> = {
  iptables: {
    answers,
    install: (router, { state, ipset }) => router.install(rendered(state, ipset).plan),
    counted: async (router, { state, ipset }) => {
      const { target } = rendered(state, ipset).plan;
      const read = async (family: Family) => {
        const { chains } = parseSave(await router.save(family), "nft").tables.filter;
        return countsOf(target[family].chains.filter, chains);
      };
      return [...(await read("IPv4")), ...(await read("IPv6"))];
    },
  },
  guard: {
    // It cannot refuse.
    answers: { ...answers, Reject: "timeout" },
    install: async (router, { state, ipset }) => {
      await router.install(rendered(state, ipset).plan);
      await router.bypassFilter();
    },
  },
  nftables: {
    answers,
    install: (router, { state }) => router.installNft(renderedNft(state).text),
    counted: async (router, { state }) => {
      const listed = parseNftTable(await router.listNft());
      if (!listed.ok) throw new Error(listed.message);
      return countsOf(renderedNft(state).written.chains, listed.table.chains);
    },
  },
};

interface Chain {
  readonly name: string;
  readonly rules: readonly { readonly hash: string; readonly origin?: Origin }[];
}

interface ReadChain {
  readonly rules: readonly { readonly hash?: string; readonly packets: number }[];
}

function countsOf(
  written: readonly Chain[],
  found: ReadonlyMap<string, ReadChain>,
): readonly CountedOrigin[] {
  return written.flatMap(({ name, rules }) => {
    const read = new Map(found.get(name)?.rules.map(({ hash, packets }) => [hash, packets]));
    return rules.flatMap(({ hash, origin }) =>
      origin === undefined ? [] : [{ origin, packets: read.get(hash) ?? 0 }],
    );
  });
}
