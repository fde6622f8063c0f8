import type { Engine, HostOptions, IptablesVariant } from "@seawall/lab";

export type Family = "v4" | "v6";

/**
 * How a client reaches the container: by its published port at the host, or by its own address, which the host routes to;
 * on an internal network from another container.
 */
export type Way = `${Family} ${"published" | "address"}`;

/** What can happen to a host besides all that happens to each. */
export type Event = "firewalld reload" | "switch of iptables" | "a second network";

/** One kind of Docker host, and what is to hold there. */
export interface Cell {
  readonly engine: Engine;
  readonly iptables: IptablesVariant;
  /** In what it differs from a host as the engine makes it; empty: in nothing. */
  readonly but: string;
  readonly host: Pick<
    HostOptions,
    "userlandProxy" | "ip6tables" | "ipv6" | "firewalld" | "dockerdArgs"
  >;
  /** What our rules are kept in: as Docker does with its own, or in nftables by choice. */
  readonly enforcement: "iptables" | "nftables";
  /** `dual`: with IPv4 and IPv6, as `routed` and `internal` are. */
  readonly network: "dual" | "IPv4 only" | "routed" | "internal";
  readonly event?: Event;
  /** Those of its own rules that Docker forgets by that, until it is started anew; absent: it makes them all again. */
  readonly forgets?: RegExp;
  /** Those that are open as long as no policy says otherwise. */
  readonly ways: readonly Way[];
  /**
   * Those of them that nobody redirects: docker-proxy answers. Where a container is created and started in one go, that may be a moment
   * before the agent has heard of the port.
   */
  readonly byProxy: readonly Way[];
  /** Reasons of the conditions of the host, which is InSync all the same. */
  readonly conditions: readonly string[];
  /** Part of `npm test` too. */
  readonly quick: boolean;
}

const everyWay = ["v4 published", "v4 address", "v6 published", "v6 address"] as const;
const onlyPublished = ["v4 published", "v6 published"] as const;
const onlyAddress = ["v4 address", "v6 address"] as const;

type Differences = Partial<Omit<Cell, "engine" | "iptables" | "but">>;

function cell(
  engine: Engine,
  iptables: IptablesVariant,
  but = "",
  differences: Differences = {},
): Cell {
  return {
    ...{ engine, iptables, but, host: {}, network: "dual", conditions: [] },
    ...{ enforcement: "iptables", byProxy: [] },
    // Docker 28 drops what comes to a container's own address from outside before any rule of filter.
    ways: engine === "28.5" ? onlyPublished : everyWay,
    ...{ quick: false, ...differences },
  };
}

const v4 = ["v4 published", "v4 address"] as const;
const noProxy: Differences = { host: { userlandProxy: false } };
const noIp6tables: Differences = { host: { ip6tables: false }, byProxy: ["v6 published"] };
const onlyIPv4: Differences = {
  network: "IPv4 only",
  ways: [...v4, "v6 published"],
  byProxy: ["v6 published"],
};
const noIPv6: Differences = { host: { ipv6: false }, network: "IPv4 only", ways: v4 };
const withoutRules: Differences = {
  host: { dockerdArgs: ["--iptables=false", "--ip6tables=false"] },
  ways: everyWay,
  byProxy: onlyPublished,
  conditions: ["DockerMakesNoRules"],
};
const inNftables: Differences = { enforcement: "nftables" };
const withoutRulesInNftables: Differences = { ...withoutRules, ...inNftables };
// Docker 20.10's own rules for internal networks stop neighbour discovery, and with it all of IPv6.
const internal = (engine: Engine): Differences => ({
  network: "internal",
  ways: engine === "20.10" ? ["v4 address"] : onlyAddress,
});
const routed: Differences = { network: "routed", ways: onlyAddress };
// Docker opens the container's address on one of its networks only.
const second: Differences = { event: "a second network", ways: onlyPublished };
const switched: Differences = {
  event: "switch of iptables",
  conditions: ["DockerRulesInBothVariants"],
};
// Its zones keep everybody away from containers' own addresses. Of what firewalld flushes, Docker 20.10 makes all anew but
// what keeps its networks apart.
const reloaded = (engine: Engine): Differences => ({
  host: { firewalld: true },
  event: "firewalld reload",
  ways: onlyPublished,
  ...(engine === "20.10" ? { forgets: / -A DOCKER-ISOLATION-STAGE-1 -i / } : {}),
});

/** Engines first, then iptables, then what else is different. */
export const cells: readonly Cell[] = [
  ...(["20.10", "26.1"] as const).flatMap((engine) => [
    cell(engine, "nft"),
    cell(engine, "nft", "no userland proxy", noProxy),
    cell(engine, "nft", "IPv4 network", onlyIPv4),
    cell(engine, "nft", "no ip6tables", noIp6tables),
    cell(engine, "nft", "no IPv6 in the kernel", noIPv6),
    cell(engine, "nft", "--iptables=false", withoutRules),
    cell(engine, "nft", "--iptables=false, rules in nftables", withoutRulesInNftables),
    cell(engine, "nft", "rules in nftables", inNftables),
    cell(engine, "nft", "internal network", internal(engine)),
    cell(engine, "nft", "a second network", second),
    cell(engine, "nft", "firewalld", reloaded(engine)),
    cell(engine, "nft", "goes over to legacy", switched),
    cell(engine, "legacy"),
    cell(engine, "legacy", "no userland proxy", noProxy),
    cell(engine, "legacy", "no ip6tables", noIp6tables),
    cell(engine, "legacy", "a second network", second),
    cell(engine, "legacy", "firewalld", reloaded(engine)),
    cell(engine, "legacy", "goes over to nft", switched),
  ]),
  cell("28.5", "nft", "", { quick: true }),
  cell("28.5", "nft", "no userland proxy", noProxy),
  cell("28.5", "nft", "IPv4 network", { ...onlyIPv4, ways: onlyPublished }),
  cell("28.5", "nft", "no ip6tables", noIp6tables),
  cell("28.5", "nft", "no IPv6 in the kernel", { ...noIPv6, ways: ["v4 published"] }),
  cell("28.5", "nft", "--iptables=false", withoutRules),
  cell("28.5", "nft", "--iptables=false, rules in nftables", {
    ...withoutRulesInNftables,
    quick: true,
  }),
  cell("28.5", "nft", "rules in nftables", inNftables),
  cell("28.5", "nft", "internal network", internal("28.5")),
  cell("28.5", "nft", "routed network", routed),
  cell("28.5", "nft", "a second network", second),
  cell("28.5", "nft", "firewalld", reloaded("28.5")),
  cell("28.5", "nft", "goes over to legacy", switched),
  cell("28.5", "legacy", "", { quick: true }),
  cell("28.5", "legacy", "no userland proxy", noProxy),
  cell("28.5", "legacy", "no ip6tables", noIp6tables),
  cell("28.5", "legacy", "routed network", routed),
  cell("28.5", "legacy", "a second network", second),
  cell("28.5", "legacy", "firewalld", reloaded("28.5")),
  cell("28.5", "legacy", "goes over to nft", switched),
];

export function nameOf({ engine, iptables, but }: Cell): string {
  return [`Docker ${engine}`, `iptables-${iptables}`, ...(but === "" ? [] : [but])].join(", ");
}
