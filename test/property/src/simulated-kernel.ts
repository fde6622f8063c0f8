import { type ObservedTables, type Plan, parseIpsetSave, parseSave } from "@seawall/agent/core";
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

/** The tables of both families and the sets of a host, as text. */
export interface SimulatedKernel {
  readonly IPv4: KernelTables;
  readonly IPv6: KernelTables;
  readonly sets: IpsetSets;
}

/** A host that has Docker's chains and nothing of ours. */
export const dockerKernel: SimulatedKernel = {
  IPv4: dockerTables,
  IPv6: dockerTables,
  sets: new Map(),
};

/** What the agent's programs would print there. */
export function observe({ IPv4, IPv6, sets }: SimulatedKernel): ObservedTables {
  return {
    IPv4: parseSave(save(IPv4), "nft"),
    IPv6: parseSave(save(IPv6), "nft"),
    ipset: parseIpsetSave(saveSets(sets)),
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
  const destroy = plan.leftovers.map((name) => `destroy ${name}`).join("\n");
  return { IPv4, IPv6, sets: restoreSets(sets, destroy, inUse()) };
}
