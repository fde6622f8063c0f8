import { existsSync } from "node:fs";
import { type Container, type DockerHost, eventually, type Fleet, probeTcp } from "@seawall/lab";
import { complianceDocument, traceDocument } from "@seawall/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostStatus, inSyncWithDocker, lookEveryMs } from "./host-status.ts";
import { dropped, met, open, type ShopFleet } from "./shop-fleet.ts";
import { enforceOn, policy } from "./sites.ts";

const within = { timeout: 60_000, interval: lookEveryMs };

/** The policy is never called enforced on the host: by its state, with what to do about it, and by compliance. */
export async function expectPartly(
  fleet: Fleet,
  host: string,
  name: string,
  limits: readonly (readonly [path: string, reason: string])[],
): Promise<void> {
  const landing = async () =>
    (await hostStatus(fleet, host)).limits.filter(({ policies }) => policies.includes(name));
  const said = async () => (await landing()).map(({ path, reason }) => [path, reason]);
  await expect.poll(said, within).toEqual(expect.arrayContaining([...limits]));
  await expect.poll(() => reasonOf(fleet, host, name), within).toBe("PartiallyEnforced");
  // What lands there may still change: a container of it has just started.
  const unsaid = async () => {
    const text = await fleet.mustSeawall(["describe", "host", host]);
    return (await landing())
      .flatMap(({ path, message, advice }) => [`${path}: ${message}`, advice])
      .filter((words) => !text.includes(words));
  };
  await expect.poll(unsaid, within).toEqual([]);
  const asked = ["compliance", "--host", host, "--policy", name, "-o", "json"];
  const { code, stdout } = await fleet.seawall(asked);
  const [answer] = complianceDocument.parse(JSON.parse(stdout)).hosts;
  const control = answer?.controls.find((one) => one.name === "NothingUnenforceable");
  expect({ code, verdict: control?.verdict, reason: control?.reason }).toEqual({
    ...{ code: 1, verdict: "FAIL", reason: "PartiallyEnforced" },
  });
}

export async function reasonOf(fleet: Fleet, host: string, name: string) {
  const { policies } = await hostStatus(fleet, host);
  return policies.find((one) => one.name === name)?.reason;
}

const closed = (name: string, networks: string, more = "") =>
  policy(
    name,
    `  networkSelector: {names: [${networks}]}\n${more}  ingress: {defaultAction: Deny}`,
  );

/** Each path by which a packet gets through that a policy denies: it does, and the host says so. */
export function aroundPolicies(of: () => ShopFleet): void {
  describe("what goes around policies is said, path by path", () => {
    test("other-network: what a container of two networks sends by the one that is not selected", async () => {
      const { fleet, api, inner } = of();
      const leaving = (networks: string) =>
        policy(
          "leaving",
          `  networkSelector: {names: [${networks}]}\n  egress: {defaultAction: Deny}`,
        );
      await enforceOn(fleet, leaving("shop"));
      expect(await met(api, inner, 7000)).toEqual(dropped);
      expect(await reasonOf(fleet, "alpha", "leaving")).toBe("Enforced");

      // Docker has it send by the network whose name comes first.
      await api.connect("other");
      await expectPartly(fleet, "alpha", "leaving", [["other-network", "OtherNetwork"]]);
      expect(await met(api, inner, 7000)).toEqual(open);
      await enforceOn(fleet, leaving("shop, other"));
      expect(await met(api, inner, 7000)).toEqual(dropped);
      expect(await reasonOf(fleet, "alpha", "leaving")).toBe("Enforced");
      await api.disconnect("other");
    });

    test("host-network: a container with the addresses of the host", async () => {
      const { fleet, alpha, client } = of();
      await alpha.runContainer({ name: "metrics", network: "host", listen: ["tcp:9100"] });
      await enforceOn(
        fleet,
        closed("close-metrics", "shop", "  containerSelector: {names: [metrics]}\n") +
          closed("close-db", "shop"),
      );
      await expectPartly(fleet, "alpha", "close-metrics", [
        ["host-network", "HostNetworkContainer"],
      ]);
      expect(await met(client, alpha, 9100)).toEqual(open);
      const asked = ["trace", client.ipv4, "host:9100", "--host", "alpha", "-o", "json"];
      const { stdout } = await fleet.seawall(asked);
      const ways = traceDocument.parse(JSON.parse(stdout)).groups.flatMap(({ paths }) => paths);
      expect(ways.map(({ judged }) => judged)).toEqual([false]);
      // Beside it, what can be governed is.
      expect(await met(client, alpha, 3306)).toEqual(dropped);
      expect(await reasonOf(fleet, "alpha", "close-db")).toBe("Enforced");
      await alpha.removeContainer("metrics");
    });

    test.for(["macvlan", "ipvlan"])(
      "no-bridge: a container on a network of driver %s",
      async (driver, { skip }) => {
        const { fleet, alpha, client } = of();
        await alpha.docker(
          ...["network", "create", "-d", driver, "-o", "parent=eth0"],
          ...["--subnet", "192.0.2.0/24", "--ip-range", "192.0.2.192/28", "lan"],
        );
        try {
          await enforceOn(fleet, closed("close-lan", "lan"));
          await expectPartly(fleet, "alpha", "close-lan", [["no-bridge", "UnsupportedDriver"]]);
          if (!(await hasLinks(driver))) {
            const why = `this kernel has no ${driver}, so no container can be on such a network`;
            console.warn(`SKIPPED: packets by ${driver}: ${why}`);
            skip(why);
          }
          const onLan = await alpha.runContainer({
            name: "on-lan",
            network: "lan",
            listen: ["tcp:80"],
          });
          const { kind } = await probeTcp(client, { address: onLan.ipv4, port: 80 });
          await alpha.removeContainer("on-lan");
          expect(kind).toBe("open");
        } finally {
          await alpha.removeNetwork("lan");
        }
      },
    );

    async function hasLinks(type: string): Promise<boolean> {
      const { alpha } = of();
      const link = ["ip", "link", "add", "link", "eth0", "name", "tried", "type", type];
      if ((await alpha.exec(link)).code !== 0) return false;
      await alpha.run(["ip", "link", "delete", "tried"]);
      return true;
    }

    describe("swarm-ingress", () => {
      const service = { port: 8099, network: "mesh" } as const;

      beforeAll(async () => {
        const { fleet, beta } = of();
        await beta.docker("swarm", "init", "--advertise-addr", beta.ipv4);
        await beta.docker(
          ...["network", "create", "-d", "overlay", "--attachable"],
          ...["--subnet", "10.55.0.0/24", service.network],
        );
        await enforceOn(fleet, closed("close-mesh", `${service.network}, ingress`));
      });

      afterAll(async () => {
        const { beta } = of();
        await beta.docker("swarm", "leave", "--force");
        await beta.removeNetwork("docker_gwbridge");
      });

      test("containers of a network of the Swarm reach each other", async () => {
        const { fleet, beta } = of();
        const on = (name: string) =>
          beta.runContainer({ name, network: service.network, listen: ["tcp:80"] });
        const [left, right] = [await on("left"), await on("right")];
        await expectPartly(fleet, "beta", "close-mesh", [
          ["no-bridge", "UnsupportedDriver"],
          ["swarm-ingress", "SwarmIngress"],
        ]);
        const { kind } = await probeTcp(left, { address: right.ipv4, port: 80 });
        await Promise.all(["left", "right"].map((name) => beta.removeContainer(name)));
        expect(kind).toBe("open");
      });

      test("clients reach a port that Swarm publishes", async ({ skip }) => {
        const { fleet, beta, client } = of();
        if (!existsSync("/proc/net/ip_vs")) {
          const why = "this kernel has no IPVS, by which Swarm leads clients to its services";
          console.warn(`SKIPPED: packets by Swarm's ingress: ${why}`);
          skip(why);
        }
        const image = (await beta.docker("images", "--format", "{{.Repository}}:{{.Tag}}")).trim();
        const publish = `published=${String(service.port)},target=80,mode=ingress`;
        await beta.docker(
          ...["service", "create", "--detach", "--no-resolve-image", "--name", "served"],
          ...["--publish", publish, image, "tcp:80"],
        );
        await expectPartly(fleet, "beta", "close-mesh", [["swarm-ingress", "SwarmIngress"]]);
        await expect.poll(() => kindAt(client, beta.ipv4, service.port), within).toBe("open");
      });
    });

    // The last of all: Docker on beta keeps no rules any more when it ends.
    describe("where the guard of published ports is off", () => {
      let served: Container;
      let near: Container;
      const fromNear = () => kindAt(near, of().beta.ipv4, 8088);

      beforeAll(async () => {
        const { fleet, beta } = of();
        await beta.createNetwork("plain", { subnet4: "10.66.0.0/24" });
        const on = (name: string, publish: readonly string[]) =>
          beta.runContainer({ name, network: "plain", publish, listen: ["tcp:80"] });
        [served, near] = await Promise.all([on("served", ["8088:80"]), on("near", [])]);
        await enforceOn(fleet, closed("close-plain", "plain"));
      });

      test("docker-proxy: clients by IPv6 of a container without it, and containers of the host", async () => {
        const { fleet, beta, client } = of();
        expect([await met(client, beta, 8088), await fromNear()]).toEqual([dropped, "timeout"]);
        expect(await reasonOf(fleet, "beta", "close-plain")).toBe("Enforced");
        await fleet.mustSeawall(["set", "host", "beta", "--option", "inputGuard=Off"]);
        await expectPartly(fleet, "beta", "close-plain", [
          ["docker-proxy", "ClientsThroughProxy"],
          ["docker-proxy", "ContainersThroughProxy"],
        ]);
        await inSyncWithDocker(fleet, "beta");
        expect(await met(client, beta, 8088)).toEqual(["timeout", "open"]);
        expect(await fromNear()).toBe("open");
      });

      test("docker-without-rules: everybody, where iptables is off in Docker", async () => {
        const { fleet, beta, client } = of();
        await withoutIptables(beta);
        await served.start();
        await expectPartly(fleet, "beta", "close-plain", [
          ["docker-without-rules", "DockerWithoutRules"],
        ]);
        await expect.poll(() => met(client, beta, 8088), within).toEqual(open);
      });
    });
  });
}

/** Dockerd as it runs, but for its rules: none is there any more, and none comes. */
async function withoutIptables(host: DockerHost): Promise<void> {
  const pid = (await host.run(["cat", "/run/docker.pid"])).trim();
  const argv = (await host.run(["cat", `/proc/${pid}/cmdline`])).split("\0");
  await host.stopDocker();
  const nothing = "*nat\nCOMMIT\n*filter\nCOMMIT\n";
  for (const program of ["iptables-restore", "ip6tables-restore"]) {
    await host.run([program], { input: nothing });
  }
  const kept = argv.filter((word) => word !== "" && !word.includes("ip6tables"));
  await host.spawn([...kept, "--iptables=false", "--ip6tables=false"]);
  await eventually(async () => (await host.exec(["docker", "info"])).code === 0, {
    what: `Docker on ${host.name} to answer`,
    timeoutMs: 60_000,
  });
}

async function kindAt(from: Parameters<typeof probeTcp>[0], address: string, port: number) {
  return (await probeTcp(from, { address, port })).kind;
}
