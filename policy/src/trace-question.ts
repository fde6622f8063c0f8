import { type Address, parseAddress } from "./cidr.ts";
import { isPlainInterfaceName } from "./interface-name.ts";
import { quoted } from "./quoted.ts";

/** Where a traced connection begins or ends. */
export type TraceEnd =
  /** A client or server that no rule names. */
  | { readonly kind: "internet"; readonly interface?: string }
  /** The host itself; as a destination, also what it publishes. */
  | { readonly kind: "host" }
  | {
      readonly kind: "address";
      readonly address: Address;
      /** The one of the host that it is behind; absent: not said. */
      readonly interface?: string;
    }
  | {
      readonly kind: "docker";
      readonly name: string;
      /** Absent: whichever has the name. */
      readonly what?: "container" | "network";
    };

export interface TraceQuestion {
  readonly source: TraceEnd;
  readonly destination: TraceEnd;
  readonly protocol: "TCP" | "UDP" | "ICMP";
  /** Of a container in its own terms, of the host as published. Absent with ICMP. */
  readonly port?: number;
}

export type TraceParsed =
  | { readonly ok: true; readonly question: TraceQuestion }
  | { readonly ok: false; readonly message: string };

/** Reads `SRC DST:PORT` as a person wrote it. */
export function parseTrace(
  source: string,
  destination: string,
  protocol: TraceQuestion["protocol"],
): TraceParsed {
  const from = parseEnd(source);
  if (!from.ok) return from;
  const split = splitPort(destination);
  if (!split.ok) return split;
  const to = parseEnd(split.end);
  if (!to.ok) return to;
  const { port } = split;
  if (protocol === "ICMP" && port !== undefined) {
    return refused(`ICMP has no ports: write ${quoted(split.end)} without one`);
  }
  if (protocol !== "ICMP" && port === undefined) {
    return refused(`${quoted(destination)} has no port: write it as DST:PORT, like db:3306`);
  }
  const ends = { source: from.end, destination: to.end, protocol };
  return { ok: true, question: { ...ends, ...(port === undefined ? {} : { port }) } };
}

type EndParsed =
  | { readonly ok: true; readonly end: TraceEnd }
  | { readonly ok: false; readonly message: string };

function parseEnd(text: string): EndParsed {
  const [, who, via] = /^(internet|[\d.]+|[^%/]*:[^%]*)%(.*)$/s.exec(text) ?? [];
  if (who === undefined || via === undefined) return parsePlainEnd(text);
  const parsed = parsePlainEnd(who);
  if (!parsed.ok || parsed.end.kind === "host" || parsed.end.kind === "docker") return parsed;
  if (via === "lo") return refused(`${quoted(text)}: nothing that a host forwards goes by lo`);
  return isPlainInterfaceName(via)
    ? { ok: true, end: { ...parsed.end, interface: via } }
    : refused(`${quoted(text)} names no interface: write ADDRESS%INTERFACE, like ${who}%eth1`);
}

function parsePlainEnd(text: string): EndParsed {
  if (text === "internet" || text === "host") return { ok: true, end: { kind: text } };
  const [, what, rest = text] = /^(container|network)\/(.*)$/s.exec(text) ?? [];
  if (rest === "") return refused(`${quoted(text)} names nothing`);
  if (what === "container" || what === "network") {
    return { ok: true, end: { kind: "docker", name: rest, what } };
  }
  if (/^[^:]+%/.test(text)) {
    return refused(`${quoted(text)}: an interface stands with addresses only, like 10.9.0.5%eth1`);
  }
  // What looks like an address is one, or a mistake: no container is called so.
  if (!/^[\d.]+$|:/.test(text)) return { ok: true, end: { kind: "docker", name: text } };
  const parsed = parseAddress(text);
  return parsed.ok ? { ok: true, end: { kind: "address", address: parsed.address } } : parsed;
}

type PortSplit =
  | { readonly ok: true; readonly end: string; readonly port?: number }
  | { readonly ok: false; readonly message: string };

function splitPort(text: string): PortSplit {
  const [, bracketed, after = ""] = /^\[([^\]]*)\](.*)$/s.exec(text) ?? [];
  if (bracketed !== undefined) {
    if (after === "") return { ok: true, end: bracketed };
    return after.startsWith(":")
      ? withPort(bracketed, after.slice(1))
      : refused(
          after.startsWith("%")
            ? `${quoted(text)}: write an IPv6 address, interface and port as [2001:db8::1%eth1]:443`
            : `${quoted(text)}: write an IPv6 address and port as [2001:db8::1]:443`,
        );
  }
  const [end = "", port, ...more] = text.split(":");
  if (more.length > 0) {
    return parseAddress(text.replace(/%.*$/s, "")).ok
      ? { ok: true, end: text }
      : refused(`${quoted(text)}: write an IPv6 address and port as [2001:db8::1]:443`);
  }
  return port === undefined ? { ok: true, end } : withPort(end, port);
}

function withPort(end: string, text: string): PortSplit {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535
    ? { ok: true, end, port }
    : refused(`${quoted(text)} is not a port: it is a number from 1 to 65535`);
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
