import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@seawall/lab";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Firewall } from "./ports.ts";
import { bundle, network } from "./testing/fakes.ts";
import { type KernelAgent, startKernelAgent } from "./testing/kernel-agent.ts";
import { noConnections } from "./testing/no-connections.ts";
import { TextKernel, textFirewall } from "./testing/text-kernel.ts";

type Apply = Firewall["apply"];

/** Of what was to be written, how much the kernel has when the write is said to have failed. */
const parts: readonly (readonly [string, (apply: Apply) => Apply])[] = [
  ["all of it", (apply) => apply],
  [
    "its first table",
    (apply) => (commit) =>
      apply({ ...commit, text: commit.text.slice(0, commit.text.indexOf("COMMIT\n") + 7) }),
  ],
  ["nothing", () => () => Promise.resolve({ kind: "done" })],
];

/** An agent with its rules in the kernel, whose next writes end in time only while `part` is not set. */
async function agentAtWork() {
  const folder = await mkdtemp(join(tmpdir(), "seawall-half-done-"));
  const kernel = new TextKernel();
  const firewall = textFirewall(kernel, { hasIPv6: false });
  let part: ((apply: Apply) => Apply) | undefined;
  const apply: Apply = async (commit) => {
    if (part === undefined) return await firewall.apply(commit);
    await part((one) => firewall.apply(one))(commit);
    const message = "iptables-restore did not end in time";
    return { kind: "failed", failure: { class: "retry", reason: "IptablesTimeout", message } };
  };
  const agent = startKernelAgent({
    ...{ folder, firewall: { ...firewall, apply }, networks: [network("shop", "aabbccddeeff")] },
    connections: noConnections,
  });
  onTestFinished(async () => {
    await agent.stop();
    await rm(folder, { recursive: true });
  });
  agent.source.give(bundle(1));
  await agent.becomes(({ state }) => state === "InSync", "generation 1 in force");
  const breakOff = (how: typeof part): void => {
    part = how;
  };
  return { agent, kernel, breakOff };
}

const next = bundle(2, "shop", { publishedPorts: [80] });

test.each(parts)(
  "a write that failed when the kernel had %s is nobody else's change",
  async (_, part) => {
    const { agent, breakOff } = await agentAtWork();
    breakOff(part);
    agent.source.give(next);
    await agent.becomes(
      ({ state }) => state === "Failed" || state === "Applying",
      "a failed write",
    );
    breakOff(undefined);
    const status = await agent.becomes(({ state }) => state === "InSync", "generation 2 in force");
    expect(status).toMatchObject({ observed: { generation: 2 }, drifts: [] });
  },
);

test("what somebody changes while the kernel takes nothing is still told of", async () => {
  const { agent, kernel, breakOff } = await agentAtWork();
  breakOff(() => () => Promise.resolve({ kind: "done" }));
  agent.source.give(next);
  await agent.becomes(({ state }) => state === "Failed" || state === "Applying", "a failed write");
  await flushDockerUser(kernel);
  await agent.observeNow();
  breakOff(undefined);
  const { drifts } = await agent.becomes(({ state }) => state === "InSync", "all in force");
  expect(drifts).toMatchObject([{ what: "the jump from DOCKER-USER to SEAWALL is missing" }]);
});

describe("an agent that is killed", () => {
  const [before, after] = [network("shop", "aabbccddeeff"), network("shop", "112233445566")];
  const kernel = new TextKernel();
  const firewall = textFirewall(kernel, { hasIPv6: false });
  let parent: string;
  let folder: string;
  /** What it leaves on disk. */
  let left: string;
  let atRest: string;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "seawall-killed-"));
    folder = join(parent, "agent");
    [left, atRest] = [join(parent, "left"), join(parent, "at-rest")];
    await mkdir(folder);
    return () => rm(parent, { recursive: true });
  });

  const start = (state: string, apply: Apply = (commit) => firewall.apply(commit)) => {
    const agent = startKernelAgent({
      ...{ folder: state, firewall: { ...firewall, apply } },
      ...{ networks: [before], connections: noConnections },
    });
    onTestFinished(() => agent.stop());
    agent.source.give(bundle(1));
    return agent;
  };
  const inSync = async (agent: KernelAgent) =>
    await agent.becomes(({ state }) => state === "InSync", "generation 1 in force");

  test("behind its write leaves nothing to accuse anybody of", async () => {
    let copying: Promise<void> | undefined;
    let isToWrite = false;
    const first = start(folder, async (commit) => {
      const result = await firewall.apply(commit);
      if (isToWrite) await (copying ??= cp(folder, left, { recursive: true }));
      return result;
    });
    await inSync(first);
    isToWrite = true;
    first.docker.set([after]);
    await eventually(() => copying !== undefined, {
      what: "the network's new bridge to be written",
    });
    await copying;
    await first.stop();

    // Its network is as it was before: the rules are neither those that are wanted, nor those of the record.
    expect(await inSync(start(left))).toMatchObject({ drifts: [] });
  });

  test("at rest leaves all that tells of somebody's change", async () => {
    const first = start(folder);
    await inSync(first);
    await cp(folder, atRest, { recursive: true });
    await first.stop();
    await flushDockerUser(kernel);
    expect(await inSync(start(atRest))).toMatchObject({
      drifts: [{ what: "the jump from DOCKER-USER to SEAWALL is missing" }],
    });
  });
});

/** As somebody does. */
async function flushDockerUser(kernel: TextKernel): Promise<void> {
  await kernel.exec(["iptables-nft-restore", "--noflush"], {
    ...{
      input: "*filter\n:DOCKER-USER - [0:0]\nCOMMIT\n",
      timeoutMs: 1_000,
      maxOutputBytes: 1_000,
    },
  });
}
