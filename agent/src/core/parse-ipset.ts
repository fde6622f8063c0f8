import { setDigest } from "./set-digest.ts";
import { familyOfSet, isOwnSet } from "./set-name.ts";

/** A set of ours as the kernel has it. */
export interface ObservedSet {
  /** Of the type and family that its name stands for, and nothing more: no timeouts, no comments. */
  readonly plain: boolean;
  readonly digest: string;
}

/** By name. Sets of others are not among them. */
export type ObservedSets = ReadonlyMap<string, ObservedSet>;

const createLine = /^create (\S+) (.*)$/;
const addLine = /^add (\S+) (.*)$/;

/** Reads our sets from what `ipset save` prints. */
export function parseIpsetSave(text: string): ObservedSets {
  const headers = new Map<string, string>();
  const members = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, created = "", header = ""] = createLine.exec(line) ?? [];
    if (isOwnSet(created)) {
      headers.set(created, header);
      members.set(created, []);
      continue;
    }
    const [, name = "", member = ""] = addLine.exec(line) ?? [];
    members.get(name)?.push(member);
  }
  return new Map(
    [...headers].map(([name, header]) => [
      name,
      { plain: isPlain(name, header), digest: setDigest(members.get(name) ?? []) },
    ]),
  );
}

const inetOf = { IPv4: "inet", IPv6: "inet6" } as const;

// Sizes and seeds are the kernel's business.
function isPlain(name: string, header: string): boolean {
  const said = header.replaceAll(/ (?:hashsize|maxelem|bucketsize|initval) \S+/g, "");
  return said === `hash:net family ${inetOf[familyOfSet(name)]}`;
}
