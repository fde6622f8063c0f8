import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type LabNode } from "@seawall/lab";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Reached } from "./core/standing.ts";
import type { Status } from "./core/status.ts";
import { makeHostKeys, publicKeysOf } from "./edge/certificate-request.ts";
import { certificatePem } from "./edge/pem.ts";
import { createReach } from "./edge/reach.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Reach } from "./ports.ts";
import { bundle, network } from "./testing/fakes.ts";
import { type KernelAgent, shop, startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, nftText, savedText, setDockerTables } from "./testing/node-firewall.ts";
import { TestCa } from "./testing/test-ca.ts";
import { TestController } from "./testing/test-controller.ts";
import { TestNats } from "./testing/test-nats.ts";

const kernels = useKernels(["kernel"]);
let node: LabNode;
let folder: string;

beforeAll(() => {
  node = kernels.node("kernel");
});

beforeEach(async () => {
  folder = kernels.folder();
  await node.run(["nft", "flush", "ruleset"]);
  await setDockerTables(node);
});

/** The way to the controller goes through this network: rules about it cut the host off. */
const vpn = network("vpn", "1a1b2c3d4e5f");
const confirmTimeoutMs = 1_500;

/** What a host finds whose controller is behind the network vpn, by what its kernel has now. */
const behindVpn: Reach = {
  isLive: () => true,
  attempt: async () =>
    denies(vpn).test(await savedText(node)) || (await tableLines()).some(deniesInTable(vpn))
      ? { kind: "unreachable", reason: "NobodyReachable", message: "nobody answers" }
      : { kind: "reached" },
};

/** As `behindVpn`, but the link is down for good once it was cut: what was taken back is not tried again. */
function behindBrittleVpn(): Reach {
  let broken: Reached | undefined;
  return {
    ...behindVpn,
    attempt: async (signal) => {
      const found = await behindVpn.attempt(signal);
      if (found.kind === "unreachable") broken = found;
      return broken ?? found;
    },
  };
}

/** By the policy: what Docker leads to a container that is not known is held on every bridge. */
function denies({ id }: { readonly id: string }): RegExp {
  return new RegExp(`^-A SEAWALL-I-${id.slice(0, 12)} .*p/default" -j DROP$`, "m");
}

/** Of our table, without counters; in what order its parts are listed depends on when each was made. */
async function tableLines(): Promise<readonly string[]> {
  return (await nftText(node)).split(/^\t(?=chain |map |set )/m).toSorted();
}

function deniesInTable({ id }: { readonly id: string }): (part: string) => boolean {
  return (part) =>
    part.startsWith(`chain ipv4-I-${id.slice(0, 12)} `) && /p\/default"$/m.test(part);
}

function start(reach: Reach = behindVpn, timeoutMs = confirmTimeoutMs): KernelAgent {
  return startKernelAgent({
    ...{ firewall: firewallOf(node), connections: connectionsOf(node), folder },
    ...{ reach, confirmTimeoutMs: timeoutMs },
    networks: [shop, vpn],
    clock: systemClock,
  });
}

function becomes(agent: KernelAgent, state: Status["state"]): Promise<Status> {
  return agent.becomes((status) => status.state === state, state);
}

/** Taken back for the second time. */
function revertedForGood(agent: KernelAgent): Promise<Status> {
  return agent.becomes(
    ({ conditions: [worst] }) => worst?.message.includes("It never comes back") === true,
    "a bundle to be given up",
  );
}

describe("a bundle that cuts the host off", () => {
  it("is taken back in both families and tables, said to be, and gives way to a newer one", async () => {
    await withAgent(start(), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      expect(await becomes(agent, "InSync")).toMatchObject({ accepted: { generation: 1 } });
      const good = await savedText(node);
      agent.source.give(bundle(2, "vpn"));
      const status = await revertedForGood(agent);
      expect(status).toMatchObject({
        conditions: [{ type: "Reverted", reason: "NobodyReachable" }],
        observed: { generation: 1, revision: 11 },
        accepted: { generation: 2, revision: 12 },
        policies: [{ policy: "p", networks: ["shop"] }],
      });
      expect(await savedText(node)).toBe(good);
      // In force, and said not to be there to stay, before it was taken back.
      expect(agent.reports.all()).toContainEqual(
        expect.objectContaining({
          state: "Applying",
          conditions: [expect.objectContaining({ reason: "Confirming" })],
          observed: expect.objectContaining({ generation: 2 }) as unknown,
        }),
      );
      agent.source.give(bundle(3, "shop"));
      expect(await becomes(agent, "InSync")).toMatchObject({ observed: { generation: 3 } });
    });
  });

  it("is not there after a restart, nor after a reboot", async () => {
    await withAgent(start(), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await becomes(agent, "InSync");
      agent.source.give(bundle(2, "vpn"));
      await revertedForGood(agent);
    });
    await withAgent(start(), async (agent) => {
      agent.source.give(bundle(2, "vpn"));
      expect(await agent.look()).toMatchObject({ state: "Reverted", observed: { generation: 1 } });
    });
    await setDockerTables(node);
    await withAgent(start(), async (agent) => {
      expect(await agent.look()).toMatchObject({ state: "Reverted", observed: { generation: 1 } });
      expect(await savedText(node)).toMatch(denies(shop));
      expect(await savedText(node)).not.toMatch(denies(vpn));
    });
  });

  it("gives way to nothing where it was the first", async () => {
    const found = await savedText(node);
    await withAgent(start(), async (agent) => {
      agent.source.give(bundle(1, "vpn"));
      expect(await revertedForGood(agent)).toMatchObject({
        observed: { generation: 0 },
        policies: [],
      });
      expect(await savedText(node)).toBe(found);
    });
  });

  it("is confirmed by connections made under it, however often a host's own changes are written meanwhile", async () => {
    let attempts = 0;
    let answer: (found: Reached) => void = () => undefined;
    const slow = new Promise<Reached>((resolve) => {
      answer = resolve;
    });
    const reach: Reach = {
      isLive: () => true,
      attempt: () => {
        attempts += 1;
        return slow;
      },
    };
    await withAgent(start(reach, 60_000), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await eventually(() => Promise.resolve(attempts === 1), { what: "the first try" });
      const again = network("shop", "aaaaaaaaaaaa");
      agent.docker.set([again, vpn]);
      await eventually(async () => denies(again).test(await savedText(node)), {
        what: "the rules of the new network",
      });
      await agent.observeNow();
      expect(attempts).toBe(1);
      answer({ kind: "reached" });
      await becomes(agent, "InSync");
    });
  });

  it("is taken back by the next agent, if the first ended in the middle", async () => {
    await withAgent(start(behindVpn, 60_000), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await becomes(agent, "InSync");
      agent.source.give(bundle(2, "vpn"));
      await eventually(async () => denies(vpn).test(await savedText(node)), {
        what: "the rules to be in force",
      });
    });
    expect(await readFile(join(folder, "last-good.json"), "utf8")).toContain('"kind":"trial"');
    await withAgent(start(), async (agent) => {
      expect(await becomes(agent, "Reverted")).toMatchObject({ observed: { generation: 1 } });
    });
  });
});

describe("with rules in nftables, a bundle that cuts the host off", () => {
  const options = { enforcement: "nftables" } as const;

  it("is taken back, and the table is as it was", async () => {
    await withAgent(start(behindBrittleVpn()), async (agent) => {
      agent.source.give(bundle(1, "shop", { options }));
      await becomes(agent, "InSync");
      const good = await tableLines();
      expect(good.some(deniesInTable(shop))).toBe(true);
      agent.source.give(bundle(2, "vpn", { options }));
      expect(await becomes(agent, "Reverted")).toMatchObject({
        conditions: [{ type: "Reverted", reason: "NobodyReachable" }],
        observed: { generation: 1 },
      });
      expect(await tableLines()).toEqual(good);
    });
  });

  it("is taken back to iptables, where it would have gone over, and leaves no table", async () => {
    await withAgent(start(behindBrittleVpn()), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await becomes(agent, "InSync");
      const good = await savedText(node);
      agent.source.give(bundle(2, "vpn", { options }));
      await becomes(agent, "Reverted");
      expect(await savedText(node)).toBe(good);
      expect(await nftText(node)).toBe("");
      expect(agent.reports.all()).toContainEqual(
        expect.objectContaining({
          observed: expect.objectContaining({ generation: 2 }) as unknown,
          versions: expect.objectContaining({ backend: "nftables" }) as unknown,
        }),
      );
    });
  });

  it("gives way to nothing where it was the first", async () => {
    const found = await savedText(node);
    await withAgent(start(behindBrittleVpn()), async (agent) => {
      agent.source.give(bundle(1, "vpn", { options }));
      expect(await becomes(agent, "Reverted")).toMatchObject({ observed: { generation: 0 } });
      expect([await savedText(node), await nftText(node)]).toEqual([found, ""]);
    });
  });
});

describe("with a real NATS and a real controller", () => {
  /** For whoever is there to have answered, however slow this machine is. */
  const timeoutMs = 5_000;
  let ca: TestCa;
  let nats: TestNats;
  let controller: TestController;
  let reach: Reach;
  let isLive = true;

  beforeAll(async () => {
    ca = await TestCa.create();
    nats = await TestNats.start(ca);
    controller = await TestController.start({ ca });
    const keys = makeHostKeys();
    const { csrDer } = await publicKeysOf(keys);
    const natsKey = nkeyPair(keys.natsSeed).getPublicKey();
    const identity = {
      ...keys,
      format: 1 as const,
      host: "web-1",
      controllerAddress: controller.mainAddress,
      natsUrl: nats.url,
      caPem: ca.pem,
      certificatePem: certificatePem(await ca.host("web-1", csrDer)),
      natsJwt: await nats.agentJwt("web-1", natsKey, 600),
      signingKeysPem: ["unused"],
    };
    reach = createReach({ identity: () => identity, isLive: () => isLive });
  });

  afterAll(async () => {
    controller.stop();
    await nats.stop();
  });

  beforeEach(() => {
    isLive = true;
  });

  it("a bundle is confirmed", async () => {
    await withAgent(start(reach, timeoutMs), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      expect(await becomes(agent, "InSync")).toMatchObject({ observed: { generation: 1 } });
    });
  });

  it("an outage that begins with a bundle takes it back, and its end brings it again", async () => {
    await withAgent(start(reach, timeoutMs), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await becomes(agent, "InSync");
      await nats.kill();
      agent.source.give(bundle(2, "vpn"));
      expect(await becomes(agent, "Reverted")).toMatchObject({
        conditions: [{ reason: "NatsUnreachable" }],
        observed: { generation: 1 },
      });
      await nats.boot();
      expect(await becomes(agent, "InSync")).toMatchObject({ observed: { generation: 2 } });
    });
  });

  it("an outage from before a bundle leaves it in force, unconfirmed, until it ends", async () => {
    await withAgent(start(reach, timeoutMs), async (agent) => {
      agent.source.give(bundle(1, "shop"));
      await becomes(agent, "InSync");
      await nats.kill();
      isLive = false;
      agent.source.give(bundle(2, "vpn"));
      const unconfirmed = await agent.becomes(
        ({ observed }) => observed.generation === 2,
        "the bundle to be in force",
      );
      expect(unconfirmed).toMatchObject({
        state: "Applying",
        conditions: [{ type: "Unconfirmed", reason: "NotReached" }],
      });
      await nats.boot();
      expect(await becomes(agent, "InSync")).toMatchObject({ observed: { generation: 2 } });
    });
  });
});
