import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lab } from "./lab.ts";
import { whyUnfit } from "./machine.ts";
import { probeIcmp, probeTcp, probeUdp } from "./probe.ts";
import { startLab } from "./start-lab.ts";

const unfit = whyUnfit();
if (unfit !== undefined) console.warn(`SKIPPED: tests of the lab: ${unfit}`);

describe.skipIf(unfit !== undefined)("a lab of two hosts and a client", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({
      hosts: [{ name: "host1" }, { name: "host2" }],
      nodes: [{ name: "client", addresses: ["198.51.100.10/24", "2001:db8:ff::10/64"] }],
    });
    const setUp = lab.hosts.map(async (host, index) => {
      const subnet6 = `2001:db8:7:${String(index)}::/64`;
      await host.createNetwork("shop", { subnet4: "10.7.0.0/24", subnet6, bridgeName: "br-shop" });
      await host.runContainer({
        name: `db-${host.name}`,
        network: "shop",
        publish: ["3306:3306", "53:53/udp"],
        listen: ["tcp:3306", "udp:53"],
      });
    });
    await Promise.all(setUp);
  });
  afterAll(() => lab.stop());

  test("published ports are open from outside, and each host answers for itself", async () => {
    const client = lab.node("client");
    for (const host of lab.hosts) {
      for (const address of [host.ipv4, host.ipv6]) {
        const [tcp, udp, icmp] = await Promise.all([
          probeTcp(client, { address, port: 3306 }),
          probeUdp(client, { address, port: 53 }),
          probeIcmp(client, { address }),
        ]);
        expect(tcp).toMatchObject({ kind: "open", banner: `seawall-lab db-${host.name} tcp/3306` });
        expect(udp).toMatchObject({ kind: "open" });
        expect(icmp).toMatchObject({ kind: "open" });
      }
    }
  });

  test("the four ways not to be open are told apart", async () => {
    const client = lab.node("client");
    const { ipv4, ipv6 } = lab.host("host1");
    const kind = async (address: string, port: number, source?: string): Promise<string> =>
      (await probeTcp(client, { address, port }, source === undefined ? {} : { source })).kind;
    expect(await kind(ipv4, 9)).toBe("refused");
    expect(await kind(ipv6, 9)).toBe("refused");
    expect(await kind("203.0.113.1", 9)).toBe("unreachable");
    expect(await kind("192.0.2.250", 9)).toBe("timeout");
    expect((await probeUdp(client, { address: ipv6, port: 9 })).kind).toBe("refused");
  });

  test.each([
    { family: "v4", iptables: "iptables", chain: "DOCKER-USER" },
    // Docker 20.10 has no DOCKER-USER for IPv6.
    { family: "v6", iptables: "ip6tables", chain: "FORWARD" },
  ] as const)("rules of $iptables decide: DROP, REJECT, by source", async (row) => {
    const host = lab.host("host1");
    const client = lab.node("client");
    const address = row.family === "v4" ? host.ipv4 : host.ipv6;
    const source = row.family === "v4" ? "198.51.100.10" : "2001:db8:ff::10";
    const target = { address, port: 3306 };
    const rule = async (...words: readonly string[]): Promise<void> => {
      await host.run([row.iptables, ...words]);
    };
    const drop = [row.chain, "-o", "br-shop", "-s", source, "-j", "DROP"];
    await rule("-I", ...drop);
    const [denied, other] = await Promise.all([
      probeTcp(client, target, { source }),
      probeTcp(client, target),
    ]);
    expect(denied.kind).toBe("timeout");
    expect(other.kind).toBe("open");
    await rule("-D", ...drop);

    const reject = [row.chain, "-o", "br-shop", "-j", "REJECT"];
    await rule("-I", ...reject);
    const verdicts = await Promise.all([
      probeTcp(client, target),
      probeTcp(client, target, { source }),
      probeUdp(client, { address, port: 53 }),
    ]);
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(["refused", "refused", "refused"]);
    await rule("-D", ...reject);
    expect((await probeTcp(client, target)).kind).toBe("open");
  });

  test("packets can be sent from a container", async () => {
    const host = lab.host("host2");
    const app = await host.runContainer({ name: "app", network: "shop" });
    const { ipv4, ipv6 } = lab.host("host1");
    expect(await probeTcp(app, { address: ipv4, port: 3306 })).toMatchObject({ kind: "open" });
    expect(await probeTcp(app, { address: ipv6, port: 3306 })).toMatchObject({ kind: "open" });
    await host.removeContainer("app");
  });

  test("a Docker that is killed comes back", async () => {
    const host = lab.host("host2");
    await host.restartDocker("SIGKILL");
    expect(await host.docker("network", "ls", "--format", "{{.Name}}")).toContain("shop");
    expect(await host.bridgeOf("shop")).toBe("br-shop");
  });

  test("a process in a node: output, signal, exit status", async () => {
    const client = lab.node("client");
    const child = await client.spawn(["sh", "-c", 'trap "exit 7" TERM; echo up; sleep 60 & wait']);
    await child.waitForOutput(/^up$/m);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(7);
    const slow = await client.exec(["sleep", "60"], { timeoutMs: 100 });
    expect(slow).toMatchObject({ timedOut: true, code: 137 });
    expect(await client.exec(["cat"], { input: "text" })).toMatchObject({
      code: 0,
      stdout: "text",
    });
    await expect(client.run(["ls", "/nowhere"])).rejects.toThrow(/nowhere.*No such file/);
    expect(await client.run(["pwd"], { cwd: "/usr/share" })).toBe("/usr/share\n");
  });

  test("every node finds its programs", async () => {
    const client = lab.node("client");
    expect(await client.run(["node", "--version"])).toBe(`${process.version}\n`);
    expect(await client.run(["nats-server", "--version"])).toMatch(/v2\.1\d/);
    for (const program of ["iptables", "ip6tables", "ipset", "conntrack", "nft"]) {
      await client.run([program, "--version"]);
    }
    const command = ["sh", "-c", "touch /root/x && ! touch " + process.cwd() + "/x 2>&1"];
    expect(await client.run(command)).toMatch(/Read-only/);
  });
});
