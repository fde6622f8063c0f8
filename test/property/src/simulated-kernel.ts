import {
  type ObservedTables,
  type Plan,
  parseIpsetSave,
  parseSave,
  type RenderOptions,
} from "@seawall/agent/core";
import {
  dockerTables,
  type IpsetSets,
  type KernelTables,
  namedSets,
  restore,
  restoreSets,
  save,
  saveSets,
} from "@seawall/agent/testing";
import { observedNft } from "./list-nft.ts";
import { emptyNftTables, type NftTables, runNft } from "./nft-tables.ts";

/** The tables of both families, the sets and the tables of nftables of a host, as text. */
export interface SimulatedKernel {
  readonly IPv4: KernelTables;
  readonly IPv6: KernelTables;
  readonly sets: IpsetSets;
  readonly nft: NftTables;
}

/** A host that has Docker's chains and nothing of ours. */
export const dockerKernel: SimulatedKernel = {
  IPv4: dockerTables,
  IPv6: dockerTables,
  sets: new Map(),
  nft: emptyNftTables,
};

/** What the agent's programs would print there, of which ipset may be missing. */
export function observe(
  { IPv4, IPv6, sets, nft }: SimulatedKernel,
  ipset: RenderOptions["ipset"] = "available",
): ObservedTables {
  return {
    IPv4: parseSave(save(IPv4), "nft"),
    IPv6: parseSave(save(IPv6), "nft"),
    nft: observedNft(nft),
    ipset: ipset === "missing" ? ipset : parseIpsetSave(saveSets(sets)),
  };
}

/** The kernel behind a plan: its sets, its commits, and what is left over destroyed. */
export function carryOut(kernel: SimulatedKernel, plan: Plan): SimulatedKernel {
  let { IPv4, IPv6, sets } = kernel;
  const inUse = () => new Set([...namedSets(IPv4), ...namedSets(IPv6)]);
  for (const { text } of plan.sets) sets = restoreSets(sets, text, inUse());
  for (const { family, text } of plan.commits) {
    if (family === "IPv4") IPv4 = restore(IPv4, text);
    else IPv6 = restore(IPv6, text);
    const missing = [...inUse()].find((name) => !sets.has(name));
    if (missing !== undefined) throw new Error(`no set ${missing}`);
  }
  const nft = plan.nft === undefined ? kernel.nft : runNft(kernel.nft, plan.nft.text);
  const destroy = plan.leftovers.map((name) => `destroy ${name}`).join("\n");
  return { IPv4, IPv6, sets: restoreSets(sets, destroy, inUse()), nft };
}
