import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { happenings } from "./happenings.ts";
import { agentInSync, closed, enforce, type LeakHost, switchGuardsOff } from "./leak-host.ts";
import { applyEach, blocked, groupRevisions, openBut, policyRevisions } from "./revisions.ts";
import { type Setting, settings, startSettings } from "./settings.ts";
import { expectNothing, expectThrough, watch, ways } from "./watch.ts";

/**
 * What is denied stays denied, whatever happens to the host: streams of packets, and 0 get through. Each
 * time the meter first shows that it sees what is not denied, and the hole that a guard closes.
 */
let sites: ReadonlyMap<Setting, LeakHost> = new Map();

beforeAll(async () => {
  sites = await startSettings();
}, 300_000);

afterAll(async () => {
  await Promise.all([...sites.values()].map(({ fleet }) => fleet.stop()));
}, 60_000);

const siteOf = (setting: Setting, context: TestContext): LeakHost =>
  sites.get(setting) ?? context.skip("this engine cannot be had today");

describe.each(settings)("Docker %s", (setting) => {
  const tried = happenings.filter(({ opens }) => opens[setting] !== undefined);
  const holes = tried.filter(({ opens }) => opens[setting]?.length !== 0);

  test("nothing denied: the meter sees packets on every way", async (context) => {
    const site = siteOf(setting, context);
    expectThrough(await watch(site, (throughAll) => throughAll()), ways);
  });

  describe("without guards the meter sees the hole", () => {
    beforeAll(async () => {
      const site = sites.get(setting);
      if (site === undefined) return;
      await enforce(site.fleet, closed(site.host.name));
      await switchGuardsOff(site);
    }, 60_000);

    // A hole of 10 ms may fall into a pause of the senders, on a busy machine.
    test.for(holes)("$name", { retry: 2 }, async ({ unguarded, opens, watched }, context) => {
      const site = siteOf(setting, context);
      const seen = await watch(site, (throughAll) => unguarded(site, throughAll), watched);
      expectThrough(seen, opens[setting] ?? []);
    });
  });

  describe("0 packets through", () => {
    beforeAll(async () => {
      const site = sites.get(setting);
      if (site === undefined) return;
      await site.fleet.startAgent(site.host.name);
      await agentInSync(site);
    }, 60_000);

    test.for(tried)("$name", async ({ happen, watched }, context) => {
      const site = siteOf(setting, context);
      expectNothing(await watch(site, () => happen(site), watched));
    });

    test("the agent is killed and started", async (context) => {
      const site = siteOf(setting, context);
      const seen = await watch(site, async () => {
        await site.fleet.stopAgent(site.host.name, "SIGKILL");
        await site.fleet.startAgent(site.host.name);
        await agentInSync(site);
      });
      expectNothing(seen);
    });
  });
});

describe("the rules change all the time: 0 packets through", () => {
  // One of each kind is enough, and leaves the machine to the agent.
  const watched = [
    "udp v4 published",
    "udp v6 container",
    "udp v4 outwards",
    "tcp v4 container",
    "tcp v6 published",
  ] as const;

  test("an address group changes 100 times", async (context) => {
    const site = siteOf("20.10", context);
    await enforce(site.fleet, blocked(site, 0) + openBut("Deny", site.host.name));
    const changes = groupRevisions(site);
    expectNothing(await watch(site, () => applyEach(site, changes), watched));
  });

  test("a policy is updated 100 times", async (context) => {
    const site = siteOf("20.10", context);
    const changes = policyRevisions(site);
    expectNothing(await watch(site, () => applyEach(site, changes), watched));
  });
});

describe("not there yet", () => {
  test.todo("firewalld reloads: 0 packets through");
  test.todo("every table is flushed, guards included: the time to repair");
});
