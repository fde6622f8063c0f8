import { createHash } from "node:crypto";
import type { Family } from "@seawall/policy";
import type { ObservedChain, ObservedFilter } from "./parse-save.ts";

/** What a chain says, without counters. Only comparable with what the same iptables printed before. */
export function chainDigest(chain: ObservedChain): string {
  return sha256(chain.rules.map(({ text }) => text).join("\n"));
}

/** One digest over everything of ours in both families, as read back. The order of chains does not count. */
export function rulesetDigest(
  observed: Readonly<Record<Family, ObservedFilter | "absent">>,
): string {
  return sha256([familyText(observed.IPv4), familyText(observed.IPv6)].join("\n\n"));
}

function familyText(filter: ObservedFilter | "absent"): string {
  if (filter === "absent") return "absent";
  const chains = [...filter.chains.values()]
    .map((chain) => `${chain.name} ${chainDigest(chain)}`)
    .sort();
  const jumps = filter.dockerUser?.jumps.map(({ position, text }) => `${position} ${text}`) ?? [];
  return [...chains, ...jumps].join("\n");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
