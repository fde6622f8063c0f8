import { type LabNode } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { emptyTally } from "./core/counters.ts";
import { render } from "./core/render.ts";
import { resolvedStates, type StateName } from "./core/testing/resolved-states.ts";
import type { Variant } from "./core/variant.ts";
import type { Exec } from "./edge/exec.ts";
import { createFirewall } from "./edge/firewall.ts";
import { createLastGood } from "./edge/last-good.ts";
import { enforce } from "./enforce.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import {
  execIn,
  firewallOf,
  inIptables,
  savedText,
  setFilter,
  useAlternative,
} from "./testing/node-firewall.ts";
import { uninstall } from "./uninstall.ts";

const kernels = useKernels(["nft", "legacy"]);
let node: LabNode;
let folder: string;

beforeAll(async () => {
  node = kernels.node("nft");
  const legacy = kernels.node("legacy");
  for (const tool of ["iptables", "ip6tables"] as const) {
    await useAlternative(legacy, tool, "legacy");
  }
});

beforeEach(() => {
  folder = kernels.folder();
});

async function install(name: StateName = "two-policies-two-bridges"): Promise<void> {
  const firewall = firewallOf(node);
  const rendered = render(resolvedStates[name], { ipset: "available" });
  const observed = await firewall.observe(inIptables);
  if (rendered.kind === "refused" || observed.kind === "failed") throw new Error("cannot install");
  const lastGood = createLastGood(folder);
  const footprint = await lastGood.readFootprint();
  if (footprint === "damaged") throw new Error("footprint damaged");
  const before = { footprint, tally: emptyTally, fresh: true };
  const { failure } = await enforce(
    rendered.ruleset,
    before,
    observed,
    { firewall, lastGood, look: inIptables },
    () => undefined,
  );
  if (failure !== undefined) throw new Error(failure.message);
}

const remove = () => uninstall(firewallOf(node), createLastGood(folder));
const removed = { kind: "removed", hadRules: true };
const base = [":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]"];
const dockerUser = ":DOCKER-USER - [0:0]";

describe.each<Variant>(["nft", "legacy"])(
  "every rule and chain of iptables-%s is as before",
  (variant) => {
    beforeAll(() => {
      node = kernels.node(variant);
    });

    afterAll(() => {
      node = kernels.node("nft");
    });

    test.each<[string, readonly string[]]>([
      ["Docker before 28", [dockerUser, "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN"]],
      [
        "Docker 28",
        [
          dockerUser,
          ":DOCKER-FORWARD - [0:0]",
          "-A FORWARD -j DOCKER-USER",
          "-A FORWARD -j DOCKER-FORWARD",
        ],
      ],
      ["no DOCKER-USER at all", ["-A FORWARD -i lo -j ACCEPT"]],
      ["DOCKER-USER without a jump to it", [dockerUser, "-A FORWARD -i lo -j ACCEPT"]],
      [
        "the jump behind rules of others",
        [
          dockerUser,
          "-A FORWARD -i lo -j ACCEPT",
          "-A FORWARD -o lo -j ACCEPT",
          "-A FORWARD -j DOCKER-USER",
          "-A FORWARD -j DROP",
        ],
      ],
      [
        "rules of others in DOCKER-USER",
        [
          dockerUser,
          "-A FORWARD -j DOCKER-USER",
          "-A DOCKER-USER -s 203.0.113.9/32 -j DROP",
          "-A DOCKER-USER -j RETURN",
        ],
      ],
    ])("%s", async (_, lines) => {
      const both = lines.filter((line) => !line.includes("203.0.113"));
      await setFilter(node, "IPv4", [...base, ...lines], variant);
      await setFilter(node, "IPv6", [...base, ...both], variant);
      const found = await savedText(node, variant);
      await install();
      expect(await savedText(node, variant)).toContain("SEAWALL");
      expect(await remove()).toEqual(removed);
      expect(await savedText(node, variant)).toBe(found);
    });
  },
);

test.each<StateName>(["to-the-host-itself", "only-to-the-host-itself", "large-address-groups"])(
  "%s: INPUT and the address sets are as before",
  async (name) => {
    const lines = [dockerUser, "-A INPUT -i lo -j ACCEPT", "-A FORWARD -j DOCKER-USER"];
    await setFilter(node, "IPv4", [...base, ...lines]);
    await setFilter(node, "IPv6", [...base, ...lines]);
    const found = await savedText(node);
    await install(name);
    expect(await remove()).toEqual(removed);
    expect(await savedText(node)).toBe(found);
    expect(await node.run(["ipset", "list", "-name"])).toBe("");
  },
);

describe("what happened meanwhile", () => {
  it("a repair does not count as having been there first", async () => {
    await setFilter(node, "IPv4", [...base, dockerUser, "-A FORWARD -j DOCKER-USER"]);
    await setFilter(node, "IPv6", base);
    const found = await savedText(node);
    await install();
    await node.run(["iptables-nft", "-F", "FORWARD"]);
    await install();
    await remove();
    expect(await savedText(node)).toBe(found);
  });

  it("a DOCKER-USER that somebody has come to use stays, with its jump", async () => {
    await setFilter(node, "IPv4", base);
    await setFilter(node, "IPv6", base);
    await install();
    await node.run(["iptables-nft", "-A", "DOCKER-USER", "-s", "203.0.113.9", "-j", "DROP"]);
    expect(await remove()).toEqual(removed);
    const save = await savedText(node);
    expect(save).toContain("-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -s 203.0.113.9/32 -j DROP");
    expect(save).not.toContain("SEAWALL");
  });

  it("Docker went over to iptables-legacy and the agent did not follow: both are as before", async () => {
    await setFilter(node, "IPv4", [...base, dockerUser, "-A FORWARD -j DOCKER-USER"]);
    await setFilter(node, "IPv6", base);
    const found = await savedText(node);
    await install("large-address-groups");
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    expect(await remove()).toEqual(removed);
    expect(await savedText(node)).toBe(found);
    expect(await node.run(["ipset", "list", "-name"])).toBe("");
    await node.run(["iptables-legacy", "-X", "DOCKER"]);
  });

  it("what nobody can read any more is not called removed, and stays", async () => {
    await setFilter(node, "IPv4", [...base, dockerUser, "-A FORWARD -j DOCKER-USER"]);
    await setFilter(node, "IPv6", base);
    const found = await savedText(node);
    await install();
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    const installed = await savedText(node);
    const withoutNft: Exec = ([program = "", ...rest], options) =>
      /^ip6?tables(-nft)?(-save|-restore)?$/.test(program)
        ? Promise.resolve({ kind: "notStarted", code: "ENOENT" })
        : execIn(node)([program, ...rest], options);
    const firewall = createFirewall({ exec: withoutNft, procNet: `/proc/${node.pid}/net` });
    expect(await uninstall(firewall, createLastGood(folder))).toMatchObject({
      kind: "failed",
      failure: { reason: "VariantUnread" },
    });
    expect(await savedText(node)).toBe(installed);
    await node.run(["iptables-legacy", "-X", "DOCKER"]);
    expect(await remove()).toEqual(removed);
    expect(await savedText(node)).toBe(found);
  });

  it("removing twice is removing once", async () => {
    await setFilter(node, "IPv4", [...base, dockerUser, "-A FORWARD -j DOCKER-USER"]);
    await install();
    await remove();
    expect(await remove()).toEqual({ kind: "removed", hadRules: false });
  });
});
