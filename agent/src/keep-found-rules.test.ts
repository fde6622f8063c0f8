import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundle, network } from "./testing/fakes.ts";
import { type KernelAgent, shop, startKernelAgent } from "./testing/kernel-agent.ts";
import { noConnections } from "./testing/no-connections.ts";
import { TextKernel, textFirewall } from "./testing/text-kernel.ts";

const named = { ...network("named", "445566778899"), bridge: "named0" };

/** A host whose agent has brought its rules into force in this boot, and has gone; then Docker went away. */
async function hostWithoutDocker() {
  const folder = await mkdtemp(join(tmpdir(), "seawall-found-rules-"));
  const kernel = new TextKernel();
  const firewall = textFirewall(kernel);
  let agent: KernelAgent | undefined;
  onTestFinished(async () => {
    await agent?.stop();
    await rm(folder, { recursive: true });
  });
  const start = async (): Promise<KernelAgent> => {
    await agent?.stop();
    agent = startKernelAgent({ folder, firewall, connections: noConnections });
    return agent;
  };
  const snapshot = join(folder, "host-snapshot.json");
  const before = await start();
  before.source.give(bundle(1));
  await before.look();
  await copyFile(snapshot, `${snapshot}.old`);
  before.docker.set([shop, named]);
  await before.look();
  const restart = async (): Promise<KernelAgent> => {
    const next = await start();
    next.docker.fail();
    return next;
  };
  /** As it is where the disk was full when the second network came. */
  const loseSnapshot = () => copyFile(`${snapshot}.old`, snapshot);
  return { kernel, restart, loseSnapshot, inForce: kernel.text() };
}

const unknown = [
  expect.objectContaining({ reason: "DockerUnavailable" }) as unknown,
  expect.objectContaining({ type: "EnforcementFailed", reason: "RulesAsFound" }) as unknown,
];

interface Found {
  readonly name: string;
  readonly happens: (host: Awaited<ReturnType<typeof hostWithoutDocker>>) => unknown;
}

test.for<Found>([
  { name: "rules that are in force", happens: () => undefined },
  {
    name: "rules that nothing leads to any more",
    happens: ({ kernel }) => {
      kernel.deleteJump();
    },
  },
  {
    name: "rules for a network that was made after what is kept for the next boot",
    happens: async ({ kernel, loseSnapshot }) => {
      kernel.deleteJump();
      await loseSnapshot();
    },
  },
])(
  "an agent that starts while Docker is away has asked, and leaves as they are: $name",
  async ({ happens }) => {
    const host = await hostWithoutDocker();
    await happens(host);
    const agent = await host.restart();
    expect(await agent.look()).toMatchObject({ state: "Failed", conditions: unknown });
    expect(host.kernel.text()).toBe(host.inForce);
    host.kernel.deleteJump();
    await agent.look();
    expect(host.kernel.text()).toBe(host.inForce);
    agent.docker.set([shop, named]);
    expect(await agent.look()).toMatchObject({ state: "InSync", conditions: [] });
    expect(host.kernel.text()).toBe(host.inForce);
  },
);

test("where rules are gone, all is held that what is kept for the next boot does not know", async () => {
  const { kernel, restart, inForce } = await hostWithoutDocker();
  kernel.flush();
  const agent = await restart();
  expect(await agent.look()).toMatchObject({ state: "Failed" });
  expect(kernel.text()).toMatch(/-A SEAWALL-I-0a1b2c3d4e5f .*p\/default" -j DROP/);
  expect(kernel.text()).toMatch(/-A SEAWALL-NEW-I .*-j DROP/);
  const held = kernel.text();
  kernel.deleteJump();
  await agent.look();
  expect(kernel.text()).toBe(held);
  agent.docker.set([shop, named]);
  // What Docker had in FORWARD is Docker's.
  expect(await agent.look()).toMatchObject({ conditions: [{ reason: "DockerChainsLeftOut" }] });
  const rules = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.includes("SEAWALL"))
      .sort();
  expect(rules(kernel.text())).toEqual(rules(inForce));
});
