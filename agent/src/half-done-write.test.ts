import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Firewall } from "./ports.ts";
import { bundle, network } from "./testing/fakes.ts";
import { startKernelAgent } from "./testing/kernel-agent.ts";
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
  await kernel.exec(["iptables-nft-restore", "--noflush"], {
    ...{
      input: "*filter\n:DOCKER-USER - [0:0]\nCOMMIT\n",
      timeoutMs: 1_000,
      maxOutputBytes: 1_000,
    },
  });
  await agent.observeNow();
  breakOff(undefined);
  const { drifts } = await agent.becomes(({ state }) => state === "InSync", "all in force");
  expect(drifts).toMatchObject([{ what: "the jump from DOCKER-USER to SEAWALL is missing" }]);
});
