import type { Family } from "@seawall/policy";
import { topChain } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";

/** What a chain of the layout is called in our table, which holds those of both families; its map has the same name. */
export function nftChainName(family: Family, layoutName: string): string {
  const own = layoutName === topChain ? "-FORWARD" : layoutName.slice(topChain.length);
  return checked(`${family.toLowerCase()}${own}`);
}

/** The chain for one interface, where a dispatch chain leads. No chain of the layout has a point behind its name. */
export function nftBranchName(family: Family, layoutName: string, at: string): string {
  // An interface may be named with an @, a chain may not.
  const id = at.includes("@") ? sha256(at).slice(0, 16) : at;
  return checked(`${nftChainName(family, layoutName)}.${id}`);
}

/** A set of addresses, given by its key. */
export function nftSetName(family: Family, key: string): string {
  return `${family.toLowerCase()}-${sha256(key).slice(0, 16)}`;
}

function checked(name: string): string {
  if (!/^[a-z][A-Za-z0-9_.-]{0,126}$/.test(name)) {
    throw new Error(`not a name of nftables: ${JSON.stringify(name)}`);
  }
  return name;
}
