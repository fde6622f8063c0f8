import { fileURLToPath } from "node:url";
import { type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { type DesiredState, resolve, viewOfNetworks } from "@seawall/policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { planChange } from "./core/plan.ts";
import { render } from "./core/render.ts";
import { median, printTable } from "./testing/bench-table.ts";
import {
  client,
  flatList,
  groupState,
  largeNetworks,
  largeState,
  served,
} from "./testing/large-host.ts";
import { firewallOf, inIptables, setFilter } from "./testing/node-firewall.ts";

const script = fileURLToPath(new URL("../../test/lab/scripts/lab-load.pl", import.meta.url));
const rounds = 5;
/** A list that is gone through one by one would be at hundreds of times. */
const mostOfFew = 1.5;
const seconds = 2;

let lab: Lab;
let node: LabNode;

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({ hosts: [], nodes: [{ name: "kernel" }] });
  node = lab.node("kernel");
  await node.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
  await attach("client", "wan", client, "198.51.100.1/24");
  await attach("server", served.bridge, served.address, "10.99.0.1/16");
  const server = await node.spawn(inNamespace("server", "serve", served.address, served.port));
  await server.waitForOutput(/ready/);
});

afterAll(async () => {
  await lab.stop();
});

/** A namespace behind a bridge of its own, whose way to everywhere is the bridge. */
async function attach(name: string, bridge: string, address: string, gateway: string) {
  const [via = "", length = ""] = gateway.split("/");
  const lines = [
    `link add ${bridge} type bridge`,
    `address add ${gateway} dev ${bridge}`,
    `link set ${bridge} up`,
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `link set ${name} master ${bridge} up`,
  ];
  await node.run(["ip", "netns", "add", name]);
  await node.run(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  const inside = [
    "link set lo up",
    "link set eth0 up",
    `address add ${address}/${length} dev eth0`,
  ];
  const input = `${[...inside, `route add default via ${via}`].join("\n")}\n`;
  await node.run(["ip", "-netns", name, "-batch", "-"], { input });
}

function inNamespace(name: string, ...argv: readonly (string | number)[]): readonly string[] {
  return ["ip", "netns", "exec", name, "perl", script, ...argv.map(String)];
}

/** A second of it: bytes, connections or datagrams. */
async function rate(role: "tcp" | "connect" | "udp"): Promise<number> {
  const argv = inNamespace("client", role, served.address, served.port, seconds);
  return Number(await node.run(argv));
}

function setDockerUser(rules: readonly string[]): Promise<void> {
  return setFilter(node, "IPv4", [
    ...[":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"],
    ":DOCKER-USER - [0:0]",
    "-A FORWARD -j DOCKER-USER",
    ...rules,
  ]);
}

async function enforceState(state: DesiredState): Promise<void> {
  await setDockerUser([]);
  const firewall = firewallOf(node);
  const observed = await firewall.observe(inIptables);
  if (observed.kind === "failed") throw new Error(observed.failure.message);
  const resolved = resolve(state, viewOfNetworks(largeNetworks));
  const rendered = render(resolved, { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  const { sets, commits } = planChange(rendered.ruleset, observed, {});
  for (const { text } of sets) await firewall.applySets(text);
  for (const commit of commits) await firewall.apply(commit);
}

const [few, many] = [10, 10_000];

const layouts = {
  "nothing in DOCKER-USER": () => setDockerUser([]),
  "Seawall, 100 networks of 100 rules": () => enforceState(largeState()),
  "the same as one flat list": () => setDockerUser(flatList()),
  "Seawall, an address group of 10 CIDRs": () => enforceState(groupState(few)),
  "Seawall, an address group of 10,000 CIDRs": () => enforceState(groupState(many)),
} as const;

it("what packets are charged", async () => {
  const rows: (readonly string[])[] = [];
  const figures = new Map<string, { tcp: number[]; connect: number[] }>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, install] of Object.entries(layouts)) {
      await install();
      const all = figures.get(name) ?? { tcp: [], connect: [] };
      all.tcp.push(await rate("tcp"));
      all.connect.push(await rate("connect"));
      figures.set(name, all);
    }
  }
  const base = figures.get("nothing in DOCKER-USER");
  for (const [name, { tcp, connect }] of figures) {
    const ratio = (of: readonly number[], to: readonly number[] = []) =>
      median(of.map((figure, round) => figure / (to[round] ?? Number.NaN))).toFixed(2);
    rows.push([
      name,
      `${(median(tcp) / 1e9).toFixed(2)} GB/s`,
      `${ratio(tcp, base?.tcp)}×`,
      `${median(connect).toFixed(0)}/s`,
      `${ratio(connect, base?.connect)}×`,
    ]);
  }
  printTable(["Rules", "TCP", "of none", "New connections", "of none"], rows);
});

/** What every packet is charged that conntrack takes for a first one: those of a conversation that nobody answers. */
it("a group of 10,000 CIDRs costs per packet what one of 10 costs", async () => {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await enforceState(groupState(few));
    const ofFew = await rate("udp");
    await enforceState(groupState(many));
    ratios.push(ofFew / (await rate("udp")));
  }
  const ratio = median(ratios);
  printTable(
    ["A packet that is judged", "of what it costs with 10 CIDRs"],
    [["with 10,000 CIDRs", `${ratio.toFixed(2)}×`]],
  );
  expect(ratio).toBeLessThan(mostOfFew);
});
