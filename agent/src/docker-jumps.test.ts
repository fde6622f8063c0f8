import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundle, network } from "./testing/fakes.ts";
import { type KernelAgent, startKernelAgent } from "./testing/kernel-agent.ts";
import { manualClock } from "./testing/manual-clock.ts";
import { TextKernel, textFirewall } from "./testing/text-kernel.ts";

const networks = [network("shop", "aabbccddeeff")];

/** Both families, as engines before 28 make them where they are told to look after IPv6. */
const waysOfShop = ["-o br-aabbccddeeff -j DOCKER", "-j DOCKER-ISOLATION-STAGE-1"];
const restores = ["iptables-nft-restore", "ip6tables-nft-restore"];

interface Story {
  readonly agent: KernelAgent;
  readonly clock: ReturnType<typeof manualClock>;
  /** Somebody changes filter. */
  readonly change: (program: string, lines: readonly string[]) => Promise<void>;
}

/** An agent that has closed a network, beside a Docker that made its rules. */
async function begin(): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), "seawall-docker-jumps-"));
  const [kernel, clock] = [new TextKernel(), manualClock()];
  const change: Story["change"] = async (program, lines) => {
    const input = ["*filter", ...lines, "COMMIT", ""].join("\n");
    const options = { input, timeoutMs: 1, maxOutputBytes: 1 };
    expect(await kernel.exec([program, "--noflush"], options)).toMatchObject({ code: 0 });
  };
  const made = waysOfShop.map((way) => `-A FORWARD ${way}`);
  for (const one of restores) await change(one, [":DOCKER-ISOLATION-STAGE-1 - [0:0]", ...made]);
  const agent = startKernelAgent({
    ...{ folder, networks, firewall: textFirewall(kernel), clock },
    connections: {
      conntrack: {
        list: () => Promise.resolve({ kind: "listed" }),
        mark: () => Promise.resolve({ kind: "done" }),
      },
      routes: { read: () => Promise.resolve({ own: [], routes: [] }) },
    },
  });
  onTestFinished(async () => {
    await agent.stop();
    await rm(folder, { recursive: true });
  });
  agent.source.give(bundle(1));
  return { agent, clock, change };
}

const fine = { state: "InSync", conditions: [] };
const isLost = {
  state: "Failed",
  conditions: [{ type: "DockerRulesMissing", reason: "DockerJumpsLost" }],
};

test.for([
  {
    name: "ip6tables -F and -X: in IPv6",
    program: "ip6tables-nft-restore",
    removed: [
      ...["-o docker0 -j DOCKER", ...waysOfShop].map((way) => `-D FORWARD ${way}`),
      ...["-X DOCKER", "-X DOCKER-ISOLATION-STAGE-1"],
    ],
    lost: waysOfShop.map((way) => `IPv6: FORWARD ${way}`),
  },
  {
    name: "iptables -F, and then a new network: those of the network of before",
    program: "iptables-nft-restore",
    removed: waysOfShop.slice(0, 1).map((way) => `-D FORWARD ${way}`),
    lost: ["IPv4: FORWARD -o br-aabbccddeeff -j DOCKER"],
  },
])("what led to Docker's chains and is gone is told: $name", async ({ program, removed, lost }) => {
  const { agent, clock, change } = await begin();
  expect(await agent.look()).toMatchObject(fine);
  await change(program, removed);
  // As while Docker moves it.
  expect(await agent.look()).toMatchObject(fine);
  await clock.advance(5_000);
  const status = await agent.look();
  expect(status).toMatchObject(isLost);
  for (const way of lost) expect(status.conditions[0]?.message).toContain(way);
});

type DoesDocker = (agent: KernelAgent) => Promise<void>;
const doesNotAnswer: DoesDocker = async ({ docker, look }) => {
  docker.fail();
  expect(await look()).toMatchObject({ conditions: [{ reason: "DockerUnavailable" }] });
  docker.set(networks);
};

test.for<{ readonly name: string; readonly does: DoesDocker; readonly then: object }>([
  {
    name: "started anew, and who asks meanwhile waits",
    does: ({ docker }) => {
      docker.daemon("8@2");
      return Promise.resolve();
    },
    then: fine,
  },
  {
    name: "started anew, and does not answer meanwhile",
    does: async (agent) => {
      agent.docker.daemon("8@2");
      await doesNotAnswer(agent);
    },
    then: fine,
  },
  { name: "does not answer for a while, and is the same", does: doesNotAnswer, then: isLost },
])("lost is what Docker was to have, and not what it makes now: $name", async ({ does, then }) => {
  const { agent, clock, change } = await begin();
  agent.docker.daemon("7@1");
  expect(await agent.look()).toMatchObject(fine);
  await change("iptables-nft-restore", [`-D FORWARD ${waysOfShop[0]}`]);
  await agent.look();
  await clock.advance(5_000);
  expect(await agent.look()).toMatchObject(isLost);
  await does(agent);
  expect(await agent.look()).toMatchObject(then);
});

test("a Docker that cannot be seen and did not answer is taken for another one", async () => {
  const { agent, clock, change } = await begin();
  expect(await agent.look()).toMatchObject(fine);
  await change("iptables-nft-restore", [`-D FORWARD ${waysOfShop[0]}`]);
  await agent.look();
  await clock.advance(5_000);
  expect(await agent.look()).toMatchObject(isLost);
  await doesNotAnswer(agent);
  expect(await agent.look()).toMatchObject(fine);
});
