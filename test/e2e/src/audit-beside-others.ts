import { probeUdp } from "@seawall/lab";
import { describe, expect, test } from "vitest";
import { hostStatus, inSyncWithDocker } from "./host-status.ts";
import { met, open, type ShopFleet } from "./shop-fleet.ts";
import { enforceOn, families, policy } from "./sites.ts";

/** By policy and rule, `would deny` where it only counts: how many packets of each family. */
type Counts = Readonly<Record<string, number>>;

interface Case {
  readonly name: string;
  readonly manifests: string;
  /** What three datagrams from outside add. Nothing else counts. */
  readonly counted: Counts;
}

const datagrams = 3;
const shop = "  networkSelector: {names: [shop]}";

function ingress(name: string, more: string, body: string): string {
  return policy(name, `${shop}\n${more}  ingress: {${body}}`);
}
const rule = (action: string) =>
  `rules: [{name: dns, action: ${action}, ports: [{protocol: UDP, port: 53}]}]`;
const audited = (priority: number, body: string, name = "look") =>
  ingress(name, `  mode: Audit\n  priority: ${String(priority)}\n`, body);
const enforced = (priority: number, body: string) =>
  ingress("law", `  priority: ${String(priority)}\n`, body);

const cases: readonly Case[] = [
  {
    name: "behind an Allow nothing is counted",
    manifests: enforced(1, rule("Allow")) + audited(2, rule("Deny")),
    counted: { "law/dns": datagrams },
  },
  {
    name: "before an Allow",
    manifests: audited(1, rule("Deny")) + enforced(2, rule("Allow")),
    counted: { "look/dns would deny": datagrams, "law/dns": datagrams },
  },
  {
    name: "behind a Deny nothing is counted",
    manifests: enforced(1, rule("Deny")) + audited(2, rule("Deny")),
    counted: { "law/dns": datagrams },
  },
  {
    name: "before a Deny it is counted, and denied all the same",
    manifests: audited(1, rule("Deny")) + enforced(2, rule("Deny")),
    counted: { "look/dns would deny": datagrams, "law/dns": datagrams },
  },
  {
    name: "two in Audit: where the first would have ended it",
    manifests:
      audited(1, rule("Reject")) +
      audited(2, rule("Deny"), "look-again") +
      enforced(3, rule("Allow")),
    counted: { "look/dns would deny": datagrams, "law/dns": datagrams },
  },
  {
    name: "an Allow in Audit keeps another in Audit from counting, opens nothing, and says what it has matched",
    manifests:
      audited(1, rule("Allow")) +
      audited(2, "defaultAction: Deny", "look-again") +
      enforced(3, rule("Deny")),
    counted: { "look/dns": datagrams, "law/dns": datagrams },
  },
  {
    name: "a default beside an enforced default that denies counts nothing",
    manifests: audited(1, "defaultAction: Deny") + enforced(2, "defaultAction: Reject"),
    counted: { "law/default": datagrams },
  },
  {
    name: "a default beside one that allows",
    manifests: audited(1, "defaultAction: Deny") + enforced(2, "defaultAction: Allow"),
    counted: { "look/default would deny": datagrams },
  },
];

/** On alpha, and told by what its kernel has counted. */
export function auditBesideOthers(fleet: () => ShopFleet): void {
  describe("Audit beside other policies: each packet is counted where it would have ended", () => {
    test.for(cases)("$name", async ({ manifests, counted }) => {
      await enforceOn(fleet().fleet, manifests);
      const before = await countsOf(fleet());
      await send(fleet(), datagrams);
      expect(grown(before, await countsOf(fleet()))).toEqual({ v4: counted, v6: counted });
    });

    test("of egress and ingress the one that comes first", async () => {
      const { fleet: all, alpha, app } = fleet();
      const leaving = (mode: string) =>
        policy(
          "leaving",
          `  networkSelector: {names: [other]}\n  mode: ${mode}\n  egress: {defaultAction: Deny}`,
        );
      const coming = audited(1, "defaultAction: Deny");
      const told = async (manifests: string) => {
        await enforceOn(all, manifests);
        const before = await countsOf(fleet());
        await send(fleet(), datagrams, app, alpha);
        return grown(before, await countsOf(fleet()));
      };
      const [first, ended] = [
        { "leaving/default would deny": datagrams },
        { "leaving/default": datagrams },
      ];
      expect(await told(leaving("Audit") + coming)).toEqual({ v4: first, v6: first });
      expect(await told(leaving("Enforce") + coming)).toEqual({ v4: ended, v6: ended });
    });

    test("a whole host in Audit: in their order, and nothing is denied", async () => {
      const { fleet: all, alpha, client } = fleet();
      await enforceOn(
        all,
        ingress("law", "  priority: 1\n", rule("Deny")) +
          ingress("last", "  priority: 2\n", "defaultAction: Reject"),
      );
      await all.mustSeawall(["set", "host", "alpha", "--mode", "Audit"]);
      try {
        await all.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
        const before = await countsOf(fleet());
        await send(fleet(), datagrams);
        expect(await met(client, alpha, 3306)).toEqual(open);
        const all3 = { "law/dns would deny": datagrams, "last/default would deny": 1 };
        expect(grown(before, await countsOf(fleet()))).toEqual({ v4: all3, v6: all3 });
      } finally {
        await all.mustSeawall(["set", "host", "alpha", "--mode", "Enforce"]);
      }
    });

    test("what was counted stays counted when the agent starts anew, and rules count while it is away", async () => {
      const { fleet: all } = fleet();
      const law = (port: number) =>
        enforced(
          2,
          `rules: [{name: dns, action: Allow, ports: [{protocol: UDP, port: 53}, {port: ${String(port)}}]}]`,
        );
      await enforceOn(all, audited(1, rule("Deny")) + law(1));
      const before = await countsOf(fleet());
      await send(fleet(), 3);
      // What is read until then stays counted: its chain is written anew, and begins at zero.
      await inSyncWithDocker(all, "alpha");
      await enforceOn(all, audited(1, rule("Deny")) + law(2));
      await send(fleet(), 2);
      await all.stopAgent("alpha");
      await send(fleet(), 4);
      await all.startAgent("alpha");
      await inSyncWithDocker(all, "alpha");
      await send(fleet(), 1);
      const sum = { "look/dns would deny": 10, "law/dns": 10 };
      expect(grown(before, await countsOf(fleet()))).toEqual({ v4: sum, v6: sum });
    });
  });
}

/** So many datagrams over each family, each the first of a conversation that nobody answers. */
async function send(
  { client, alpha }: ShopFleet,
  count: number,
  from: Parameters<typeof probeUdp>[0] = client,
  to: Pick<ShopFleet["alpha"], "ipv4" | "ipv6"> = alpha,
): Promise<void> {
  const each = Array.from({ length: count }, () => [to.ipv4, to.ipv6]).flat();
  await Promise.all(
    each.map((address) => probeUdp(from, { address, port: 5353 }, { timeoutMs: 100 })),
  );
}

type ByFamily = Readonly<Record<"v4" | "v6", Counts>>;

async function countsOf({ fleet }: ShopFleet): Promise<ByFamily> {
  // The host has looked at its rules then.
  await inSyncWithDocker(fleet, "alpha");
  const { counters } = await hostStatus(fleet, "alpha");
  const of = (family: string) => {
    const counts: Record<string, number> = {};
    for (const one of counters.filter((counter) => counter.family === family && !counter.guard)) {
      const name = `${one.policy}/${one.rule}${one.audited ? " would deny" : ""}`;
      counts[name] = (counts[name] ?? 0) + one.packets;
    }
    return counts;
  };
  return { v4: of("IPv4"), v6: of("IPv6") };
}

function grown(before: ByFamily, after: ByFamily): ByFamily {
  const of = (family: "v4" | "v6") =>
    Object.fromEntries(
      Object.entries(after[family])
        .map(([name, count]) => [name, count - (before[family][name] ?? 0)] as const)
        .filter(([, count]) => count !== 0),
    );
  const [v4, v6] = families.map(of);
  return { v4: v4 ?? {}, v6: v6 ?? {} };
}
