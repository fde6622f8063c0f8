import { readFile } from "node:fs/promises";
import { type DockerHost, eventually, type LabProcess } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import { repositoryPath } from "./repository-path.ts";
import { dropped, met, open, type ShopFleet, startShopFleet } from "./shop-fleet.ts";
import { policy } from "./sites.ts";

/**
 * An agent with two capabilities, no way to gain more, and a Docker socket that it can only read: what its unit and a
 * socket proxy leave it.
 */
let shop: ShopFleet;
let alpha: DockerHost;
let agent: LabProcess;
let proxy: LabProcess;

const held = "+net_admin,+net_raw";
const privileges = [
  ...["setpriv", "--no-new-privs", `--bounding-set=-all,${held}`, `--inh-caps=-all,${held}`],
];

beforeAll(async () => {
  shop = await startShopFleet();
  alpha = shop.alpha;
  await shop.fleet.stopAgent("alpha");
  const program = `${repositoryPath}/test/e2e/dist/docker-read-proxy.js`;
  proxy = await alpha.spawn(["node", program, "/run/docker.sock", "/run/docker-read.sock"]);
  await proxy.waitForOutput(/ready/);
  agent = await alpha.spawn([...privileges, "seawall", "agent", "run"], {
    env: { SEAWALL_DOCKER_SOCKET: "/run/docker-read.sock" },
  });
}, 240_000);

afterAll(async () => {
  await shop.fleet.stop();
}, 60_000);

async function apply(action: "Allow" | "Deny"): Promise<void> {
  const spec = `  hostSelector: {matchLabels: {role: db}}\n  networkSelector: {names: [shop]}\n  ingress: {defaultAction: ${action}}`;
  await shop.fleet.mustSeawall(["apply", "-f", "-"], policy("closed", spec));
  await shop.fleet.mustSeawall(["wait", "host/alpha", "--for=InSync", "--timeout=30s"]);
}

test("has these capabilities and no more", async () => {
  const status = await eventually(
    async () => {
      const read = await readFile(`/proc/${String(agent.pid)}/status`, "utf8");
      return read.startsWith("Name:\tsetpriv\n") ? undefined : read;
    },
    { what: "setpriv to have become the agent", timeoutMs: 20_000 },
  );
  // CAP_NET_ADMIN is bit 12, CAP_NET_RAW 13 (capabilities(7)).
  for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
    expect(status).toMatch(new RegExp(`^${set}:\\s+0000000000003000$`, "m"));
  }
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
});

test("enforces, and follows changes of policies", async () => {
  await apply("Deny");
  expect(await met(shop.client, alpha, 3306)).toEqual(dropped);
  await apply("Allow");
  expect(await met(shop.client, alpha, 3306)).toEqual(open);
});

test("follows Docker: a network that is created anew is closed too", async () => {
  await apply("Deny");
  await alpha.createNetwork("late", { subnet4: "10.99.0.0/24" });
  const late = await alpha.runContainer({
    ...{ name: "late", network: "late", publish: ["9099:80"], listen: ["tcp:80"] },
  });
  await eventually(
    async () => {
      const { networks } = await hostStatus(shop.fleet, "alpha");
      return networks.some(({ name }) => name === "late");
    },
    { what: "the new network to be reported", intervalMs: lookEveryMs },
  );
  expect(late.ipv4).not.toBe("");
});

test("repairs what somebody else changes", async () => {
  await alpha.run(["iptables", "-F", "DOCKER-USER"]);
  await eventually(
    async () => (await alpha.run(["iptables", "-S", "DOCKER-USER"])).includes("SEAWALL"),
    {
      what: "the jump to be back",
      timeoutMs: 30_000,
    },
  );
  expect(await met(shop.client, alpha, 3306)).toEqual(dropped);
});

test("has asked Docker for nothing that changes it", async () => {
  expect(await proxy.output()).toBe("ready\n");
  expect(agent.isRunning()).toBe(true);
});
