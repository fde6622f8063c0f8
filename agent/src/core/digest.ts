import { createHash } from "node:crypto";
import type { ObservedKernel } from "./observed-kernel.ts";
import type { ObservedChain, ObservedFilter } from "./parse-save.ts";

/** What a chain says, without counters. Only comparable with what the same iptables printed before. */
export function chainDigest(chain: ObservedChain): string {
  return sha256(chain.rules.map(({ text }) => text).join("\n"));
}

/**
 * One digest over everything of ours in both families, as read back, with the content of the sets that rules of ours
 * name. The order of chains does not count.
 */
export function rulesetDigest({ IPv4, IPv6, ipset }: ObservedKernel): string {
  return sha256([familyText(IPv4, ipset), familyText(IPv6, ipset)].join("\n\n"));
}

function familyText(filter: ObservedFilter | "absent", ipset: ObservedKernel["ipset"]): string {
  if (filter === "absent") return "absent";
  const chains = [...filter.chains.values()]
    .map((chain) => `${chain.name} ${chainDigest(chain)}`)
    .sort();
  const jumps = [...filter.jumps].flatMap(([parent, found]) =>
    found.map(({ position, text }) => `${parent} ${String(position)} ${text}`),
  );
  const sets = [...filter.setsInUse].sort().map((name) => `${name} ${setText(name, ipset)}`);
  return [...chains, ...jumps, ...sets].join("\n");
}

function setText(name: string, ipset: ObservedKernel["ipset"]): string {
  return ipset === "missing" ? "unread" : (ipset.get(name)?.digest ?? "missing");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
