import type { Scope } from "@seawall/policy";
import type { RenderContext } from "./render-place.ts";
import { topChain } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";

// The kernel takes 28 characters of a chain's name; two are left for what a tier appends.

/** Of a network, in the names of its chains. */
export function shortId(networkId: string): string {
  return networkId.slice(0, 12);
}

/**
 * Of an interface, in the names of its chains. Never one that ends as what a tier appends: it would be another's; nor
 * one with an @, which no chain of nftables may have in its name.
 */
function interfaceId(name: string): string {
  const isPlain = name.length <= 12 && !/-[SBD]$|@/.test(name);
  return isPlain ? name : sha256(name).slice(0, 12);
}

const letters: Readonly<Record<Scope, string>> = {
  egress: "E",
  ingress: "I",
  internal: "N",
  host: "H",
};

export function bridgeChain({ audit }: RenderContext, scope: Scope, networkId: string): string {
  return `${topChain}-${audit ? "A" : ""}${letters[scope]}-${shortId(networkId)}`;
}

export function interfaceChain({ audit }: RenderContext, scope: Scope, name: string): string {
  return `${topChain}-${audit ? "A" : ""}X${letters[scope]}-${interfaceId(name)}`;
}

/** Of one case of a direction, given by the name of its chain. Stays when addresses change. */
export function caseChain(direction: string, key: string): string {
  return `${topChain}-C-${sha256(`${direction} ${key}`).slice(0, 16)}`;
}

/** Of a denial, given by what a log says of it in full. */
export function denialChain(text: string): string {
  return `${topChain}-L-${sha256(text).slice(0, 16)}`;
}

/** Of whatever would deny and is not told of: marks the packet. */
export const deniedChain = `${topChain}-AUDIT-DENY`;

/** For what comes by a bridge (from), or goes out by it (to), and has to be known there. */
export function knownChain(end: "from" | "to", networkId: string): string {
  return `${topChain}-${end === "from" ? "KS" : "KD"}-${shortId(networkId)}`;
}
