import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { oneList, type ResolvedState } from "@seawall/policy";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { renderIn } from "./core/render-in.ts";
import { emptyRuleset, families, type Ruleset } from "./core/ruleset.ts";
import { at, bridge, denyRest, manyHosts, rule, state } from "./core/testing/state-parts.ts";
import type { EnforceState } from "./enforce.ts";
import type { Firewall, Look } from "./ports.ts";
import { newAgent, pass } from "./testing/agent-passes.ts";
import { startFlood } from "./testing/flood.ts";
import {
  firewallOf,
  inIptables,
  inNftables,
  nftText,
  savedText,
  setDockerTables,
} from "./testing/node-firewall.ts";

/** A steady stream of each family is denied all the time, whatever the table goes through. */
let lab: Lab;
let node: LabNode;
let firewall: Firewall;
let folder: string;

// What is written in a wrong order lets the stream through each time.
const updates = 10;
const switches = 2;

const sinks = { IPv4: "203.0.113.9", IPv6: "2001:db8:bad::9" } as const;
const prefixes = { IPv4: "203.0.113.0/24", IPv6: "2001:db8:bad::/64" } as const;
const shop = "br-0a1b2c3d4e5f";

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  // Debian 13: its nft is the oldest that reads what newer ones write.
  lab = await startLab({
    engine: "26.1",
    hosts: [],
    nodes: [{ name: "kernel" }, { name: "client" }],
  });
  node = lab.node("kernel");
  firewall = firewallOf(node);
  await node.run(["ip", "link", "add", shop, "type", "bridge"]);
  await node.run(["ip", "link", "set", shop, "up"]);
  await node.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  await node.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]);
  for (const family of families) {
    const via = family === "IPv4" ? node.ipv4 : node.ipv6;
    await node.run(["ip", "route", "add", prefixes[family], "dev", shop]);
    await client().run(["ip", "route", "add", prefixes[family], "via", via]);
  }
});

afterAll(async () => {
  await lab.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-nft-"));
  await node.run(["nft", "flush", "ruleset"]);
  return () => rm(folder, { recursive: true });
});

async function bring(
  ruleset: Ruleset,
  before?: EnforceState,
  look: Look = inNftables,
): Promise<EnforceState> {
  return (await pass({ firewall, folder, look }, ruleset, before)).state;
}

const client = () => lab.node("client");

/** Behind everything else, as Docker would have it: what comes here is through. */
async function startMeter(): Promise<void> {
  await setDockerTables(node);
  for (const family of ["iptables-nft", "ip6tables-nft"]) {
    await node.run([family, "-A", "FORWARD", "-p", "udp", "--dport", "5000", "-j", "ACCEPT"]);
  }
  const input = `
    add table inet ear
    add chain inet ear passed { type filter hook forward priority 100; }
    add rule inet ear passed meta nfproto ipv4 udp dport 5000 counter
    add rule inet ear passed meta nfproto ipv6 udp dport 5000 counter
  `;
  await node.run(["nft", "-f", "-"], { input });
}

/** Of IPv4, and of IPv6. */
async function passed(): Promise<readonly number[]> {
  const listed = await node.run(["nft", "list", "table", "inet", "ear"]);
  return [...listed.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
}

async function passedSince(before: readonly number[]): Promise<readonly number[]> {
  return (await passed()).map((count, at) => count - (before[at] ?? 0));
}

function areAbove(counts: readonly number[], least: number): boolean {
  return counts.length === families.length && counts.every((count) => count > least);
}

async function underStream(story: () => Promise<void>): Promise<void> {
  await startMeter();
  const flood = await startFlood(client(), ...Object.values(sinks));
  try {
    await eventually(async () => areAbove(await passed(), 1000), {
      what: "the streams to be metered",
    });
    await story();
    const before = await passed();
    await eventually(async () => areAbove(await passedSince(before), 0), {
      what: "the streams to go on",
    });
  } finally {
    await flood.stop();
  }
}

/** Lets in others, as many as say so, and never the stream. */
function closed(count: number): ResolvedState {
  const sixes = Array.from(
    { length: 40 },
    (_, n) => `fd10:${String(count + 1)}::${String(2 * n + 1)}/128`,
  );
  const from = at(manyHosts(40, `10.${String(count % 200)}.0`), sixes);
  const rules = [
    rule(`others-${String(count % 3)}`, { from, ports: [{ kind: "port", protocol: "UDP" }] }),
  ];
  return state(bridge("shop", { ingress: oneList({ rules, ...denyRest }) }));
}

function rendered(backend: "nftables" | "iptables", count: number): Ruleset {
  const result = renderIn(backend, closed(count), { ipset: "available" });
  if (result.kind === "refused") throw new Error(result.problems.join("; "));
  return result.ruleset;
}

async function denied(): Promise<readonly number[]> {
  const counts = families.map(async (family) => {
    const chain = `${family.toLowerCase()}-I-0a1b2c3d4e5f`;
    const listed = await node.run(["nft", "list", "chain", "inet", "seawall", chain]);
    return Number(/counter packets (\d+) .* drop/.exec(listed)?.[1]);
  });
  return await Promise.all(counts);
}

test(`${String(updates)} updates of rules and sets: none passes`, {
  timeout: 600_000,
}, async () => {
  await underStream(async () => {
    let state = await bring(rendered("nftables", 0));
    const before = await passed();
    for (let count = 1; count <= updates; count += 1) {
      state = await bring(rendered("nftables", count), state);
    }
    expect(await passedSince(before)).toEqual([0, 0]);
    // Counted anew since the last update, for which the stream may have paused.
    await eventually(async () => areAbove(await denied(), 0), {
      what: "the streams to be denied",
    });
    await bring(emptyRuleset, state);
  });
});

test(`${String(switches)} switches of the backend, there and back: none passes`, {
  timeout: 600_000,
}, async () => {
  await underStream(async () => {
    let state = await bring(rendered("iptables", 0), newAgent, inIptables);
    const before = await passed();
    for (let count = 1; count <= switches; count += 1) {
      state = await bring(rendered("nftables", count), state, inNftables);
      expect(await savedText(node)).not.toContain("SEAWALL");
      state = await bring(rendered("iptables", count), state, { ...inIptables, nft: "yes" });
      expect(await nftText(node)).not.toContain("seawall");
    }
    expect(await passedSince(before)).toEqual([0, 0]);
    await bring(emptyRuleset, state, inIptables);
  });
});

test("rules that go before others come are seen by the meter", async () => {
  await underStream(async () => {
    let state = await bring(rendered("nftables", 0));
    const before = await passed();
    const isSeen = async () => {
      const without = await bring(emptyRuleset, state);
      state = await bring(rendered("nftables", 1), without);
      return areAbove(await passedSince(before), 0);
    };
    // Once is enough, but for a pause of the stream.
    await eventually(isSeen, { what: "the meter to see what passed in between" });
    await bring(emptyRuleset);
  });
});
