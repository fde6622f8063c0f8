import type { DockerNetwork } from "@seawall/policy";
import { expect, test } from "vitest";
import {
  type FollowedJumps,
  followJumps,
  type JumpsRead,
  lostJumps,
  whileDockerIsAway,
} from "./lost-jumps.ts";
import { parseSave } from "./parse-save.ts";

function network(name: string, shortId: string): DockerNetwork {
  return {
    ...{ id: shortId.padEnd(64, "0"), name, driver: "bridge", bridge: `br-${shortId}` },
    ...{ subnets: [], labels: {}, internal: false },
  };
}

const shop = network("shop", "0a1b2c3d4e5f");
const vpn = network("vpn", "1a1b2c3d4e5f");

interface Host {
  /** Rules of filter, each with its chain. */
  readonly filter?: readonly string[];
  /** Of nat; absent: not printed. */
  readonly nat?: readonly string[];
  readonly networks?: readonly DockerNetwork[];
  readonly interfaces?: readonly string[];
  readonly engine?: string;
  readonly daemon?: string;
}

/** The text of `iptables-save -c` with these rules. */
function saved(table: string, rules: readonly string[]): string {
  const chains = [...new Set(rules.map((rule) => rule.split(" ")[0] ?? ""))];
  const lines = [...chains.map((name) => `:${name} - [0:0]`), ...rules.map((r) => `[0:0] -A ${r}`)];
  return [`*${table}`, ...lines, "COMMIT", ""].join("\n");
}

function readOf(host: Host, atMs: number): JumpsRead {
  const { filter = [], nat, networks = [shop, vpn], engine = "28.5.2", daemon } = host;
  const { interfaces = networks.map(({ bridge = "" }) => bridge) } = host;
  const text = (nat === undefined ? "" : saved("nat", nat)) + saved("filter", filter);
  return {
    ...{ engine, atMs, networks, interfaces, ...(daemon !== undefined && { daemon }) },
    found: { IPv4: parseSave("", "nft"), IPv6: parseSave(text, "nft") },
  };
}

/** What is said to be lost after readings that are so many seconds apart. */
function lostAfter(seconds: number, ...hosts: readonly Host[]): readonly string[] {
  let followed: FollowedJumps | undefined;
  let atMs = 0;
  for (const host of hosts) {
    followed = followJumps(followed, readOf(host, atMs));
    atMs += seconds * 1_000;
  }
  const lost = followed === undefined ? [] : lostJumps(followed, atMs - seconds * 1_000);
  return lost.map(({ family, text }) => `${family} ${text}`);
}

const ofShop = "FORWARD -o br-0a1b2c3d4e5f -j DOCKER";
const ofVpn = "FORWARD -o br-1a1b2c3d4e5f -j DOCKER";
const isolation = "FORWARD -j DOCKER-ISOLATION-STAGE-1";
const apart =
  "DOCKER-ISOLATION-STAGE-1 -i br-0a1b2c3d4e5f ! -o br-0a1b2c3d4e5f -j DOCKER-ISOLATION-STAGE-2";
const engine26 = { filter: ["FORWARD -j DOCKER-USER", isolation, ofShop, ofVpn, apart] };
const bridge28 = "DOCKER-BRIDGE -o br-0a1b2c3d4e5f -j DOCKER";
const steps28 = ["DOCKER-FORWARD -j DOCKER-CT", "DOCKER-FORWARD -j DOCKER-BRIDGE"];
const engine28 = { filter: ["FORWARD -j DOCKER-FORWARD", ...steps28, bridge28] };
const redirect = "PREROUTING -m addrtype --dst-type LOCAL -j DOCKER";
const nat = [redirect, "DOCKER -i docker0 -j RETURN"];

test.for<[string, Host, Host, readonly string[]]>([
  ["everything as it was", engine26, engine26, []],
  [
    "up to 26: iptables -F, and then a new network",
    engine26,
    { filter: [isolation, ofVpn] },
    [ofShop, apart],
  ],
  ["the jump that keeps networks apart", engine26, { filter: [ofShop, ofVpn, apart] }, [isolation]],
  ["what keeps one apart", engine26, { filter: [isolation, ofShop, ofVpn] }, [apart]],
  ["28: DOCKER-FORWARD emptied", engine28, { filter: engine28.filter.toSpliced(1, 2) }, steps28],
  ["28: DOCKER-BRIDGE emptied", engine28, { filter: engine28.filter.slice(0, -1) }, [bridge28]],
  ["28: all of it, chains too", engine28, {}, engine28.filter],
  ["nat flushed", { nat }, { nat: [] }, [`nat ${redirect}`]],
  ["nat not printed this time", { nat }, {}, []],
  ["Docker never had any", {}, {}, []],
  ["a network removed", engine26, { filter: [isolation, ofVpn], networks: [vpn] }, []],
  [
    "a network on its way out, its bridge gone already",
    engine26,
    { filter: [isolation, ofVpn], interfaces: ["br-1a1b2c3d4e5f"] },
    [],
  ],
  [
    "a network made anew with the same bridge, and internal now",
    engine26,
    { filter: [isolation, ofVpn], networks: [{ ...shop, id: "f".repeat(64) }, vpn] },
    [],
  ],
  ["another engine", engine26, { ...engine28, engine: "29.1.0" }, []],
  [
    "started anew, with other settings",
    { ...engine26, daemon: "7@1" },
    { filter: [isolation], daemon: "8@2" },
    [],
  ],
  [
    "the same one",
    { ...engine26, daemon: "7@1" },
    { filter: [isolation, ofVpn, apart], daemon: "7@1" },
    [ofShop],
  ],
  [
    "the same, not to be seen for a while",
    { ...engine26, daemon: "7@1" },
    { filter: [isolation, ofVpn, apart] },
    [ofShop],
  ],
  ["out of the swarm", { filter: ["FORWARD -j DOCKER-INGRESS"] }, {}, []],
  ["an interface that is no network's", { filter: ["FORWARD -o docker1 -j DOCKER"] }, {}, []],
  ["a jump to the policies", { filter: ["FORWARD -j DOCKER-USER"] }, {}, []],
])("%s", ([, first, then, expected]) => {
  const found = lostAfter(5, first, then, then);
  expect(found.toSorted()).toEqual(expected.map((text) => `IPv6 ${text}`).toSorted());
});

test("a daemon that was not to be seen for a while is not taken for another one, and another one is not taken for it", () => {
  const less = { filter: engine26.filter.slice(2) };
  const [first, second] = [{ daemon: "7@1" }, { daemon: "8@2" }];
  const lost = [`IPv6 ${isolation}`];
  expect(lostAfter(5, { ...engine26, ...first }, less, { ...less, ...first })).not.toEqual([]);
  expect(lostAfter(5, { ...engine26, ...first }, less, { ...less, ...second })).toEqual([]);
  const begun = { filter: [...less.filter, isolation] };
  expect(lostAfter(5, { ...begun, ...second }, { ...less, ...second }, less)).toEqual(lost);
});

test.for<[string, Host, readonly string[]]>([
  ["the same one", { daemon: "7@1" }, [`IPv6 ${isolation}`]],
  ["another one", { daemon: "8@2" }, []],
  ["one of two that can be seen, or of none", {}, []],
])("who answers after Docker was away: %s", ([, then, expected]) => {
  const less = { filter: engine26.filter.filter((rule) => rule !== isolation), ...then };
  const before = followJumps(undefined, readOf({ ...engine26, daemon: "7@1" }, 0));
  const back = followJumps(whileDockerIsAway(before), readOf(less, 5_000));
  const later = followJumps(back, readOf(less, 10_000));
  expect(lostJumps(later, 10_000).map(({ family, text }) => `${family} ${text}`)).toEqual(expected);
});

test("what Docker moves is not lost, nor what has come back", () => {
  const moved = { filter: engine26.filter.slice(2) };
  expect(lostAfter(2, engine26, moved, moved)).toEqual([]);
  expect(lostAfter(5, engine26, moved)).toEqual([]);
  expect(lostAfter(5, engine26, moved, engine26, moved)).toEqual([]);
});
