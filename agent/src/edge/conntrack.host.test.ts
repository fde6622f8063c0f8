import { type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Connection } from "../core/connection.ts";
import type { ConnectionFilter } from "../core/connection-filter.ts";
import { cutMark } from "../core/cut-mark.ts";
import { cidr, connection } from "../core/testing/live-host.ts";
import { connectionsOf } from "../testing/node-connections.ts";

let lab: Lab;
let node: LabNode;

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({
    hosts: [],
    nodes: [{ name: "kernel" }, { name: "bare", lacks: ["conntrack"] }],
  });
  node = lab.node("kernel");
});

afterAll(async () => {
  await lab.stop();
});

const udp = (from: string, port: number) =>
  `-I -p udp -s ${from} -d 192.0.2.11 --sport 4000 --dport ${String(port)} -g 172.18.0.2:53 -t 600`;

/** Entries of the kernel, as a file of conntrack's commands. */
async function fill(lines: readonly string[]): Promise<void> {
  await node.run(["sh", "-c", "cat > /tmp/entries"], { input: `${lines.join("\n")}\n` });
  await node.run(["conntrack", "-R", "/tmp/entries"]);
}

beforeEach(async () => {
  await node.run(["conntrack", "-F"]);
});

async function listed(): Promise<readonly Connection[]> {
  const found: Connection[] = [];
  const unreadable: string[] = [];
  const { conntrack } = connectionsOf(node);
  const answer = await conntrack.list({
    add: (one) => found.push(one),
    addUnreadable: (line) => unreadable.push(line),
  });
  expect(answer).toEqual({ kind: "listed" });
  expect(unreadable).toEqual([]);
  return found;
}

/** Every mark that an entry has. */
async function marks(): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await node.exec(["conntrack", "-L"]);
  const found = [...stdout.matchAll(/ mark=(\d+) /g)].map(([, mark = ""]) => mark);
  return Object.fromEntries(
    [...new Set(found)].map((m) => [m, found.filter((f) => f === m).length]),
  );
}

test("lists both families as they are", async () => {
  await fill([
    `${udp("203.0.113.7", 5353)} -m 0x80`,
    "-I -p tcp -s 10.7.0.3 -d 10.7.0.2 --sport 4000 --dport 80 --state ESTABLISHED -u SEEN_REPLY -t 600",
    "-I -p icmp -s 10.7.0.3 -d 10.7.0.2 --icmp-type 8 --icmp-code 0 --icmp-id 5 -t 600",
    `-I -p udp -s 2001:db8:bad::9 -d 2001:db8:18::2 --sport 4000 --dport 53 -t 600 -m ${String(cutMark)}`,
  ]);
  const found = await listed();
  const expected = [
    "UDP 203.0.113.7 > 192.0.2.11 5353 = 172.18.0.2 53 unanswered",
    "TCP 10.7.0.3 > 10.7.0.2 80",
    "ICMP 10.7.0.3 > 10.7.0.2 unanswered",
    "UDP 2001:db8:bad::9 > 2001:db8:18::2 53 unanswered cut",
  ];
  expect(found).toHaveLength(expected.length);
  for (const text of expected) expect(found).toContainEqual(connection(text));
});

test("one program tells of both families, from when it has been seen to", async () => {
  const started: string[] = [];
  const { conntrack } = connectionsOf(node, (argv) => started.push(argv.slice(4).join(" ")));
  const list = async () => {
    const found: string[] = [];
    await conntrack.list({
      add: ({ source }) => found.push(source.family),
      addUnreadable: () => undefined,
    });
    return [found.toSorted(), started.splice(0)];
  };
  await fill([udp("203.0.113.7", 5353)]);
  expect(await list()).toEqual([["IPv4"], ["", "--family ipv6"]]);
  await fill(["-I -p udp -s 2001:db8::9 -d 2001:db8::2 --sport 4000 --dport 53 -t 600"]);
  expect(await list()).toEqual([["IPv4", "IPv6"], [""]]);
  await node.run(["conntrack", "-D", "--family", "ipv6"]);
  expect(await list()).toEqual([["IPv4"], [""]]);
});

test("what the kernel expected because of another connection is told as such", async () => {
  await node.run([
    "iptables",
    "-t",
    "raw",
    "-A",
    "OUTPUT",
    "-p",
    "udp",
    "--dport",
    "69",
    "-j",
    "CT",
    "--helper",
    "tftp",
  ]);
  // A TFTP server answers a request from a port of its own: RFC 1350.
  const program = `
    const [client, server] = [0, 0].map(() => require("node:dgram").createSocket("udp4"));
    client.bind(5000, "127.0.0.1", () => {
      client.send("\\0\\1file\\0octet\\0", 69, "127.0.0.1", () => server.send("data", 5000, "127.0.0.1"));
    });
    client.on("message", () => process.exit());
  `;
  await node.run(["node", "-e", program]);
  expect(await listed()).toEqual(
    expect.arrayContaining([
      connection("UDP 127.0.0.1 > 127.0.0.1 69 unanswered"),
      connection("UDP 127.0.0.1 > 127.0.0.1 5000 unanswered expected"),
    ]),
  );
});

describe("marks", () => {
  const toPublished: ConnectionFilter = {
    ...{ family: "IPv4", protocol: "UDP", port: 5353, answeringPort: 53 },
    ...{ source: cidr("203.0.113.0/25"), destination: cidr("192.0.2.11/32") },
    answerer: connection("ICMP 172.18.0.2 > 172.18.0.2").source,
  };

  test("sets the bit in connections of the filter, takes it away, and leaves every other bit", async () => {
    await fill([
      `${udp("203.0.113.7", 5353)} -m 0x80`,
      `${udp("203.0.113.200", 5353)} -m 0x80`,
      `${udp("203.0.113.8", 5354)} -m 0x80`,
    ]);
    const { conntrack } = connectionsOf(node);
    expect(await conntrack.mark(toPublished, true)).toEqual({ kind: "done" });
    expect(await marks()).toEqual({ [String(cutMark + 0x80)]: 1, "128": 2 });
    // What is so already is no failure.
    expect(await conntrack.mark(toPublished, true)).toEqual({ kind: "done" });
    expect(await conntrack.mark({ family: "IPv4" }, false)).toEqual({ kind: "done" });
    expect(await marks()).toEqual({ "128": 3 });
    expect(await conntrack.mark({ family: "IPv6" }, false)).toEqual({ kind: "done" });
  });

  test("takes addresses, blocks and ICMP of IPv6", async () => {
    const entry = (to: string) =>
      `-I -p icmpv6 -s 2001:db8:18::2 -d ${to} --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 5 -t 600`;
    await fill([entry("2001:db8:bad::9"), entry("2001:db8:7::9")]);
    const { conntrack } = connectionsOf(node);
    const filter: ConnectionFilter = {
      ...{ family: "IPv6", protocol: "ICMP" },
      ...{ source: cidr("2001:db8:18::2/128"), destination: cidr("2001:db8:bad::/48") },
    };
    expect(await conntrack.mark(filter, true)).toEqual({ kind: "done" });
    expect(await marks()).toEqual({ [String(cutMark)]: 1, "0": 1 });
  });

  // conntrack 1.4.7 gives up after some 85 of them.
  test("as many as there are", async () => {
    await fill(
      Array.from({ length: 1_000 }, (_, n) =>
        udp(`203.0.${String(n >> 7)}.${String(n & 127)}`, 5353),
      ),
    );
    const { conntrack } = connectionsOf(node);
    const all = { ...toPublished, source: cidr("203.0.0.0/17") };
    let calls = 1;
    while ((await conntrack.mark(all, true)).kind === "more") calls += 1;
    expect(calls).toBeLessThan(20);
    expect(await marks()).toEqual({ [String(cutMark)]: 1_000 });
  });
});

describe("fails", () => {
  const nobody = { add: () => undefined, addUnreadable: () => undefined };

  test("without the program, saying what goes on then", async () => {
    const { conntrack } = connectionsOf(lab.node("bare"));
    const failure = {
      class: "wait",
      reason: "ConntrackMissing",
      message:
        "conntrack is not installed here, so open connections that are denied now go on; install the package conntrack",
    };
    expect(await conntrack.list(nobody)).toEqual({ kind: "failed", failure });
    expect(await conntrack.mark({ family: "IPv4" }, true)).toEqual({ kind: "failed", failure });
  });

  test("without the right to", async () => {
    const powerless = {
      pid: node.pid,
      exec: (argv: readonly string[]) =>
        node.exec(["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", ...argv]),
    };
    const { conntrack } = connectionsOf(powerless);
    const failed = { kind: "failed", failure: { class: "wait", reason: "NoRights" } };
    expect(await conntrack.list(nobody)).toMatchObject(failed);
    expect(await conntrack.mark({ family: "IPv4" }, true)).toMatchObject(failed);
  });
});
