/**
 * The sets of a kernel as text: what `ipset restore` does to them and how `ipset save` prints them. Knows
 * hash:net and nothing of policies; a line that the program would refuse is refused.
 */
export type IpsetSets = ReadonlyMap<string, IpsetSet>;

export interface IpsetSet {
  /** Type, family and options, as printed. */
  readonly header: string;
  readonly cidrs: readonly string[];
}

/** What the kernel's tools refuse to be longer. */
const longestSetName = 31;

/** `inUse`: the sets that rules name, which cannot be destroyed. */
export function restoreSets(sets: IpsetSets, text: string, inUse: ReadonlySet<string>): IpsetSets {
  const result = new Map(sets);
  const found = (name: string): IpsetSet => {
    const set = result.get(name);
    if (set === undefined) throw new Error(`no set ${name}`);
    return set;
  };
  const absent = (name: string): string => {
    if (result.has(name)) throw new Error(`set ${name} exists already`);
    if (name.length > longestSetName) throw new Error(`too long for a set: ${name}`);
    return name;
  };
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [command, name = "", other = "", ...rest] = line.split(" ");
    switch (command) {
      case "create":
        result.set(absent(name), { header: [headerOf(other, line), ...rest].join(" "), cidrs: [] });
        break;
      case "add":
        result.set(name, withMember(found(name), other));
        break;
      case "destroy":
        found(name);
        if (inUse.has(name)) throw new Error(`set ${name} is in use`);
        result.delete(name);
        break;
      case "rename":
        result.set(absent(other), found(name));
        result.delete(name);
        break;
      case "swap": {
        const [one, two] = [found(name), found(other)];
        result.set(name, two).set(other, one);
        break;
      }
      default:
        throw new Error(`not understood: ${line}`);
    }
  }
  return result;
}

function headerOf(type: string, line: string): string {
  if (type !== "hash:net") throw new Error(`not understood: ${line}`);
  return type;
}

function withMember({ header, cidrs }: IpsetSet, cidr: string): IpsetSet {
  if (cidrs.includes(cidr)) throw new Error(`${cidr} is in the set already`);
  if (cidr.endsWith("/0")) throw new Error(`hash:net takes no ${cidr}`);
  if (header.includes("family inet6") !== cidr.includes(":")) {
    throw new Error(`${cidr} is of another family`);
  }
  return { header, cidrs: [...cidrs, cidr] };
}

/** `ipset save`: single addresses without their length. */
export function saveSets(sets: IpsetSets): string {
  const lines = [...sets.keys()].toSorted().flatMap((name) => {
    const { header = "", cidrs = [] } = sets.get(name) ?? {};
    const members = cidrs.map((cidr) => cidr.replace(cidr.includes(":") ? /\/128$/ : /\/32$/, ""));
    return [`create ${name} ${header}`, ...members.toSorted().map((one) => `add ${name} ${one}`)];
  });
  return [...lines, ""].join("\n");
}
