import type { Family, PortMatch, PortRange } from "@seawall/policy";

/** What `-m multiport` takes; a range counts twice. */
const multiportSlots = 15;

/**
 * Match arguments for a rule's ports: one list per iptables rule needed, as few as possible because
 * each is repeated for every address. No ports said = one list that matches everything.
 */
export function portArgs(
  ports: readonly PortMatch[] | undefined,
  family: Family,
): readonly (readonly string[])[] {
  if (ports === undefined) return [[]];
  return [
    ...containerPortArgs("TCP", ports),
    ...containerPortArgs("UDP", ports),
    ...ports.flatMap((match) => (match.kind === "publishedPort" ? [publishedPortArgs(match)] : [])),
    ...(ports.some((match) => match.kind === "icmp") ? [["-p", icmp[family]]] : []),
  ];
}

const icmp = { IPv4: "icmp", IPv6: "ipv6-icmp" } as const;

function containerPortArgs(
  protocol: "TCP" | "UDP",
  ports: readonly PortMatch[],
): readonly (readonly string[])[] {
  const mine = ports.flatMap((match) =>
    match.kind === "port" && match.protocol === protocol ? [match.ports] : [],
  );
  if (mine.length === 0) return [];
  const name = protocol.toLowerCase();
  const ranges = mine.filter((range) => range !== undefined);
  // One entry without ports covers the protocol, and so every other entry of it.
  if (ranges.length < mine.length) return [["-p", name]];
  return multiportGroups(ranges).map((group) =>
    group.length === 1
      ? ["-p", name, "--dport", ...group.map(portText)]
      : ["-p", name, "-m", "multiport", "--dports", group.map(portText).join(",")],
  );
}

function multiportGroups(ranges: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const groups: PortRange[][] = [];
  let free = 0;
  for (const range of ranges) {
    const slots = range.first === range.last ? 1 : 2;
    const group = groups.at(-1);
    if (group === undefined || slots > free) {
      groups.push([range]);
      free = multiportSlots - slots;
    } else {
      group.push(range);
      free -= slots;
    }
  }
  return groups;
}

// The original direction of a DNATed connection: a direct connection to a container port of the
// same number is not meant, and neither are replies.
function publishedPortArgs(match: PortMatch & { kind: "publishedPort" }): readonly string[] {
  return [
    ...["-p", match.protocol.toLowerCase(), "-m", "conntrack", "--ctstate", "DNAT"],
    ...["--ctorigdstport", portText(match.ports), "--ctdir", "ORIGINAL"],
  ];
}

function portText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}:${last}`;
}
