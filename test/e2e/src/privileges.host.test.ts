import { readFile, writeFile } from "node:fs/promises";
import { type DockerHost, type ExecResult, eventually, type LabProcess } from "@seawall/lab";
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
});

afterAll(async () => {
  await shop.fleet.stop();
});

async function apply(action: "Allow" | "Deny"): Promise<void> {
  const spec = `  hostSelector: {matchLabels: {role: db}}\n  networkSelector: {names: [shop]}\n  ingress: {defaultAction: ${action}}`;
  await shop.fleet.mustSeawall(["apply", "-f", "-"], policy("closed", spec));
  await shop.fleet.mustSeawall(["wait", "host/alpha", "--for=InSync", "--timeout=60s"]);
}

/** What whoever has taken over the agent could ask Docker for. */
async function askDocker(socket: string, ...words: readonly string[]): Promise<ExecResult> {
  return await alpha.exec([...privileges, "docker", `--host=unix://${socket}`, ...words]);
}

async function image(): Promise<string> {
  return (await alpha.docker("inspect", "--format={{.Config.Image}}", "web")).trim();
}

test("has these capabilities and no more", async () => {
  const status = await eventually(
    async () => {
      const read = await readFile(`/proc/${String(agent.pid)}/status`, "utf8");
      return /^Name:\t(?:nsenter|setpriv)\n/.test(read) ? undefined : read;
    },
    { what: "nsenter and setpriv to have become the agent", timeoutMs: 60_000 },
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

test("reads what root owns, and what Docker says of containers, and not what others keep to themselves", async () => {
  for (const [file, owner] of [
    ["/tmp/of-root", "root"],
    ["/tmp/of-another", "1000"],
  ] as const) {
    await writeFile(alpha.path(file), `of ${owner}`, { mode: 0o600 });
    await alpha.run(["chown", owner, file]);
  }
  const read = async (file: string) => await alpha.exec([...privileges, "cat", file]);
  expect(await read("/tmp/of-root")).toMatchObject({ code: 0, stdout: "of root" });
  const another = await read("/tmp/of-another");
  expect(another).toMatchObject({ code: 1, stdout: "" });
  expect(another.stderr).toContain("Permission denied");
  await alpha.docker("create", "--name=idle", "--env=PASSWORD=of-idle", await image());
  expect(
    await askDocker("/run/docker-read.sock", "inspect", "--format={{.Config.Env}}", "idle"),
  ).toMatchObject({ code: 0, stdout: "[PASSWORD=of-idle]\n" });
});

test("ends what root runs", async () => {
  const other = await alpha.spawn(["sh", "-c", "echo $$; exec sleep 1000"]);
  const [pid = ""] = await other.waitForOutput(/^\d+(?=\n)/);
  await alpha.run([...privileges, "kill", pid]);
  expect(await other.exited).toBe(128 + 15);
});

test("has asked Docker for nothing that changes it", async () => {
  expect(await proxy.output()).toBe("ready\n");
  expect(agent.isRunning()).toBe(true);
});

test("starts no container through a socket that only reads, and is root on its host through the whole one", async () => {
  const containers = async () =>
    await alpha.docker("ps", "--all", "--no-trunc", "--format={{.ID}} {{.State}}");
  const before = await containers();
  const made = [
    ...["run", "--name=made", "--volume=/tmp:/tmp", "--entrypoint=cat"],
    ...[await image(), "/tmp/of-another"],
  ];
  for (const words of [made, ["start", "idle"]]) {
    const asked = await askDocker("/run/docker-read.sock", ...words);
    expect(asked.code).not.toBe(0);
  }
  expect(await proxy.output()).toMatch(
    /^ready\nrefused POST \S+\/containers\/create\?name=made\nrefused POST \S+\/containers\/idle\/start\n$/,
  );
  expect(await containers()).toBe(before);
  const whole = await askDocker("/run/docker.sock", ...made);
  expect(whole).toMatchObject({ code: 0, stdout: "of 1000" });
});
