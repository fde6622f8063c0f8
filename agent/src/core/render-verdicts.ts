import type { Action } from "@seawall/policy";
import type { Place } from "./render-place.ts";
import { goBack } from "./render-place.ts";
import type { Rule } from "./ruleset.ts";

/**
 * The rules that decide so for what these port arguments match. A rejected TCP connection is reset: the kernel drops an ICMP error for a socket that is in use
 * at that moment, as a container's is while it sends, and connect() would fail a second later only
 * (net/ipv4/tcp_ipv4.c, tcp_v4_err). Not one that came through a published port: to a bridge's port the kernel
 * sends the reset as it is, with the address behind the DNAT, which the client does not know (nf_reject_ipv4.c,
 * nf_send_reset); ICMP errors are translated back.
 */
export function verdicts(
  action: Action,
  port: readonly string[],
  { guard }: Pick<Place, "guard">,
): readonly Pick<Rule, "match" | "target">[] {
  if (action === "Allow") return [{ match: port, target: goBack }];
  // The kernel takes REJECT in filter only (net/ipv4/netfilter/ipt_REJECT.c, `.table`).
  if (action === "Deny" || guard) return [{ match: port, target: { kind: "drop" } }];
  const unreachable = {
    match: port,
    target: { kind: "reject", by: "port-unreachable" },
  } as const;
  const tcp = port.length === 0 ? ["-p", "tcp"] : port;
  if (tcp[1] !== "tcp" || tcp.includes("DNAT")) return [unreachable];
  const match = [...tcp, "-m", "conntrack", "!", "--ctstate", "DNAT"];
  return [{ match, target: { kind: "reject", by: "tcp-reset" } }, unreachable];
}
