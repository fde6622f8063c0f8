import { remembered } from "@seawall/policy";
import { sha256 } from "./sha256.ts";

/**
 * What a set holds, whoever wrote it down: our CIDRs and what ipset prints for them have the same
 * digest, in any order.
 */
export const setDigest = remembered((members: readonly string[]): string =>
  sha256(members.map(asWritten).sort().join("\n")),
);

// ipset leaves out the prefix of a single address, and ends some IPv6 addresses as if they were IPv4.
function asWritten(member: string): string {
  const short = member.includes(":") ? member.replace(/\/128$/, "") : member.replace(/\/32$/, "");
  return short.replace(/^(::(?:ffff:)?)(\d+)\.(\d+)\.(\d+)\.(\d+)/, (_, head: string, ...rest) => {
    const [a = 0, b = 0, c = 0, d = 0] = rest.slice(0, 4).map(Number);
    return `${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}
