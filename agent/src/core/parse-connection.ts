import { type Address, type Family, parseAddress } from "@seawall/policy";
import type { Connection } from "./connection.ts";
import { cutMark } from "./cut-mark.ts";

/** `other`: of a protocol that no rule names, or tracked in somebody's own zone, which is left to him. */
export type ConnectionLine = Connection | "other";

/**
 * Reads lines of `conntrack -L -o extended`, one by one; undefined: it is none. `expected`: the original tuples of
 * connections that the kernel expected because of others.
 *
 *     ipv4     2 tcp      6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=A sport=2 dport=1 [ASSURED] mark=0 use=1
 */
export function connectionReader(
  expected: ReadonlySet<string> = new Set(),
): (line: string) => ConnectionLine | undefined {
  const addressOf = addressReader();
  return (line) => {
    const [, version, number = "", state = "", from = "", to = "", port, by = "", answeringPort] =
      shape.exec(line) ?? [];
    if (version === undefined) return undefined;
    const protocol = protocols[number];
    if (protocol === undefined || inZone.test(line)) return "other";
    const family = version === "4" ? "IPv4" : "IPv6";
    const [source, destination] = [addressOf(from, family), addressOf(to, family)];
    const answerer = addressOf(by, family);
    if (source === undefined || destination === undefined || answerer === undefined) {
      return undefined;
    }
    const connection = {
      protocol,
      source,
      destination,
      answerer,
      isCut: (Number(mark.exec(line)?.[1] ?? 0) & cutMark) !== 0,
      isOver: over.has(state),
      isAnswered: !line.includes(" [UNREPLIED] "),
      isExpected: expected.size > 0 && expected.has(originalTuple(line) ?? ""),
    };
    if (protocol === "ICMP") return connection;
    const ports = { port: Number(port), answeringPort: Number(answeringPort) };
    return ports.port <= mostPort && ports.answeringPort <= mostPort
      ? { port: ports.port, answeringPort: ports.answeringPort, ...connection }
      : undefined;
  };
}

const mostPort = 65_535;

/** Where a connection is offloaded, neither timeout nor state is said. Counters may stand behind each tuple. */
const shape =
  /^ipv([46]) +\d+ \S+ +(\d+) (?:\d+ )?(?:([A-Z]\S*) )?src=(\S+) dst=(\S+) (?:sport=\d+ dport=(\d+) )?.*?src=(\S+) dst=\S+ (?:sport=(\d+) )?/;
const mark = / mark=(\d{1,10})\b/;
const inZone = / zone(?:-orig|-reply)?=/;
const over: ReadonlySet<string> = new Set(["TIME_WAIT", "CLOSE"]);

const protocols: Readonly<Record<string, Connection["protocol"]>> = {
  "1": "ICMP",
  "6": "TCP",
  "17": "UDP",
  "58": "ICMP",
};

/** What tells a connection with ports from every other of its protocol, as its line says it. */
export function originalTuple(line: string): string | undefined {
  return /src=\S+ dst=\S+ sport=\S+ dport=\S+/.exec(line)?.[0];
}

/** So many are remembered, because most connections share an end with others. */
const mostRemembered = 1_000;

function addressReader(): (text: string, family: Family) => Address | undefined {
  const known = new Map<string, Address | undefined>();
  return (text, family) => {
    const before = known.get(text);
    if (before?.family === family) return before;
    const parsed = parseAddress(family === "IPv6" ? inGroups(text) : text);
    const address = parsed.ok && parsed.address.family === family ? parsed.address : undefined;
    if (known.size >= mostRemembered) known.clear();
    known.set(text, address);
    return address;
  };
}

/** inet_ntop writes the end of some IPv6 addresses as IPv4 (::ffff:192.0.2.1), and whoever likes can send from them. */
function inGroups(text: string): string {
  const tail = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  const parsed = tail === undefined ? undefined : parseAddress(tail);
  if (tail === undefined || parsed?.ok !== true) return text;
  const { value } = parsed.address;
  const groups = [value >> 16n, value & 0xffffn].map((group) => group.toString(16));
  return text.slice(0, -tail.length) + groups.join(":");
}
