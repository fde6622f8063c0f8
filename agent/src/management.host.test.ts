import { type LabNode, probeTcp } from "@seawall/lab";
import type { DockerContainer } from "@seawall/policy";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { createManagementEndpoints } from "./edge/management-endpoints.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Reach } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";
import { type ForwardingKernel, forwardBetween } from "./testing/forwarding-kernel.ts";
import { shop, startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, setDockerTables } from "./testing/node-firewall.ts";

const kernels = useKernels(["kernel"]);
const bridge = shop.bridge ?? "";
let node: LabNode;
let kernel: ForwardingKernel;

beforeAll(async () => {
  node = kernels.node("kernel");
  kernel = await forwardBetween(node, bridge, ["tcp:80", "tcp:4222"]);
});

beforeEach(async () => {
  await setDockerTables(node);
  for (const end of ["-i", "-o"]) {
    await node.run(["iptables-nft", "-A", "FORWARD", end, bridge, "-j", "ACCEPT"]);
  }
  // As Docker redirects published ports.
  const redirects = published.map(
    ({ hostPort, containerPort }) =>
      `-A PREROUTING -p tcp --dport ${String(hostPort)} -j DNAT --to-destination ${kernel.container}:${String(containerPort)}`,
  );
  const input = ["*nat", ...redirects, "COMMIT", ""].join("\n");
  await node.run(["iptables-nft-restore"], { input });
});

/** NATS of the fleet is a container of this host, and so is a shop, on one network. */
const published = [
  { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 7422, containerPort: 4222 },
  { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 8080, containerPort: 80 },
] as const;

/** How the agents of other hosts find a port of this one. */
async function fromElsewhere(port: number): Promise<string> {
  return (await probeTcp(kernel.client, { address: kernel.host, port })).kind;
}

/** An agent finds its fleet where others find it. */
const reach: Reach = {
  isLive: () => true,
  attempt: async () =>
    (await fromElsewhere(7422)) === "open"
      ? { kind: "reached" }
      : { kind: "unreachable", reason: "NatsUnreachable", message: "nobody answers" },
};

async function start() {
  const management = createManagementEndpoints({
    identity: () => ({
      natsUrl: `tls://${kernel.host}:7422`,
      controllerAddress: "192.0.2.250:7443",
    }),
    ownAddresses: () => [kernel.host, "172.18.0.1"],
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
  });
  await management.refresh();
  const agent = startKernelAgent({
    ...{ firewall: firewallOf(node), connections: connectionsOf(node), folder: kernels.folder() },
    ...{ reach, management, clock: systemClock, confirmTimeoutMs: 3_000 },
  });
  const nats: DockerContainer = {
    ...{ id: "1", name: "nats", labels: {}, hostNetwork: false, published },
    attachments: [{ networkId: shop.id, addresses: [kernel.container] }],
  };
  agent.docker.set([shop], [nats]);
  return agent;
}

it("closes all of a network but the way to NATS in a container of it, and stays connected", async () => {
  expect([await fromElsewhere(7422), await fromElsewhere(8080)]).toEqual(["open", "open"]);
  await withAgent(await start(), async ({ source, becomes }) => {
    source.give(bundle(1));
    const status = await becomes(({ state }) => state === "InSync", "InSync");
    expect(status).toMatchObject({
      observed: { generation: 1 },
      view: { management: [{ address: kernel.host, port: 7422, container: "nats" }] },
    });
    expect([await fromElsewhere(7422), await fromElsewhere(8080)]).toEqual(["open", "timeout"]);
  });
});

it("switched off, the same policy cuts the fleet off, and is taken back", async () => {
  await withAgent(await start(), async ({ source, becomes }) => {
    source.give(bundle(1, "shop", { options: { managementGuard: "Off" } }));
    const status = await becomes(({ state }) => state === "Reverted", "Reverted");
    expect(status).toMatchObject({ conditions: [{ type: "Reverted", reason: "NatsUnreachable" }] });
    expect([await fromElsewhere(7422), await fromElsewhere(8080)]).toEqual(["open", "open"]);
  });
});
