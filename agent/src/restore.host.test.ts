import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LabNode } from "@seawall/lab";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import type { BundleRecord } from "./ports.ts";
import { restore } from "./restore.ts";
import { bundle, network, openFake } from "./testing/fakes.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import {
  execWithoutNflog,
  firewallOf,
  nftText,
  savedText,
  setFilter,
  useAlternative,
} from "./testing/node-firewall.ts";

const kernels = useKernels(["kernel", "legacy", "switched"]);
let node: LabNode;
let folder: string;

beforeAll(() => {
  node = kernels.node("kernel");
});

const builtIn = [":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];

beforeEach(async () => {
  folder = kernels.folder();
  // As a host is before Docker has run on it since its start.
  await node.run(["nft", "flush", "ruleset"]);
  for (const family of ["IPv4", "IPv6"] as const) await setFilter(node, family, builtIn);
});

const snapshot = {
  bootId: "the boot before",
  backend: "iptables-nft",
  networks: [network("shop", "0a1b2c3d4e5f")],
  interfaces: ["lo", "eth0", "br-0a1b2c3d4e5f"],
  bindings: [{ protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 3306, network: "shop" } as const],
};

const restoreNow = (boot = "this boot", firewall = firewallOf(node)) =>
  restore({
    firewall,
    lastGood: createLastGood(folder),
    snapshots: createHostSnapshots(folder),
    rulesRecords: createRulesRecords(folder),
    openBundle: openFake,
    openings: createOpenings(folder),
    clock: { now: () => 1_700_000_000_000, moment: () => ({ boot, ms: 60_000 }) },
  });

function confirmed(generation: number): BundleRecord {
  return { newest: bundle(generation), standing: { kind: "confirmed" } };
}

async function rulesOf(...argv: readonly string[]): Promise<string> {
  return await node.run(["iptables-nft", ...argv, "-S"]);
}

describe("before Docker runs", () => {
  it("nothing is touched on a host without a bundle", async () => {
    const found = await savedText(node);
    expect(await restoreNow()).toEqual({ kind: "nothing" });
    expect(await savedText(node)).toBe(found);
  });

  it("the last good rules stand, in both tables, led to from FORWARD and INPUT", async () => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store(snapshot);
    expect(await restoreNow()).toEqual({ kind: "restored", generation: 7 });
    const filter = await rulesOf();
    expect(filter).toMatch(/^-A FORWARD -j DOCKER-USER$/m);
    expect(filter).toMatch(/^-A SEAWALL-I-0a1b2c3d4e5f .*p\/default" -j DROP$/m);
    expect(filter).toMatch(/^-A SEAWALL-PORT -p tcp .*--dport 3306 .*-j DROP$/m);
    const security = await rulesOf("-t", "security");
    expect(security).toMatch(/^-A FORWARD .*-j SEAWALL$/m);
    expect(security).toMatch(/^-A SEAWALL-I-0a1b2c3d4e5f .*p\/default" -j DROP$/m);
  });

  it("they stand where Docker is going to have its own, if nobody knows where it had them", async () => {
    const legacy = kernels.node("legacy");
    for (const tool of ["iptables", "ip6tables"] as const) {
      await useAlternative(legacy, tool, "legacy");
    }
    await createLastGood(folder).store(confirmed(7));
    expect(await restoreNow("this boot", firewallOf(legacy))).toMatchObject({ kind: "held" });
    expect(await legacy.run(["iptables-legacy", "-S", "DOCKER-USER"])).toContain("-j SEAWALL");
    expect(await legacy.run(["nft", "list", "tables"])).toBe("");
  });

  it.each([
    ["the record of our table", { table: "created" }, snapshot],
    ["the host as it was", {}, { ...snapshot, backend: "nftables" }],
  ] as const)(
    "they stand in nftables where they were kept there, told by %s",
    async (_, footprint, before) => {
      const found = await savedText(node);
      await createLastGood(folder).store(confirmed(7));
      await createLastGood(folder).storeFootprint(footprint);
      await createHostSnapshots(folder).store(before);
      expect(await restoreNow()).toEqual({ kind: "restored", generation: 7 });
      const table = await nftText(node);
      expect(table).toMatch(/tcp dport 3306 .*drop/);
      expect(table).toMatch(
        /chain ipv4-I-0a1b2c3d4e5f \{\n.* log .*\n.* drop comment ".* p\/default"/,
      );
      expect(table).toMatch(
        /chain ipv6-NEW-I \{\n.*\n.* log .*\n.* drop comment ".* held: a bridge/,
      );
      expect(await savedText(node)).toBe(found);
    },
  );

  it("they stand where Docker had its rules last, whatever `iptables` is", async () => {
    const switched = kernels.node("switched");
    await createLastGood(folder).store(confirmed(7));
    const backend = "iptables-legacy, ip6tables-nft";
    await createHostSnapshots(folder).store({ ...snapshot, backend });
    expect(await restoreNow("this boot", firewallOf(switched))).toEqual({
      kind: "restored",
      generation: 7,
    });
    expect(await switched.run(["iptables-legacy", "-S", "DOCKER-USER"])).toContain("-j SEAWALL");
    expect(await switched.run(["ip6tables-nft", "-S", "DOCKER-USER"])).toContain("-j SEAWALL");
    const tables = await switched.run(["nft", "list", "tables"]);
    expect(tables.trim().split("\n").sort()).toEqual(["table ip6 filter", "table ip6 security"]);
    expect(await switched.run(["cat", "/proc/net/ip6_tables_names"])).toBe("");
  });

  const why = { kind: "unreachable", reason: "NobodyReachable", message: "no answer" } as const;
  const reverted = { kind: "reverted", why, atMs: 5, helped: true } as const;

  it.each<[string, BundleRecord, object]>([
    [
      "one on trial stands, to be confirmed by the agent or taken back",
      { newest: bundle(8), standing: { kind: "trial", since: { boot: "before", ms: 1 } } },
      { kind: "restored", generation: 8 },
    ],
    [
      "one that was taken back gives way to the one before it",
      { newest: bundle(8), standing: reverted, confirmed: bundle(7) },
      { kind: "restored", generation: 7 },
    ],
    [
      "one in its second trial gives way as well",
      {
        newest: bundle(8),
        standing: { kind: "trial", since: { boot: "before", ms: 1 }, blamed: why },
        confirmed: bundle(7),
      },
      { kind: "restored", generation: 7 },
    ],
    [
      "one that was taken back and was the only one is not there",
      { newest: bundle(8), standing: reverted },
      { kind: "nothing" },
    ],
  ])("%s", async (_, record, outcome) => {
    await createLastGood(folder).store(record);
    await createHostSnapshots(folder).store(snapshot);
    expect(await restoreNow()).toEqual(outcome);
  });

  it.each([
    ["nothing is touched on a host that was opened in this boot", "this boot", "open"],
    ["an opening from before the reboot is over", "the boot before", "restored"],
  ])("%s", async (_, boot, kind) => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store(snapshot);
    await createOpenings(folder).add({
      ...{ since: { boot, ms: 1 }, ttlMs: 600_000, reason: "r", by: { uid: 0, login: "root" } },
      ...{ openedMs: 1_700_000_000_000, hadRules: true },
    });
    expect(await restoreNow()).toMatchObject({ kind });
  });

  it("they stand where nobody can be told of a denial, too", async () => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store(snapshot);
    const without = firewallOf(node, execWithoutNflog);
    expect(await restoreNow("this boot", without)).toEqual({ kind: "restored", generation: 7 });
    expect(await rulesOf()).toMatch(/^-A SEAWALL-I-0a1b2c3d4e5f .*p\/default" -j DROP$/m);
    expect(await rulesOf()).not.toContain("NFLOG");
  });

  it("they stand in nftables where nobody can be told of a denial, too", async () => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store({ ...snapshot, backend: "nftables" });
    const without = firewallOf(node, execWithoutNflog);
    expect(await restoreNow("this boot", without)).toEqual({ kind: "restored", generation: 7 });
    const table = await nftText(node);
    expect(table).toMatch(/drop comment ".* p\/default"/);
    expect(table).not.toContain("log prefix");
  });

  it("what an earlier boot has left is replaced, what this one has written stays", async () => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store(snapshot);
    await restoreNow();
    const restored = await savedText(node);
    // As a service that saves all rules and restores them at boot would bring back.
    await node.run(["iptables-nft", "-A", "SEAWALL-IN", "-s", "192.0.2.1", "-j", "RETURN"]);
    expect(await restoreNow("the boot before")).toEqual({ kind: "inForce" });
    expect(await savedText(node)).not.toBe(restored);
    expect(await restoreNow()).toEqual({ kind: "restored", generation: 7 });
    expect((await savedText(node)).split("\n").sort()).toEqual(restored.split("\n").sort());
  });

  it.each([
    ["a bundle that cannot be read", "last-good.json", "is damaged"],
    ["a host of which nothing is known", "host-snapshot.json", "what this host was like before"],
  ])("%s holds everything", async (_, damaged, reason) => {
    await createLastGood(folder).store(confirmed(7));
    await createHostSnapshots(folder).store(snapshot);
    await writeFile(join(folder, damaged), "{");
    expect(await restoreNow()).toEqual({
      kind: "held",
      reason: expect.stringContaining(reason) as string,
    });
    const filter = await rulesOf();
    expect(filter).toMatch(/^-A SEAWALL-I-000000000000 .*-j DROP$/m);
    expect(filter).toMatch(/^-A SEAWALL-NEW-I .*-j DROP$/m);
  });
});
