/**
 * What a kernel would do with a packet, read from iptables-restore text alone. It
 * knows chains, matches and targets of iptables and nothing of policies. What it does
 * not know it refuses: a match that was skipped would make every test green.
 */
export interface KernelPacket {
  readonly protocol: "tcp" | "udp" | "icmp" | "ipv6-icmp";
  readonly source: string;
  readonly destination: string;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly in: string;
  readonly out: string;
  readonly state: "NEW" | "ESTABLISHED" | "RELATED";
  /** Port before DNAT; present exactly when the connection was DNATed. */
  readonly originalPort?: number;
}

export type KernelVerdict = "accept" | "drop" | "reject-reset" | "reject-unreachable";

type Match = (packet: KernelPacket) => boolean;

interface KernelRule {
  readonly matches: readonly Match[];
  readonly target: string;
  /** The walk ends as the target chain ends: nothing behind this rule is asked. */
  readonly isGoto: boolean;
  readonly text: string;
}

export interface KernelTable {
  readonly chains: ReadonlyMap<string, readonly KernelRule[]>;
}

/** Runs the text against a table that has Docker's chains and nothing of ours. */
export function restore(text: string): KernelTable {
  const chains = new Map<string, KernelRule[]>([
    ["FORWARD", [ruleOf("-j DOCKER-USER")]],
    ["DOCKER-USER", []],
  ]);
  const chain = (name: string): KernelRule[] => {
    const rules = chains.get(name);
    if (rules === undefined) throw new Error(`no chain ${name}`);
    return rules;
  };
  for (const line of text.split("\n")) {
    const declared = /^:(?<name>\S+) - \[\d+:\d+\]$/.exec(line)?.groups?.["name"];
    const command = /^-(?<verb>[AIN]) (?<name>\S+) ?(?<rest>.*)$/.exec(line)?.groups;
    if (declared !== undefined) chains.set(declared, []);
    else if (command?.["verb"] === "A")
      chain(command["name"] ?? "").push(ruleOf(command["rest"] ?? ""));
    else if (command?.["verb"] === "I") {
      const [, position = "1", rest = ""] = /^(\d+) (.*)$/.exec(command["rest"] ?? "") ?? [];
      chain(command["name"] ?? "").splice(Number(position) - 1, 0, ruleOf(rest));
    } else if (command?.["verb"] === "N") chains.set(command["name"] ?? "", []);
    else if (!["*filter", "COMMIT", ""].includes(line)) throw new Error(`not understood: ${line}`);
  }
  return { chains };
}

/** Walks FORWARD. A packet that comes back from it is left to Docker: accepted, as far as we are concerned. */
export function traverse(table: KernelTable, packet: KernelPacket): KernelVerdict {
  return walk(table, "FORWARD", packet, 0) ?? "accept";
}

function walk(
  table: KernelTable,
  name: string,
  packet: KernelPacket,
  depth: number,
): KernelVerdict | undefined {
  if (depth > 16) throw new Error("chains jump in circles");
  const rules = table.chains.get(name);
  if (rules === undefined) throw new Error(`jump to ${name}, which is not there`);
  for (const rule of rules) {
    if (!rule.matches.every((match) => match(packet))) continue;
    switch (rule.target) {
      case "RETURN":
        return undefined;
      case "ACCEPT":
        return "accept";
      case "DROP":
        return "drop";
      case "REJECT tcp-reset":
        if (packet.protocol !== "tcp") throw new Error(`tcp-reset without -p tcp: ${rule.text}`);
        return "reject-reset";
      case "REJECT icmp-port-unreachable":
      case "REJECT icmp6-port-unreachable":
        return "reject-unreachable";
      default: {
        const verdict = walk(table, rule.target, packet, depth + 1);
        if (verdict !== undefined || rule.isGoto) return verdict;
      }
    }
  }
  return undefined;
}

function ruleOf(text: string): KernelRule {
  const words = [...text.matchAll(/"(?<quoted>[^"]*)"|(?<plain>\S+)/g)].map(
    ({ groups }) => groups?.["quoted"] ?? groups?.["plain"] ?? "",
  );
  const matches: Match[] = [];
  let target: string | undefined;
  let isGoto = false;
  let negated = false;
  const next = (): string => {
    const word = words.shift();
    if (word === undefined) throw new Error(`rule ends too early: ${text}`);
    return word;
  };
  const add = (match: Match): void => {
    const isNegated = negated;
    matches.push((packet) => match(packet) !== isNegated);
    negated = false;
  };
  while (words.length > 0) {
    const option = next();
    switch (option) {
      case "!":
        negated = true;
        break;
      case "-i": {
        const name = next();
        add((packet) => packet.in === name);
        break;
      }
      case "-o": {
        const name = next();
        add((packet) => packet.out === name);
        break;
      }
      case "-p": {
        const protocol = next();
        add((packet) => packet.protocol === protocol);
        break;
      }
      case "-s":
        add(addressMatch(next(), "source"));
        break;
      case "-d":
        add(addressMatch(next(), "destination"));
        break;
      case "--dport":
        add(portMatch([next()], (packet) => packet.destinationPort));
        break;
      case "--dports":
        add(portMatch(next().split(","), (packet) => packet.destinationPort));
        break;
      case "--ctorigdstport":
        // Without a DNAT the original port is the port.
        add(portMatch([next()], (packet) => packet.originalPort ?? packet.destinationPort));
        break;
      case "--ctstate": {
        const states = next().split(",");
        add(
          (packet) =>
            states.includes(packet.state) ||
            (states.includes("DNAT") && packet.originalPort !== undefined),
        );
        break;
      }
      case "--ctdir":
        // First packets only: they are the original direction.
        if (next() !== "ORIGINAL") throw new Error(`not understood: ${text}`);
        break;
      case "--icmp-type":
      case "--icmpv6-type": {
        const type = Number(next().split("/")[0]);
        add((packet) => packet.icmpType === type);
        break;
      }
      case "-m":
      case "--comment":
        next();
        break;
      case "-j":
        target = next();
        break;
      case "-g":
        target = next();
        isGoto = true;
        break;
      case "--reject-with":
        target = `REJECT ${next()}`;
        break;
      default:
        throw new Error(`not understood: ${option} in ${text}`);
    }
  }
  if (target === undefined) throw new Error(`no target: ${text}`);
  return { matches, target, isGoto, text };
}

function portMatch(
  texts: readonly string[],
  port: (packet: KernelPacket) => number | undefined,
): Match {
  const ranges = texts.map((text) => {
    const [first = "", last = first] = text.split(":");
    return [Number(first), Number(last)] as const;
  });
  return (packet) => {
    const value = port(packet);
    return value !== undefined && ranges.some(([first, last]) => value >= first && value <= last);
  };
}

function addressMatch(text: string, side: "source" | "destination"): Match {
  const [network = "", length] = text.split("/");
  const bits = network.includes(":") ? 128 : 32;
  const shift = BigInt(bits - Number(length ?? bits));
  const wanted = numberOf(network) >> shift;
  return (packet) =>
    packet[side].includes(":") === network.includes(":") &&
    numberOf(packet[side]) >> shift === wanted;
}

const numbers = new Map<string, bigint>();

/** Of an address as the kernel has it. Independent of the code under test. */
function numberOf(address: string): bigint {
  const known = numbers.get(address);
  if (known !== undefined) return known;
  const value = address.includes(":") ? sixOf(address) : fourOf(address);
  numbers.set(address, value);
  return value;
}

function fourOf(address: string): bigint {
  return address.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function sixOf(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from(
    { length: tail === undefined ? 0 : 8 - left.length - right.length },
    () => "0",
  );
  return [...left, ...zeros, ...right].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}
