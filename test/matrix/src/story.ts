import { type DockerHost, eventually } from "@seawall/lab";
import { expect } from "vitest";
import type { Event, Way } from "./cells.ts";
import { comes } from "./comes.ts";
import { expectStatus, untilInForce, untilSaidToBeLost } from "./host-status.ts";
import {
  clientAddresses,
  closeShop,
  expected,
  openShop,
  restartShop,
  type Shop,
  type Site,
  verdicts,
} from "./site.ts";
import { dockerJumps, ruleLines, tableLines, tablesOf, useAlternatives } from "./tables.ts";

/** What is done with every cell, one after the other; each step ends with packets. */
export async function tellStory(site: Site): Promise<void> {
  const { host, fleet, cell } = site;
  let shop = await step("opening", () => openShop(site, 0));
  const found = await ruleLines(host);
  await step("open to everybody before there is a policy", () => expectOpen(site, shop));
  if (cell.enforcement === "nftables") {
    await fleet.mustSeawall(["set", "host", host.name, "--option", "enforcement=nftables"]);
  }
  await step("closed but for one source", async () => {
    await fleet.mustSeawall(["apply", "-f", "-"], policyOf(site));
    await untilInForce(site);
    await expectClosed(site, shop);
  });
  await step("the way to our rules flushed", async () => {
    for (const command of flushes[cell.enforcement]) await host.run(command);
    await untilRepaired(site);
    await expectClosed(site, shop);
  });
  await step("the network made anew", async () => {
    await closeShop(site, shop);
    shop = await openShop(site, 1);
    await untilFollowed(site);
    // Its container was created and started in one go.
    await expectClosed(site, shop, site.cell.byProxy);
  });
  await step("Docker restarted", async () => {
    await host.restartDocker();
    await restartShop(shop);
    await expectClosed(site, shop);
  });
  if (cell.event !== undefined) {
    const { event } = cell;
    await step(event, () => happens[event](site, shop));
  }
  // What Docker did last may be on its way into the rules still.
  await step("what the host says", () => comes(() => expectStatus(site)));
  await step("uninstalled", () => expectUninstalled(site, shop, found));
}

/** Says in which step something went wrong. */
async function step<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

function policyOf({ cell, host: { name } }: Site): string {
  const { v4, v6 } = clientAddresses.friend;
  const [direction, peer] =
    cell.network === "internal"
      ? ["internal", "{containerSelector: {names: [friend]}}"]
      : ["ingress", `{ipBlock: {cidr: ${v4}/32}}, {ipBlock: {cidr: "${v6}/128"}}`];
  return `
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: ${name}}
spec:
  hostSelector: {matchLabels: {cell: ${name}}}
  networkSelector: {names: [shop]}
  ${direction}:
    defaultAction: Deny
    rules: [{name: friend, action: Allow, from: [${peer}]}]
`;
}

/** A container that has just started may answer late. */
async function expectOpen(site: Site, shop: Shop): Promise<void> {
  const open = expected(site, { friend: "open", stranger: "open" });
  await comes(async () => {
    expect(await verdicts(site, shop)).toEqual(open);
  });
}

/** A friend may have to wait until the agent knows of a port; a stranger gets through not once, but for ways that are excused until then. */
async function expectClosed(site: Site, shop: Shop, unheardOf: readonly Way[] = []): Promise<void> {
  const closed = expected(site, { friend: "open", stranger: "timeout" });
  const excused = new Set(unheardOf.map((way) => `stranger ${way}: open`));
  const leaks: string[] = [];
  let met: readonly string[] = [];
  const isClosed = async (): Promise<boolean> => {
    met = await verdicts(site, shop);
    leaks.push(...met.filter((it) => /^stranger .*: open$/.test(it) && !excused.has(it)));
    return met.join() === closed.join();
  };
  await eventually(isClosed, { what: "the friend to get through", timeoutMs: 60_000 }).catch(
    () => undefined,
  );
  expect([met, leaks]).toEqual([closed, []]);
}

const flushes = {
  iptables: ["iptables", "ip6tables"].map((tool) => [tool, "-F", "DOCKER-USER"]),
  nftables: [["nft", "flush", "chain", "inet", "seawall", "forward"]],
} as const;

const wayIn = {
  iptables: /-A DOCKER-USER .*-j SEAWALL$/,
  nftables: /^meta nfproto ipv[46] goto ipv[46]-FORWARD /,
} as const;

/** Everything of ours, and whatever leads to it. */
async function ourLines(site: Site): Promise<readonly string[]> {
  return site.cell.enforcement === "nftables"
    ? await tableLines(site.host)
    : await ruleLines(site.host);
}

async function untilRepaired(site: Site): Promise<void> {
  const isBack = async () => {
    const found = (await ourLines(site)).filter((line) => wayIn[site.cell.enforcement].test(line));
    return found.length === 2;
  };
  await eventually(isBack, { what: "both families to be led to our rules", timeoutMs: 60_000 });
}

async function untilFollowed(site: Site): Promise<void> {
  const bridge = await site.host.bridgeOf("shop");
  const names = async () =>
    (await ourLines(site)).some((line) => /sw:| : goto /.test(line) && line.includes(bridge));
  await eventually(names, { what: "rules for the new bridge", timeoutMs: 60_000 });
}

/** Docker has made these rules of its own, and no others; it may still be about it. */
async function expectJumps(host: DockerHost, jumps: readonly string[]): Promise<void> {
  await comes(async () => {
    expect(await dockerJumps(host)).toEqual(jumps);
  });
}

const happens: Readonly<Record<Event, (site: Site, shop: Shop) => Promise<void>>> = {
  "firewalld reload": async (site, shop) => {
    const { host, cell } = site;
    const forgets = cell.forgets ?? /^$/;
    const before = await dockerJumps(host);
    await host.run(["firewall-cmd", "--reload"]);
    await untilRepaired(site);
    const kept = before.filter((line) => !forgets.test(line));
    await step("what Docker makes anew", () => expectJumps(host, kept));
    await expectClosed(site, shop);
    if (cell.forgets !== undefined) {
      expect(kept.length).toBeLessThan(before.length);
      await untilSaidToBeLost(site);
      // As the condition advises.
      await host.restartDocker();
      await restartShop(shop);
      await step("what Docker forgot", () => expectJumps(host, before));
    }
    await untilInForce(site);
    await expectClosed(site, shop);
  },
  // Which of its networks Docker leads a published port through can change with each of them.
  "a second network": async (site, shop) => {
    await site.host.createNetwork("another", {
      subnet4: "10.78.0.0/24",
      subnet6: "2001:db8:78::/64",
    });
    await shop.web.connect("another");
    await expectClosed(site, shop);
    await shop.web.restart();
    await expectClosed(site, shop);
    await shop.web.disconnect("another");
    await expectClosed(site, shop);
    await site.host.removeNetwork("another");
  },
  "switch of iptables": async (site, shop) => {
    const { host, cell } = site;
    await useAlternatives(host, cell.iptables === "nft" ? "legacy" : "nft");
    await host.restartDocker();
    await restartShop(shop);
    await expectClosed(site, shop);
    await untilRepaired(site);
    await untilInForce(site);
    await expectClosed(site, shop);
  },
};

/** Every rule but ours is where it was, and DOCKER-USER only where Docker itself has one. */
async function expectUninstalled(site: Site, shop: Shop, found: readonly string[]): Promise<void> {
  const { fleet, host, cell } = site;
  await fleet.stopAgent(host.name);
  const withOurs = await ruleLines(host);
  await host.run(["seawall", "agent", "uninstall"]);
  const left = await ruleLines(host);
  const isMade = (line: string) => line.includes("DOCKER-USER") && !hasDockerUser(found, line);
  const others = withOurs.filter((line) => !line.includes("SEAWALL") && !isMade(line));
  expect(left).toEqual(others);
  expect(await host.run(["ipset", "list", "-name"])).toBe("");
  expect(await tableLines(host)).toEqual([]);
  if (cell.event === undefined) {
    const unused = cell.iptables === "nft" ? "legacy" : "nft";
    expect([unused, await tablesOf(host, unused)]).toEqual([unused, ""]);
  }
  await expectOpen(site, shop);
}

function hasDockerUser(found: readonly string[], line: string): boolean {
  const [tool = ""] = line.split(" ");
  return found.some((one) => one.startsWith(`${tool} :DOCKER-USER`));
}
