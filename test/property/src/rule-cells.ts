import type { FleetPolicy, ResolvedPeers, ResolvedRule, Scope } from "@seawall/policy";
import type { Judged } from "./judged.ts";

/** More CIDRs of a family than this become a set. */
const mostPlainCidrs = 32;

/** The cells of one rule that had a say. */
export function ruleCells(
  rule: ResolvedRule,
  scope: Scope,
  { policies, packet, ipset }: Pick<Judged, "policies" | "packet" | "ipset">,
): readonly string[] {
  const { tier, action, from, to, ports, log } = rule;
  const { family } = packet.source;
  const written = writtenRule(policies.get(rule.policy), scope, rule.rule);
  const cells = [...portKinds(ports)].map((kind) => `port ${kind} ${action}`);
  for (const end of endsOf(scope)) {
    const kind = peerKind(written?.[end]);
    if (kind !== undefined) cells.push(`peer ${end} ${kind} ${action}`);
  }
  if (from !== undefined && to !== undefined) cells.push(`peer from and to ${action}`);
  if ([from, to].some((peers) => isSet(peers, family))) {
    cells.push(
      ...(ipset === "missing"
        ? [`no set ${family}`]
        : [`set ${family}`, `set ${family} ${action}`]),
    );
  }
  if (log === true) cells.push(`log ${action}`);
  if (action !== "Pass") cells.push(`decided by ${tier} ${action}`);
  return cells;
}

function endsOf(scope: Scope): readonly ("from" | "to")[] {
  if (scope === "internal") return ["from", "to"];
  return scope === "ingress" ? ["from"] : ["to"];
}

type Peers = readonly object[] | undefined;

/** The rule as its author wrote it, or at least the ends of it. */
function writtenRule(
  policy: FleetPolicy | undefined,
  scope: Scope,
  name: string,
): { readonly from?: Peers; readonly to?: Peers } | undefined {
  const { ingress, egress, internal } = policy?.spec ?? {};
  switch (scope) {
    case "ingress":
      return ingress?.rules?.find((rule) => rule.name === name);
    case "internal":
      return internal?.rules?.find((rule) => rule.name === name);
    case "egress":
    case "host":
      return egress?.rules?.find((rule) => rule.name === name);
  }
}

/** Undefined: of several kinds, so it cannot be told which of them matched. */
function peerKind(peers: Peers): string | undefined {
  if (peers === undefined) return "anywhere";
  const [kind, ...others] = new Set(peers.flatMap((peer) => Object.keys(peer)));
  return others.length === 0 ? kind : undefined;
}

function isSet(peers: ResolvedPeers | undefined, family: "IPv4" | "IPv6"): boolean {
  if (peers === undefined) return false;
  const { v4, v6 } = peers.addresses;
  return (family === "IPv4" ? v4 : v6).length > mostPlainCidrs;
}

function portKinds(ports: ResolvedRule["ports"]): ReadonlySet<string> {
  if (ports === undefined) return new Set(["any"]);
  return new Set(
    ports.map((port) => {
      if (port.kind === "icmp") return "icmp";
      if (port.kind === "publishedPort") return "published";
      if (port.ports !== undefined && port.ports.first !== port.ports.last) return "range";
      return port.protocol === "TCP" ? "tcp" : "udp";
    }),
  );
}
