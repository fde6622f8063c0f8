import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container } from "./container.ts";
import type { Lab } from "./lab.ts";
import { whyUnfit } from "./machine.ts";
import { probeIcmp, probeTcp, probeUdp } from "./probe.ts";
import { scriptsDir } from "./repository.ts";
import { startLab } from "./start-lab.ts";

const unfit = whyUnfit();
if (unfit !== undefined) console.warn(`SKIPPED: tests of the lab: ${unfit}`);

describe.skipIf(unfit !== undefined)("a lab of two hosts and a client", () => {
  let lab: Lab;
  const databases = new Map<string, Container>();

  beforeAll(async () => {
    lab = await startLab({
      hosts: [{ name: "host1" }, { name: "host2", userlandProxy: false, lacks: ["ipset"] }],
      nodes: [
        { name: "client", addresses: ["198.51.100.10/24", "2001:db8:ff::10/64"] },
        { name: "inner", behind: "host1", addresses: ["203.0.113.20/32"] },
      ],
    });
    const setUp = lab.hosts.map(async (host, index) => {
      const subnet6 = `2001:db8:7:${String(index)}::/64`;
      await host.createNetwork("shop", { subnet4: "10.7.0.0/24", subnet6, bridgeName: "br-shop" });
      const database = await host.runContainer({
        name: `db-${host.name}`,
        network: "shop",
        publish: ["3306:3306", "53:53/udp"],
        listen: ["tcp:3306", "udp:53"],
      });
      databases.set(host.name, database);
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
    expect(await app.addressesOn("shop")).toEqual({ ipv4: app.ipv4, ipv6: app.ipv6 });
    expect(app.ipv6).toMatch(/^2001:db8:7:1::/);
    const { ipv4, ipv6 } = lab.host("host1");
    expect(await probeTcp(app, { address: ipv4, port: 3306 })).toMatchObject({ kind: "open" });
    expect(await probeTcp(app, { address: ipv6, port: 3306 })).toMatchObject({ kind: "open" });
    await host.removeContainer("app");
  });

  test("a rule with an ipset decides; a host that lacks the program says so", async () => {
    const host = lab.host("host1");
    const client = lab.node("client");
    const target = { address: host.ipv4, port: 3306 };
    await host.run(["ipset", "create", "denied", "hash:net"]);
    await host.run(["ipset", "add", "denied", "198.51.100.0/24"]);
    const rule = ["DOCKER-USER", "-m", "set", "--match-set", "denied", "src", "-j", "DROP"];
    await host.run(["iptables", "-I", ...rule]);
    const [denied, other] = await Promise.all([
      probeTcp(client, target, { source: "198.51.100.10" }),
      probeTcp(client, target),
    ]);
    expect([denied.kind, other.kind]).toEqual(["timeout", "open"]);
    await host.run(["iptables", "-D", ...rule]);
    expect(await lab.host("host2").exec(["ipset", "list"])).toMatchObject({ code: 127 });
  });

  test("only the host that has the userland proxy runs one", async () => {
    const proxies = lab.hosts.map((host) => host.exec(["pgrep", "-c", "docker-proxy"]));
    const counts = (await Promise.all(proxies)).map(({ stdout }) => Number(stdout));
    expect(counts).toEqual([4, 0]);
  });

  test("a host forwards between the lab and what is behind it, by the rules of its FORWARD", async () => {
    const inner = lab.node("inner");
    const client = lab.node("client");
    const program = `${scriptsDir}/lab-listen.pl`;
    for (const node of [inner, client]) {
      await (await node.spawn(["perl", program, "tcp:7000"])).waitForOutput(/ready/);
    }
    const port = 7000;
    const verdicts = async (): Promise<readonly string[]> => {
      const probes = [
        probeTcp(client, { address: inner.ipv4, port }),
        probeTcp(client, { address: inner.ipv6, port }),
        probeTcp(client, { address: "203.0.113.20", port }),
        probeTcp(inner, { address: client.ipv4, port }),
        probeTcp(inner, { address: client.ipv6, port }),
        probeTcp(inner, { address: "198.51.100.10", port }),
        probeTcp(inner, { address: lab.host("host2").ipv4, port: 3306 }),
      ];
      return (await Promise.all(probes)).map(({ kind }) => kind);
    };
    expect(await verdicts()).toEqual(Array.from({ length: 7 }, () => "open"));
    const router = lab.host("host1");
    const out = ["FORWARD", "-o", "eth1", "-m", "conntrack", "--ctstate", "NEW", "-j", "REJECT"];
    for (const iptables of ["iptables", "ip6tables"]) await router.run([iptables, "-I", ...out]);
    const refused = ["refused", "refused", "refused", "open", "open", "open", "open"];
    expect(await verdicts()).toEqual(refused);
    for (const iptables of ["iptables", "ip6tables"]) await router.run([iptables, "-D", ...out]);
  });

  test("a container moves between networks, stops and starts", async () => {
    const host = lab.host("host2");
    const client = lab.node("client");
    await host.createNetwork("left", { subnet4: "10.8.0.0/24" });
    await host.createNetwork("right", { subnet4: "10.9.0.0/24" });
    const app = await host.runContainer({
      name: "roamer",
      network: "left",
      publish: ["8080:80"],
      listen: ["tcp:80"],
    });
    const published = { address: host.ipv4, port: 8080 };
    expect(await app.addressesOn("left")).toEqual({ ipv4: "10.8.0.2", ipv6: "" });
    await app.connect("right", { ipv4: "10.9.0.9" });
    expect(await app.addressesOn("right")).toEqual({ ipv4: "10.9.0.9", ipv6: "" });
    await app.disconnect("left");
    await expect(app.addressesOn("left")).rejects.toThrow(/roamer.*not on network left/);
    await app.stop();
    expect(await app.addressesOn("right")).toEqual({ ipv4: "", ipv6: "" });
    expect((await probeTcp(client, published)).kind).toBe("refused");
    await app.start();
    expect((await probeTcp(client, published)).kind).toBe("open");
    await app.restart();
    expect((await probeTcp(client, published)).kind).toBe("open");
    await host.removeContainer("roamer");
  });

  test("containers without a bridge: on the host's network, and on a macvlan", async () => {
    const host = lab.host("host1");
    const client = lab.node("client");
    const pool = { subnet4: "192.0.2.0/24", range4: "192.0.2.192/28" };
    const macvlan = { ...pool, macvlanParent: "eth0" };
    await host.createNetwork("wire", macvlan);
    const [onHost, onWire] = await Promise.all([
      host.runContainer({ name: "on-host", network: "host", listen: ["tcp:8000"] }),
      host.runContainer({ name: "on-wire", network: "wire", listen: ["tcp:8000"] }),
    ]);
    expect(onHost).toMatchObject({ ipv4: "", ipv6: "" });
    const [viaHost, viaWire] = await Promise.all([
      probeTcp(client, { address: host.ipv6, port: 8000 }),
      probeTcp(client, { address: onWire.ipv4, port: 8000 }),
    ]);
    expect(viaHost).toMatchObject({ banner: "seawall-lab on-host tcp/8000" });
    expect(viaWire).toMatchObject({ banner: "seawall-lab on-wire tcp/8000" });
    await expect(host.bridgeOf("wire")).rejects.toThrow(/macvlan/);
    await Promise.all(["on-host", "on-wire"].map((name) => host.removeContainer(name)));
  });

  test("bridge-nf-call decides whether rules see what stays within a bridge", async () => {
    const host = lab.host("host1");
    const app = await host.runContainer({ name: "neighbour", network: "shop" });
    const kinds = async (): Promise<readonly string[]> => {
      const { ipv4 = "", ipv6 = "" } = databases.get("host1") ?? {};
      const probes = [ipv4, ipv6].map((address) => probeTcp(app, { address, port: 3306 }));
      return (await Promise.all(probes)).map(({ kind }) => kind);
    };
    const within = ["FORWARD", "-i", "br-shop", "-o", "br-shop", "-p", "tcp", "-j", "DROP"];
    for (const iptables of ["iptables", "ip6tables"]) await host.run([iptables, "-I", ...within]);
    expect(await kinds()).toEqual(["timeout", "timeout"]);
    await host.setBridgeNfCall("iptables", false);
    expect(await kinds()).toEqual(["open", "timeout"]);
    await host.setBridgeNfCall("ip6tables", false);
    expect(await kinds()).toEqual(["open", "open"]);
    for (const iptables of ["iptables", "ip6tables"] as const) {
      await host.run([iptables, "-D", ...within]);
      await host.setBridgeNfCall(iptables, true);
    }
    await host.removeContainer("neighbour");
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
    const endless = await client.exec(["yes"], { timeoutMs: 100 });
    expect(endless).toMatchObject({ timedOut: true, code: 137 });
    const leaves = client.run(["sh", "-c", "sleep 60 & echo left behind"], { timeoutMs: 3_000 });
    await expect(leaves).rejects.toThrow(/timed out.*left behind/s);
    expect(await client.exec(["cat"], { input: "text" })).toMatchObject({
      code: 0,
      stdout: "text",
    });
    await expect(client.run(["ls", "/nowhere"])).rejects.toThrow(/nowhere.*No such file/);
    expect(await client.exec(["no-such-program"])).toMatchObject({ code: 127 });
    await expect(client.exec([])).rejects.toThrow("no command");
    await expect(client.exec(["echo", "a\0b"])).rejects.toThrow("no command");
    const texts = Array.from({ length: 50 }, (_, index) => String(index).repeat(10_000));
    const copies = texts.map((input) => client.run(["cat"], { input }));
    expect(await Promise.all(copies)).toEqual(texts);
  });

  test("every node finds its programs", async () => {
    const client = lab.node("client");
    expect(await client.run(["node", "--version"])).toBe(`${process.version}\n`);
    expect(await client.run(["nats-server", "--version"])).toMatch(/v2\.1\d/);
    for (const program of ["iptables", "ip6tables", "ipset", "conntrack", "nft", "tcpdump"]) {
      await client.run([program, "--version"]);
    }
    const command = ["sh", "-c", "touch /root/x && ! touch " + process.cwd() + "/x 2>&1"];
    expect(await client.run(command)).toMatch(/Read-only/);
  });
});
