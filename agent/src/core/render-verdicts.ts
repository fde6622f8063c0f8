import type { Action } from "@seawall/policy";
import type { LayoutRule, Match } from "./layout.ts";
import type { Place } from "./render-place.ts";
import { goBack } from "./render-place.ts";

/**
 * The rules that decide so for what has these ports. A rejected TCP connection is reset: the kernel drops an ICMP error for a socket that is in use at that moment, as a container's is while it sends, and connect() would fail a second later only
 * (net/ipv4/tcp_ipv4.c, tcp_v4_err). Not one that came through a published port: to a bridge's port the kernel
 * sends the reset as it is, with the address behind the DNAT, which the client does not know (nf_reject_ipv4.c,
 * nf_send_reset); ICMP errors are translated back.
 */
export function verdicts(
  action: Action,
  port: readonly Match[],
  { guard }: Pick<Place, "guard">,
): readonly Pick<LayoutRule, "match" | "target">[] {
  if (action === "Allow") return [{ match: port, target: goBack }];
  // The kernel takes REJECT in filter only (net/ipv4/netfilter/ipt_REJECT.c, `.table`).
  if (action === "Deny" || guard) return [{ match: port, target: { kind: "drop" } }];
  const unreachable = {
    match: port,
    target: { kind: "reject", by: "port-unreachable" },
  } as const;
  const tcp: readonly Match[] = port.length === 0 ? [{ kind: "protocol", protocol: "TCP" }] : port;
  if (!tcp.every(isDirectTcp)) return [unreachable];
  const match = [...tcp, { kind: "dnat", is: false } as const];
  return [{ match, target: { kind: "reject", by: "tcp-reset" } }, unreachable];
}

function isDirectTcp(match: Match): boolean {
  return (match.kind === "ports" || match.kind === "protocol") && match.protocol === "TCP";
}
