import { type LabNode, probeTcp, probeUdp, type Verdict } from "@seawall/lab";
import type { ChosenHostOptions, DesiredPolicy } from "@seawall/policy";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "./core/status.ts";
import type { Variant } from "./core/variant.ts";
import type { Bundle } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";
import { type ForwardingKernel, forwardBetween } from "./testing/forwarding-kernel.ts";
import { shop, startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, setDockerTables } from "./testing/node-firewall.ts";

const kernels = useKernels(["nft", "legacy"]);
const bridge = shop.bridge ?? "";

/** Network shop is closed in this way. */
function closing(action: "Deny" | "Reject", options: ChosenHostOptions = {}): Bundle {
  const { desired, ...rest } = bundle(1);
  const policies = desired.policies.map(
    (policy): DesiredPolicy => ({ ...policy, ingress: { defaultAction: action, rules: [] } }),
  );
  return { ...rest, desired: { policies, options } };
}

describe.each<Variant>(["nft", "legacy"])("the guard behind filter, in iptables-%s", (variant) => {
  let node: LabNode;
  let kernel: ForwardingKernel;

  beforeAll(async () => {
    node = kernels.node(variant);
    kernel = await forwardBetween(node, bridge, ["tcp:80", "udp:80"]);
  });

  beforeEach(async () => {
    await setDockerTables(node, variant);
    for (const end of ["-i", "-o"]) await iptables("-A", "FORWARD", end, bridge, "-j", "ACCEPT");
    expect(await met()).toEqual({ tcp: "open", udp: "open" });
  });

  const iptables = (...argv: readonly string[]) => node.run([`iptables-${variant}`, ...argv]);
  /** The first rule of FORWARD accepts whatever comes, as somebody would have it. */
  const letEverythingThrough = () => iptables("-I", "FORWARD", "-j", "ACCEPT");

  /** Nobody tells the agent of anything, and it looks when it is asked. */
  const start = () =>
    startKernelAgent({
      firewall: firewallOf(node),
      connections: connectionsOf(node),
      folder: kernels.folder(),
    });

  async function met(): Promise<Record<"tcp" | "udp", Verdict["kind"]>> {
    const { client, container } = kernel;
    const [tcp, udp] = await Promise.all(
      [probeTcp, probeUdp].map((probe) => probe(client, { address: container, port: 80 })),
    );
    return { tcp: tcp?.kind ?? "timeout", udp: udp?.kind ?? "timeout" };
  }

  /** What was denied by default, by filter and by the guard. */
  function denied({ counters }: Status) {
    const packets = (isGuard: boolean) =>
      counters
        .filter(({ family, guard }) => family === "IPv4" && (guard ?? false) === isGuard)
        .reduce((sum, one) => sum + one.packets, 0);
    return { filter: packets(false), guard: packets(true) };
  }

  it("denies what somebody's ACCEPT lets past filter, and tells how many packets that were", async () => {
    await withAgent(start(), async ({ look, source }) => {
      source.give(closing("Deny"));
      expect(denied(await look())).toEqual({ filter: 0, guard: 0 });
      await letEverythingThrough();
      expect(await met()).toEqual({ tcp: "timeout", udp: "timeout" });
      const status = await look();
      expect(denied(status).filter).toBe(0);
      // A client of TCP asks again within the second.
      expect(denied(status).guard).toBeGreaterThanOrEqual(2);
      expect(status.drifts.map(({ what }) => what)).toEqual([
        "the jump from FORWARD to DOCKER-USER is not the first rule",
      ]);
      // Repaired: filter denies it, and the guard sees nothing of it any more.
      expect(await met()).toEqual({ tcp: "timeout", udp: "timeout" });
      const after = denied(await look());
      expect(after.guard).toBe(denied(status).guard);
      expect(after.filter).toBeGreaterThanOrEqual(2);
    });
  });

  it("switched off, the ACCEPT lets it through", async () => {
    await withAgent(start(), async ({ look, source }) => {
      source.give(closing("Deny", { forwardGuard: "Off" }));
      await look();
      expect(await met()).toEqual({ tcp: "timeout", udp: "timeout" });
      await letEverythingThrough();
      expect(await met()).toEqual({ tcp: "open", udp: "open" });
    });
  });

  it("leaves a Reject of filter a Reject: a reset, and port unreachable", async () => {
    await withAgent(start(), async ({ look, source }) => {
      source.give(closing("Reject"));
      await look();
      expect(await met()).toEqual({ tcp: "refused", udp: "refused" });
      expect(denied(await look())).toEqual({ filter: 2, guard: 0 });
      await letEverythingThrough();
      // It cannot refuse, and denies all the same.
      expect(await met()).toEqual({ tcp: "timeout", udp: "timeout" });
      expect(denied(await look()).guard).toBeGreaterThanOrEqual(2);
    });
  });
});
