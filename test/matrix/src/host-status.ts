import { eventually } from "@seawall/lab";
import { hostDocument } from "@seawall/policy";
import { expect } from "vitest";
import { comes } from "./comes.ts";
import type { Site } from "./site.ts";

async function statusOf({ fleet, host }: Site) {
  const text = await fleet.mustSeawall(["get", "host", host.name, "-o", "json"]);
  return hostDocument.parse(JSON.parse(text)).status;
}

/** The newest policy is read back from the kernel. */
export async function untilInForce(site: Site): Promise<void> {
  await eventually(
    async () => {
      const { state, policies } = await statusOf(site);
      return state === "InSync" && policies.some(({ reason }) => reason === "Enforced");
    },
    {
      what: "the policy to be in force and the host InSync",
      timeoutMs: 60_000,
      intervalMs: 200,
    },
  );
}

/** What Docker forgot is a failure of the host, with the advice that mends it. */
export async function untilSaidToBeLost(site: Site): Promise<void> {
  await comes(async () => {
    const { state, conditions } = await statusOf(site);
    const said = conditions.map(({ reason, message }) => `${reason}: ${message}`);
    expect([state, ...said]).toEqual([
      "Failed",
      expect.stringMatching(/^DockerJumpsLost: .*-j DOCKER-ISOLATION-STAGE-2.*; restart Docker$/),
    ]);
  });
}

/** In sync, with the conditions of its kind of host and no others. */
export async function expectStatus(site: Site): Promise<void> {
  const { state, conditions, policies, versions } = await statusOf(site);
  const switched = site.cell.event === "switch of iptables";
  const variant = (site.cell.iptables === "nft") === switched ? "legacy" : "nft";
  const found = {
    state,
    conditions: conditions.map(({ reason }) => reason),
    policies: policies.map(({ reason }) => reason),
    backend: versions.backend,
  };
  // A reason alone does not say what is lost, or who undoes what.
  const said = conditions.map(({ reason, message }) => `${reason}: ${message}`);
  expect(found, ["the host says:", ...said].join("\n")).toEqual({
    state: "InSync",
    conditions: site.cell.conditions,
    policies: ["Enforced"],
    backend: site.cell.enforcement === "nftables" ? "nftables" : `iptables-${variant}`,
  });
}
