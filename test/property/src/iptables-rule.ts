import { type AddressMatch, cidrMatch } from "./address-match.ts";
import type { KernelPacket } from "./kernel-packet.ts";
import { originalDestination } from "./original-destination.ts";
import { wordsOf } from "./words-of.ts";

/** `mark` is the packet's as it is when the rule is asked. */
export type Match = (packet: KernelPacket, mark: number) => boolean;

/** One rule of a table, read once. */
export interface KernelRule {
  readonly chain: string;
  /** What follows `-A CHAIN `. */
  readonly text: string;
  /** Empty when it has none. */
  readonly comment: string;
  readonly matches: readonly Match[];
  readonly target: KernelTarget;
}

export type KernelTarget =
  | { readonly kind: "RETURN" | "ACCEPT" | "DROP" | "NFLOG" }
  /** The bits of `mask` are cleared, those of `value` are turned over (iptables-extensions(8), --set-xmark). */
  | { readonly kind: "MARK"; readonly value: number; readonly mask: number }
  | { readonly kind: "REJECT"; readonly by: "tcp-reset" | "port-unreachable" }
  /** With `isGoto` the walk ends as the chain ends: nothing behind this rule is asked. */
  | { readonly kind: "chain"; readonly name: string; readonly isGoto: boolean };

/** What the kernel's tools refuse to be longer. */
const longest = { comment: 255, prefix: 63, multiport: 15 } as const;

/** `sets` are those of the family, by name. What is not understood is refused: a match that was skipped would make every test green. */
export function parseRule(
  chain: string,
  text: string,
  sets: ReadonlyMap<string, AddressMatch>,
): KernelRule {
  const reader = new Reader(text);
  const matches: Match[] = [];
  const target: ReadTarget = { isGoto: false };
  let comment = "";
  let module = "";
  while (!reader.isAtEnd()) {
    const negated = reader.take("!");
    const option = reader.next();
    const match = option === "--mark" ? markMatch(module, reader) : matchOf(option, reader, sets);
    if (match !== undefined) {
      matches.push(negated ? (packet, mark) => !match(packet, mark) : match);
      continue;
    }
    if (negated) throw new Error(`not understood: ! ${option} in ${text}`);
    if (option === "-m") module = reader.nextOf(knownModules);
    else if (option === "--comment") comment = reader.nextUpTo(longest.comment);
    else if (option === "-j" || option === "-g") {
      target.name = reader.next();
      target.isGoto = option === "-g";
    } else if (option === "--reject-with") target.rejectWith = reader.next();
    else if (option === "--set-xmark") target.xmark = reader.next();
    else if (option === "--nflog-group" || option === "--nflog-size") reader.nextNumber();
    else if (option === "--nflog-prefix") reader.nextUpTo(longest.prefix);
    // A rate that is never reached.
    else if (option === "--limit" || option === "--limit-burst") reader.next();
    else throw new Error(`not understood: ${option} in ${text}`);
  }
  return { chain, text, comment, matches, target: targetOf(target, text) };
}

const knownModules = [
  ...[
    "comment",
    "connmark",
    "conntrack",
    "icmp",
    "icmp6",
    "limit",
    "mark",
    "multiport",
    "set",
    "tcp",
    "udp",
  ],
];

interface ReadTarget {
  name?: string;
  isGoto: boolean;
  rejectWith?: string;
  xmark?: string;
}

function targetOf(read: Readonly<ReadTarget>, text: string): KernelTarget {
  const { name, isGoto, rejectWith, xmark } = read;
  switch (name) {
    case undefined:
      throw new Error(`no target: ${text}`);
    case "RETURN":
    case "ACCEPT":
    case "DROP":
    case "NFLOG":
      return { kind: name };
    case "MARK":
      return { kind: "MARK", ...valueAndMask(xmark ?? "") };
    case "REJECT":
      if (rejectWith === "tcp-reset") return { kind: "REJECT", by: "tcp-reset" };
      if (/^icmp6?-port-unreachable$/.test(rejectWith ?? "")) {
        return { kind: "REJECT", by: "port-unreachable" };
      }
      throw new Error(`not understood: ${text}`);
    default:
      return { kind: "chain", name, isGoto };
  }
}

/** Undefined: the option is no match. */
function matchOf(
  option: string,
  reader: Reader,
  sets: ReadonlyMap<string, AddressMatch>,
): Match | undefined {
  switch (option) {
    case "-i":
    case "-o": {
      const isName = interfaceMatch(reader.next());
      return option === "-i" ? (packet) => isName(packet.in) : (packet) => isName(packet.out);
    }
    case "-p": {
      const protocol = reader.next();
      return (packet) => packet.protocol === protocol;
    }
    case "-s":
      return end("source", cidrMatch(reader.next()));
    case "-d":
      return end("destination", cidrMatch(reader.next()));
    case "--match-set":
      return matchSet(reader, sets);
    case "--dport":
      return portMatch([reader.next()], (packet) => packet.destinationPort);
    case "--dports":
      return portMatch(reader.next().split(","), (packet) => packet.destinationPort);
    case "--ctorigdstport":
      // Without a DNAT the original port is the port.
      return portMatch([reader.next()], (packet) => packet.originalPort ?? packet.destinationPort);
    case "--ctorigdst":
      return originalDestination(cidrMatch(reader.next()));
    case "--ctstate":
      return stateMatch(reader.next().split(","));
    case "--ctdir":
      // First packets only: they are the original direction.
      reader.nextOf(["ORIGINAL"]);
      return () => true;
    case "--icmp-type":
    case "--icmpv6-type": {
      const type = Number(reader.next().split("/")[0]);
      return (packet) => packet.icmpType === type;
    }
    default:
      return undefined;
  }
}

/** Nobody has marked a first packet's connection; the packet itself, only rules can have. */
function markMatch(module: string, reader: Reader): Match {
  const { value, mask } = valueAndMask(reader.next());
  return module === "connmark" ? () => false : (_, mark) => (mark & mask) === value;
}

function valueAndMask(text: string): { readonly value: number; readonly mask: number } {
  const [, value, mask] = /^(0x[0-9a-f]+)\/(0x[0-9a-f]+)$/.exec(text) ?? [];
  if (value === undefined || mask === undefined) throw new Error(`not understood: mark ${text}`);
  return { value: Number(value), mask: Number(mask) };
}

/** A `+` at the end stands for anything. */
function interfaceMatch(text: string): (name: string | undefined) => boolean {
  const prefix = text.endsWith("+") ? text.slice(0, -1) : undefined;
  return (name) => (prefix === undefined ? name === text : name?.startsWith(prefix) === true);
}

function end(side: "source" | "destination", match: AddressMatch): Match {
  return (packet) => match(packet[side]);
}

function matchSet(reader: Reader, sets: ReadonlyMap<string, AddressMatch>): Match {
  const name = reader.next();
  const side = reader.nextOf(["src", "dst"]);
  const set = sets.get(name);
  if (set === undefined) throw new Error(`no set ${name}`);
  return end(side === "src" ? "source" : "destination", set);
}

function stateMatch(states: readonly string[]): Match {
  for (const state of states) {
    if (!["NEW", "ESTABLISHED", "RELATED", "DNAT"].includes(state)) {
      throw new Error(`not understood: --ctstate ${state}`);
    }
  }
  return (packet) =>
    states.includes(packet.state) || (states.includes("DNAT") && packet.originalPort !== undefined);
}

function portMatch(
  texts: readonly string[],
  port: (packet: KernelPacket) => number | undefined,
): Match {
  const ranges = texts.map((text) => {
    const [first = "", last = first] = text.split(":");
    return [Number(first), Number(last)] as const;
  });
  const slots = ranges.reduce((sum, [first, last]) => sum + (first === last ? 1 : 2), 0);
  if (slots > longest.multiport) throw new Error(`too many ports: ${texts.join(",")}`);
  return (packet) => {
    const value = port(packet);
    return value !== undefined && ranges.some(([first, last]) => value >= first && value <= last);
  };
}

class Reader {
  readonly #words: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#words = wordsOf(text, /"[^"]*"|\S+/g);
  }

  isAtEnd(): boolean {
    return this.#at === this.#words.length;
  }

  take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new Error(`rule ends too early: ${this.#text}`);
    this.#at += 1;
    return word;
  }

  nextOf(known: readonly string[]): string {
    const word = this.next();
    if (!known.includes(word)) throw new Error(`not understood: ${word} in ${this.#text}`);
    return word;
  }

  nextUpTo(length: number): string {
    const word = this.next();
    if (word.length > length) throw new Error(`too long: ${word}`);
    return word;
  }

  nextNumber(): number {
    const word = this.next();
    if (!/^\d+$/.test(word)) throw new Error(`no number: ${word} in ${this.#text}`);
    return Number(word);
  }
}
