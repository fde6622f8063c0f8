import { type AddressMatch, areDisjoint, cidrMatch, setMatch } from "./address-match.ts";
import type { KernelPacket } from "./kernel-packet.ts";
import type { NftTextTable } from "./nft-tables.ts";
import { originalDestination } from "./original-destination.ts";
import { wordsOf } from "./words-of.ts";

/** `mark` is the packet's as it is when the rule is asked. */
export type NftMatch = (packet: KernelPacket, mark: number) => boolean;

/** One rule of a table of nftables, read once. */
export interface NftKernelRule {
  readonly chain: string;
  /** What follows `add rule TABLE CHAIN `. */
  readonly text: string;
  readonly matches: readonly NftMatch[];
  readonly verdict: NftVerdict;
}

export type NftVerdict =
  | { readonly kind: "return" | "drop" | "log" }
  /** What of the packet's mark stays, and what comes to it. */
  | { readonly kind: "mark"; readonly keeps: number; readonly adds: number }
  | { readonly kind: "reject"; readonly by: "tcp-reset" | "port-unreachable" }
  | { readonly kind: "jump" | "goto"; readonly chain: string }
  | { readonly kind: "vmap"; readonly key: "in" | "out"; readonly map: string };

/** What is not understood is refused: a match that was skipped would make every test green. */
export function parseNftRule(chain: string, text: string, { sets }: NftTextTable): NftKernelRule {
  const reader = new Reader(text);
  const matches: NftMatch[] = [];
  let verdict: NftVerdict | undefined;
  while (!reader.isAtEnd()) {
    const word = reader.next();
    if (word === "comment") {
      reader.next();
      if (!reader.isAtEnd()) throw new Error(`goes on behind its comment: ${text}`);
    } else if (verdict !== undefined) throw new Error(`goes on behind its verdict: ${text}`);
    else {
      verdict = verdictOf(word, reader);
      if (verdict === undefined && word !== "counter") matches.push(matchOf(word, reader, sets));
    }
  }
  if (verdict === undefined) throw new Error(`no verdict: ${text}`);
  return { chain, text, matches, verdict };
}

/** nft refuses longer ones. */
const longestPrefix = 127;

/** Undefined: the word begins none. */
function verdictOf(word: string, reader: Reader): NftVerdict | undefined {
  switch (word) {
    case "return":
    case "drop":
      return { kind: word };
    case "jump":
    case "goto":
      return { kind: word, chain: reader.next() };
    case "log": {
      reader.expect("prefix");
      if (reader.next().length > longestPrefix) throw new Error(`too long: ${reader.text}`);
      reader.expect("group");
      reader.nextNumber();
      reader.expect("snaplen");
      reader.nextNumber();
      return { kind: "log" };
    }
    case "reject": {
      reader.expect("with");
      const by = `${reader.next()} ${reader.next()}`;
      if (by === "tcp reset") return { kind: "reject", by: "tcp-reset" };
      if (by === "icmpx port-unreachable") return { kind: "reject", by: "port-unreachable" };
      throw new Error(`not understood: ${reader.text}`);
    }
    case "meta":
      return reader.take("mark", "set") ? markVerdict(reader) : undefined;
    case "iifname":
    case "oifname":
      return reader.take("vmap")
        ? { kind: "vmap", key: word === "iifname" ? "in" : "out", map: reader.nextReference() }
        : undefined;
    default:
      return undefined;
  }
}

function markVerdict(reader: Reader): NftVerdict {
  for (const word of ["meta", "mark"]) reader.expect(word);
  const keepsRest = reader.nextOf(["|", "&"]) === "|";
  const bits = reader.nextBits();
  return keepsRest
    ? { kind: "mark", keeps: 0xffff_ffff, adds: bits }
    : { kind: "mark", keeps: bits, adds: 0 };
}

type Sets = NftTextTable["sets"];

function matchOf(word: string, reader: Reader, sets: Sets): NftMatch {
  switch (word) {
    case "meta":
      return metaMatch(reader);
    case "iifname":
    case "oifname": {
      const isNot = reader.take("!=");
      const isName = interfaceMatch(reader.next());
      return (packet) => isName(word === "iifname" ? packet.in : packet.out) !== isNot;
    }
    case "ip":
    case "ip6":
      return addressMatch(word, reader, sets);
    case "tcp":
    case "udp":
    case "sctp": {
      reader.expect("dport");
      const isAmong = numbersMatch(reader.nextValues());
      return ({ protocol, destinationPort }) => protocol === word && isAmong(destinationPort);
    }
    case "icmp":
    case "icmpv6": {
      const protocol = word === "icmp" ? "icmp" : "ipv6-icmp";
      // Of a first packet the code is 0, and only errors have others.
      const what = reader.nextOf(["type", "code"]);
      const number = reader.nextNumber();
      return (packet) =>
        packet.protocol === protocol &&
        (what === "type" ? packet.icmpType === number : number === 0);
    }
    case "ct":
      return conntrackMatch(reader);
    case "limit":
      // A rate that is never reached.
      reader.expect("rate");
      if (!/^\d+\/second$/.test(reader.next())) throw new Error(`not understood: ${reader.text}`);
      reader.expect("burst");
      reader.nextNumber();
      reader.expect("packets");
      return () => true;
    default:
      throw new Error(`not understood: ${word} in ${reader.text}`);
  }
}

/** A `*` at the end stands for anything. */
function interfaceMatch(text: string): (name: string | undefined) => boolean {
  const prefix = text.endsWith("*") ? text.slice(0, -1) : undefined;
  return (name) => (prefix === undefined ? name === text : name?.startsWith(prefix) === true);
}

function metaMatch(reader: Reader): NftMatch {
  switch (reader.nextOf(["nfproto", "l4proto", "mark"])) {
    case "nfproto": {
      const isSix = reader.nextOf(["ipv4", "ipv6"]) === "ipv6";
      return ({ source }) => source.includes(":") === isSix;
    }
    case "mark": {
      reader.expect("&");
      const mask = reader.nextBits();
      reader.expect("==");
      const value = reader.nextBits();
      return (_, mark) => (mark & mask) >>> 0 === value;
    }
    default: {
      const protocol = reader.nextOf(["tcp", "udp", "icmp", "ipv6-icmp"]);
      return (packet) => packet.protocol === protocol;
    }
  }
}

function addressMatch(header: "ip" | "ip6", reader: Reader, sets: Sets): NftMatch {
  const side = reader.nextOf(["saddr", "daddr"]) === "saddr" ? "source" : "destination";
  const isSix = header === "ip6";
  const isAmong = addresses(reader, sets);
  return (packet) => packet[side].includes(":") === isSix && isAmong(packet[side]);
}

function addresses(reader: Reader, sets: Sets): AddressMatch {
  const values = reader.nextValues();
  const [first = ""] = values;
  if (!first.startsWith("@")) {
    if (!areDisjoint(values)) throw new Error(`conflicting intervals: ${reader.text}`);
    return values.length === 1 ? cidrMatch(first) : setMatch(values);
  }
  const set = sets.get(first.slice(1));
  if (set === undefined) throw new Error(`no set ${first}`);
  return setMatch(set.members);
}

function conntrackMatch(reader: Reader): NftMatch {
  const isDnated = (packet: KernelPacket) => packet.originalPort !== undefined;
  switch (reader.nextOf(["state", "status", "direction", "original", "mark"])) {
    case "state":
      reader.expect("established,related");
      return ({ state }) => state !== "NEW";
    case "status": {
      if (reader.take("dnat")) return isDnated;
      for (const word of ["&", "dnat", "==", "0"]) reader.expect(word);
      return (packet) => !isDnated(packet);
    }
    case "direction":
      // First packets only: they are the original direction.
      reader.expect("original");
      return () => true;
    case "original": {
      if (reader.nextOf(["ip", "ip6", "proto-dst"]) !== "proto-dst") {
        reader.expect("daddr");
        return originalDestination(cidrMatch(reader.next()));
      }
      const isAmong = numbersMatch(reader.nextValues());
      // Without a DNAT the original port is the port.
      return ({ originalPort, destinationPort }) => isAmong(originalPort ?? destinationPort);
    }
    default:
      // Nobody has marked a first packet's connection.
      for (const word of ["&", "0x40000000", "==", "0x40000000"]) reader.expect(word);
      return () => false;
  }
}

function numbersMatch(texts: readonly string[]): (value: number | undefined) => boolean {
  const ranges = texts
    .map((text) => {
      const { first, last = first } = /^(?<first>\d+)(?:-(?<last>\d+))?$/.exec(text)?.groups ?? {};
      if (first === undefined) throw new Error(`no number: ${text}`);
      return [Number(first), Number(last)] as const;
    })
    .toSorted(([a], [b]) => a - b);
  for (const [index, [first, last]] of ranges.entries()) {
    const before = ranges[index - 1];
    if (first > last || last > 65_535 || (before !== undefined && before[1] >= first)) {
      throw new Error(`conflicting intervals: ${texts.join(", ")}`);
    }
  }
  return (value) =>
    value !== undefined && ranges.some(([first, last]) => value >= first && value <= last);
}

class Reader {
  readonly text: string;
  readonly #words: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.text = text;
    this.#words = wordsOf(text, /"[^"]*"|[{}]|[^\s{}"]+/g);
  }

  isAtEnd(): boolean {
    return this.#at === this.#words.length;
  }

  take(...words: readonly string[]): boolean {
    if (words.some((word, index) => this.#words[this.#at + index] !== word)) return false;
    this.#at += words.length;
    return true;
  }

  next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new Error(`rule ends too early: ${this.text}`);
    this.#at += 1;
    return word;
  }

  expect(word: string): void {
    if (!this.take(word)) throw new Error(`not understood: no ${word} in ${this.text}`);
  }

  nextOf(known: readonly string[]): string {
    const word = this.next();
    if (!known.includes(word)) throw new Error(`not understood: ${word} in ${this.text}`);
    return word;
  }

  nextNumber(): number {
    const word = this.next();
    if (!/^\d+$/.test(word)) throw new Error(`no number: ${word} in ${this.text}`);
    return Number(word);
  }

  nextBits(): number {
    const word = this.next();
    if (!/^(?:0|0x[0-9a-f]{1,8})$/.test(word)) throw new Error(`no bits: ${word} in ${this.text}`);
    return Number(word);
  }

  nextReference(): string {
    const word = this.next();
    if (!word.startsWith("@")) throw new Error(`no set: ${word} in ${this.text}`);
    return word.slice(1);
  }

  /** One value, or those of a set without a name. */
  nextValues(): readonly string[] {
    if (!this.take("{")) return [this.next()];
    const values: string[] = [];
    while (!this.take("}")) values.push(this.next());
    const isList = values.every(
      (value, index) => value.endsWith(",") === index < values.length - 1,
    );
    if (!isList) throw new Error(`not understood: ${this.text}`);
    return values.map((value) => value.replace(/,$/, ""));
  }
}
