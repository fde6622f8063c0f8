import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { LabNode } from "@seawall/lab";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Opening } from "./core/opening.ts";
import type { Status } from "./core/status.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { systemClock } from "./edge/system-clock.ts";
import {
  closeWithAgent,
  hasRules,
  type OpenPorts,
  openMeanwhile,
  openWithAgent,
} from "./open-host.ts";
import type { Clock, Firewall } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";
import { type KernelAgent, shop, startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, nftText, savedText, setDockerTables } from "./testing/node-firewall.ts";

const kernels = useKernels(["kernel"]);
let node: LabNode;
let folder: string;
let found: string;
let ports: OpenPorts;

beforeAll(() => {
  node = kernels.node("kernel");
});

beforeEach(async () => {
  folder = kernels.folder();
  await node.run(["nft", "flush", "ruleset"]);
  await setDockerTables(node);
  found = await savedText(node);
  skippedMs = 0;
  ports = {
    ...{ openings: createOpenings(folder), lastGood: createLastGood(folder) },
    ...{ firewall: firewallOf(node), clock },
  };
});

const by = { uid: 1000, login: "alice" };
/** Time that has passed without anybody having waited for it. */
let skippedMs = 0;
const clock: Clock = {
  ...systemClock,
  moment: () => {
    const { boot, ms } = systemClock.moment();
    return { boot, ms: ms + skippedMs };
  },
};
const never = new AbortController().signal;

function opening(ttlMs: number, changes: Partial<Opening> = {}): Opening {
  const now = { since: clock.moment(), openedMs: clock.now() };
  return { ...now, ttlMs, reason: "the VPN is cut", by, hadRules: true, ...changes };
}

/** For what is waited for in vain. */
function quick(): OpenPorts {
  return { ...ports, clock: { ...clock, sleep: () => Promise.resolve() } };
}

function start(firewall: Firewall = firewallOf(node)): KernelAgent {
  return startKernelAgent({ firewall, connections: connectionsOf(node), folder, clock });
}

function becomes(agent: KernelAgent, state: Status["state"]): Promise<Status> {
  return agent.becomes((status) => status.state === state, state);
}

/** With a bundle in force. */
async function withRules(story: (agent: KernelAgent, rules: string) => Promise<void>) {
  await withAgent(start(), async (agent) => {
    agent.source.give(bundle(1));
    await becomes(agent, "InSync");
    expect(await hasRules(ports)).toBe(true);
    await story(agent, await savedText(node));
  });
}

describe("while a host is open", () => {
  it("nothing of ours is there, in neither family and table, and the host says why and until when", async () => {
    await withRules(async (agent) => {
      const open = opening(600_000);
      expect(await openWithAgent(ports, open, never)).toEqual({ kind: "open" });
      expect(await savedText(node)).toBe(found);
      const end = `${new Date(open.openedMs + 600_000).toISOString().slice(0, 19)}Z`;
      const status = await agent.observeNow();
      expect(status).toMatchObject({
        state: "Failed",
        conditions: [{ type: "Open", reason: "OpenedLocally" }],
        observed: { generation: 0 },
        accepted: { generation: 1 },
        policies: [],
        counters: [],
      });
      expect(status.conditions[0]?.message).toContain(`until ${end} at the latest: the VPN is cut`);
    });
  });

  it("other rules come and go without anybody minding", async () => {
    await withRules(async (agent) => {
      await openWithAgent(ports, opening(600_000), never);
      await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
      const before = await savedText(node);
      expect(await agent.observeNow()).toMatchObject({ drifts: [] });
      expect(await savedText(node)).toBe(before);
    });
  });

  it("a newer bundle waits, and is in force afterwards", async () => {
    await withRules(async (agent) => {
      await openWithAgent(ports, opening(600_000), never);
      agent.source.give(bundle(2));
      expect(await agent.observeNow()).toMatchObject({
        state: "Failed",
        accepted: { generation: 2 },
      });
      expect(await savedText(node)).toBe(found);
      await closeWithAgent(ports, opening(600_000), by, never);
      expect(await becomes(agent, "InSync")).toMatchObject({ observed: { generation: 2 } });
    });
  });

  it("what cannot become rules afterwards brings back those of before", async () => {
    await withRules(async (agent, rules) => {
      await openWithAgent(ports, opening(600_000), never);
      agent.docker.set([
        shop,
        { ...shop, id: `${shop.id.slice(0, 12)}f`, name: "twin", bridge: "br-twin" },
      ]);
      expect(await closeWithAgent(ports, opening(600_000), by, never)).toMatchObject({
        kind: "closed",
      });
      expect(await becomes(agent, "Failed")).toMatchObject({
        conditions: [{ message: expect.stringContaining("ids that begin alike") as string }, {}],
      });
      expect(await savedText(node)).toBe(rules);
    });
  });

  it("another agent keeps it open", async () => {
    await withRules(async () => {
      await openWithAgent(ports, opening(600_000), never);
    });
    await withAgent(start(), async (agent) => {
      expect(await agent.observeNow()).toMatchObject({ conditions: [{ type: "Open" }] });
      expect(await savedText(node)).toBe(found);
    });
  });
});

describe("it ends", () => {
  it("by itself, without a word from anybody", async () => {
    await withRules(async (agent, rules) => {
      await openWithAgent(ports, opening(6_000), never);
      const status = await becomes(agent, "InSync");
      expect(status.conditions).toMatchObject([{ type: "OpenedLately" }]);
      expect(await savedText(node)).toBe(rules);
    });
  });

  it("when somebody closes it, and that is kept", async () => {
    await withRules(async (_, rules) => {
      const open = opening(600_000);
      await openWithAgent(ports, open, never);
      expect(await closeWithAgent(ports, open, by, never)).toEqual({
        kind: "closed",
        message: "Closed. The rules are back.",
      });
      expect(await savedText(node)).toBe(rules);
      expect(await createOpenings(folder).read()).toMatchObject([{ ...open, closed: { by } }]);
    });
  });

  it("and is not called closed before both families have their rules", async () => {
    const real = firewallOf(node);
    let goOn: () => void = () => undefined;
    let mayWriteIPv6 = Promise.resolve();
    const firewall: Firewall = {
      ...real,
      apply: async (commit) => {
        if (commit.family === "IPv6") await mayWriteIPv6;
        return await real.apply(commit);
      },
    };
    await withAgent(start(firewall), async (agent) => {
      agent.source.give(bundle(1));
      await becomes(agent, "InSync");
      const [rules, open] = [await savedText(node), opening(600_000)];
      await openWithAgent(ports, open, never);
      mayWriteIPv6 = new Promise((resolve) => {
        goOn = resolve;
      });
      let looks = 0;
      const counted: Firewall = {
        ...ports.firewall,
        observe: async (look) => {
          const isHalf = (await savedText(node)).includes("SEAWALL");
          const reading = await ports.firewall.observe(look);
          if (isHalf) looks += 1;
          // It has had a whole look at one family with rules, and one without, and looks once more.
          if (looks === 2) goOn();
          return reading;
        },
      };
      try {
        const closed = await closeWithAgent({ ...ports, firewall: counted }, open, by, never);
        expect([closed.kind, await savedText(node)]).toEqual(["closed", rules]);
      } finally {
        goOn();
      }
    });
  });

  it("with a reboot, whatever the clock says", async () => {
    await withRules(async () => {
      await openWithAgent(ports, opening(600_000), never);
    });
    const [open] = await readOpenings();
    await rm(join(folder, "openings.json"));
    await createOpenings(folder).add({ ...open, since: { ...open.since, boot: "before" } });
    await withAgent(start(), async (agent) => {
      expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation: 1 } });
    });
  });

  async function readOpenings(): Promise<readonly [Opening, ...Opening[]]> {
    const openings = await createOpenings(folder).read();
    if (openings === "damaged") throw new Error("damaged");
    const [first, ...rest] = openings;
    if (first === undefined) throw new Error("never opened");
    return [first, ...rest];
  }
});

describe("with rules in nftables", () => {
  const nftables = bundle(1, "shop", { options: { enforcement: "nftables" } });

  it("the table goes, and comes back when the host is closed", async () => {
    await withAgent(start(), async (agent) => {
      agent.source.give(nftables);
      await becomes(agent, "InSync");
      const rules = await nftText(node);
      const open = opening(600_000);
      expect(await openWithAgent(ports, open, never)).toEqual({ kind: "open" });
      expect([await nftText(node), await savedText(node)]).toEqual(["", found]);
      expect(await closeWithAgent(ports, open, by, never)).toMatchObject({ kind: "closed" });
      await becomes(agent, "InSync");
      expect([await nftText(node), await savedText(node)]).toEqual([rules, found]);
    });
  });

  it("and so it does without an agent", async () => {
    await withAgent(start(), async (agent) => {
      agent.source.give(nftables);
      await becomes(agent, "InSync");
    });
    const rules = await nftText(node);
    const open = opening(600_000);
    await createOpenings(folder).add(open);
    await withAgent(start(), async (local) => {
      let whileOpen = "nobody was told";
      const ended = openMeanwhile(local, ports, open, never, () => {
        void nftText(node).then((text) => {
          whileOpen = text;
          skippedMs = open.ttlMs;
        });
      });
      expect(await ended).toEqual({ kind: "closed", message: "Closed. The rules are back." });
      expect([whileOpen, await nftText(node)]).toEqual(["", rules]);
    });
  });
});

describe("without an agent", () => {
  it("whoever opens the host puts the rules back when the time is over", async () => {
    let rules = "";
    await withRules((_, text) => {
      rules = text;
      return Promise.resolve();
    });
    const open = opening(600_000);
    await createOpenings(folder).add(open);
    await withAgent(start(), async (local) => {
      let whileOpen = "";
      const ended = openMeanwhile(local, ports, open, never, () => {
        void savedText(node).then((text) => {
          whileOpen = text;
          skippedMs = open.ttlMs;
        });
      });
      expect(await ended).toEqual({ kind: "closed", message: "Closed. The rules are back." });
      expect(whileOpen).toBe(found);
      expect(await savedText(node)).toBe(rules);
    });
  });

  it("and when interrupted", async () => {
    await withRules(() => Promise.resolve());
    const open = opening(600_000);
    await createOpenings(folder).add(open);
    const interrupted = new AbortController();
    await withAgent(start(), async (local) => {
      const ended = openMeanwhile(local, ports, open, interrupted.signal, () => {
        interrupted.abort();
      });
      expect(await ended).toEqual({ kind: "closed", message: "Closed. The rules are back." });
      expect(await createOpenings(folder).read()).toMatchObject([{ closed: { by } }]);
    });
  });

  it("and says so where that cannot be done", async () => {
    await withRules(() => Promise.resolve());
    const open = opening(600_000);
    await createOpenings(folder).add(open);
    const interrupted = new AbortController();
    interrupted.abort();
    const local = start();
    local.docker.fail();
    await withAgent(local, async () => {
      const ended = await openMeanwhile(local, quick(), open, interrupted.signal, () => undefined);
      expect(ended).toEqual({
        kind: "failed",
        message: "the rules are not back: away. Start the agent",
      });
    });
  });
});

it("an agent that does not hear is not taken at its word", async () => {
  // Nobody runs, and the lock says that somebody does.
  await withRules(() => Promise.resolve());
  expect(await openWithAgent(quick(), opening(600_000), never)).toMatchObject({
    kind: "failed",
    message: expect.stringContaining("has not taken its rules away within 15 s") as string,
  });
});

it("nor one that puts nothing back", async () => {
  expect(await closeWithAgent(quick(), opening(600_000), by, never)).toMatchObject({
    kind: "failed",
    message: expect.stringContaining("has not put its rules back within 15 s") as string,
  });
});
