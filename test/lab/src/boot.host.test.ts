import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container } from "./container.ts";
import type { DockerHost } from "./docker-host.ts";
import { eventually } from "./eventually.ts";
import type { Lab } from "./lab.ts";
import type { LabNode } from "./lab-node.ts";
import { whyUnfit } from "./machine.ts";
import { probeTcp } from "./probe.ts";
import { startLab } from "./start-lab.ts";

const unfit = whyUnfit();
if (unfit !== undefined) console.warn(`SKIPPED: tests of how the lab's hosts boot: ${unfit}`);

describe.skipIf(unfit !== undefined)("a host whose Docker does not run yet", () => {
  let lab: Lab;
  let host: DockerHost;
  let client: LabNode;
  let web: Container;

  beforeAll(async () => {
    lab = await startLab({
      hosts: [{ name: "host1", startsDocker: false, addresses: ["198.51.100.1/24"] }],
      nodes: [
        { name: "client", addresses: ["203.0.113.10/24"] },
        { name: "inner", behind: "host1" },
      ],
    });
    host = lab.host("host1");
    client = lab.node("client");
  });
  afterAll(() => lab.stop());

  const kind = async (address: string): Promise<string> =>
    (await probeTcp(client, { address, port: 8080 }, { source: "203.0.113.10" })).kind;

  test("nothing of Docker is there until it is started, and what came before stays", async () => {
    expect(await host.exec(["pidof", "dockerd", "containerd"])).toMatchObject({ code: 1 });
    expect(await host.run(["iptables", "-S", "FORWARD"])).not.toContain("DOCKER");
    for (const words of [
      ["-N", "DOCKER-USER"],
      ["-A", "DOCKER-USER", "-i", "br-x", "-j", "DROP"],
    ]) {
      await host.run(["iptables", ...words]);
    }
    await host.startDocker();
    expect(await host.run(["iptables", "-S"])).toMatch(/-A DOCKER-USER -i br-x -j DROP/);
    web = await host.runContainer({
      name: "web",
      publish: ["8080:80"],
      listen: ["tcp:80"],
      restart: "always",
    });
    expect(await kind(host.ipv4)).toBe("open");
  });

  test("a reboot: the disk stays, the network namespace is new, Docker waits to be started", async () => {
    await host.run([
      "sh",
      "-c",
      "echo kept > /root/file; echo gone > /run/file; echo gone > /tmp/file",
    ]);
    await host.run(["ipset", "create", "gone", "hash:net"]);
    await host.run(["ip", "link", "add", "br-gone", "type", "bridge"]);
    const before = host.pid;
    // Much memory that the kernel takes long to take back, while the host is gone already.
    const large = await host.spawn([
      "perl",
      "-e",
      'my $x = "x" x 300_000_000; $| = 1; print "ready"; sleep 60',
    ]);
    await large.waitForOutput(/ready/, 60_000);
    const underWay = host.exec(["sleep", "600"]);
    await eventually(async () => (await host.exec(["pgrep", "-f", "^sleep 600"])).code === 0, {
      what: "the program to be under way",
    });

    await host.reboot();

    expect(await underWay).toMatchObject({ code: 137, timedOut: false });

    expect(existsSync(`/proc/${String(before)}`)).toBe(false);
    expect(await host.run(["cat", "/root/file"])).toBe("kept\n");
    const ls = await host.exec(["ls", "/run/file", "/tmp/file"]);
    expect(ls).toMatchObject({ code: 2, stdout: "" });
    expect(await host.run(["iptables-save"])).not.toContain("DOCKER");
    expect(await host.run(["ipset", "list", "-name"])).toBe("");
    expect(await host.run(["ip", "-brief", "link"])).not.toMatch(/br-gone|docker0/);
    expect(await host.exec(["pidof", "dockerd", "containerd"])).toMatchObject({ code: 1 });
    expect(await kind(host.ipv4)).toBe("refused");
  });

  test("then its addresses, routes and containers are there as before", async () => {
    await host.startDocker();
    await eventually(async () => (await kind(host.ipv4)) === "open", { what: "web to come back" });
    expect(await kind("198.51.100.1")).toBe("open");
    const inner = { address: client.ipv6, port: 9 };
    expect((await probeTcp(lab.node("inner"), inner)).kind).toBe("refused");
    expect((await probeTcp(web, { ...inner, address: client.ipv4 })).kind).toBe("refused");
    await host.restartDocker("SIGKILL");
    await host.reboot();
    await host.startDocker();
    await eventually(async () => (await kind(host.ipv4)) === "open", { what: "web to come back" });
  });
});
