import { probeTcp } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  enforce,
  families,
  type ProbeName,
  policy,
  probe,
  type Sites,
  startSites,
} from "./sites.ts";

let sites: Sites;

beforeAll(async () => {
  sites = await startSites([{ name: "alpha", labels: { role: "db" } }]);
}, 240_000);

afterAll(async () => {
  await sites.fleet.stop();
}, 60_000);

type Verdicts = Partial<Record<ProbeName, "open" | "timeout" | "refused">>;

/** What these probes meet, by family. */
async function met(names: readonly ProbeName[]) {
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const byFamily = families.map(async (family) => {
    const verdicts = await Promise.all(
      names.map(async (name) => [name, (await probe(sites, site, name, family)).kind] as const),
    );
    return [family, Object.fromEntries(verdicts)] as const;
  });
  return Object.fromEntries(await Promise.all(byFamily));
}

async function expectVerdicts(want: Verdicts): Promise<void> {
  expect(await met(Object.keys(want) as ProbeName[])).toEqual({ v4: want, v6: want });
}

const onShop = "  networkSelector: {names: [shop]}";

/** A guardrail that closes everything but leaves what the office does to the teams. */
const guard = policy(
  "guard",
  `${onShop}
  tier: Guardrail
  ingress:
    rules:
      - name: teams
        action: Pass
        from: [{ipBlock: {cidr: 198.51.100.0/24}}, {ipBlock: {cidr: "2001:db8:7::/48"}}]
      - {name: nobody, action: Deny}`,
);

test("Pass leaves a packet to the next tier, and to the defaults behind the last one", async () => {
  const team = (ingress: string) => policy("team", `${onShop}\n  ingress: {rules: [${ingress}]}`);
  await enforce(sites, guard);
  await expectVerdicts({
    "office tcp/8080": "open",
    "office udp/5353": "open",
    "outside tcp/8080": "timeout",
    "outside udp/5353": "timeout",
    "outside tcp/9090": "open",
  });

  await enforce(
    sites,
    guard +
      team("{name: no, action: Reject, ports: [{port: 80}]}, {action: Pass, ports: [{port: 81}]}") +
      policy("base", `${onShop}\n  tier: Baseline\n  ingress: {defaultAction: Deny}`),
  );
  await expectVerdicts({
    "office tcp/8080": "refused",
    "office tcp/8081": "timeout",
    "office udp/5353": "timeout",
    "outside tcp/8080": "timeout",
  });

  // An Allow of a tier in the middle is not undone by the tier behind it.
  await enforce(
    sites,
    guard +
      team("{action: Allow, ports: [{port: 80}]}, {action: Pass, ports: [{port: 81}]}") +
      policy("base", `${onShop}\n  tier: Baseline\n  ingress: {rules: [{action: Deny}]}`),
  );
  await expectVerdicts({
    "office tcp/8080": "open",
    "office tcp/8081": "timeout",
    "outside tcp/8080": "timeout",
  });
}, 180_000);

/** What app, on its network, meets at web, on network shop. At a published port of its own host docker-proxy would answer it. */
async function fromNeighbour() {
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const verdicts = [site.web.ipv4, site.web.ipv6].map(
    async (address) => (await probeTcp(site.app, { address, port: 80 })).kind,
  );
  return await Promise.all(verdicts);
}

/** Docker keeps its bridges apart; an administrator's rules open the way, behind ours once we are there. */
async function letNeighboursMeet(): Promise<void> {
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const bridgeOf = async (network: string) => {
    const id = await site.host.docker("network", "inspect", "--format", "{{.Id}}", network);
    return `br-${id.trim().slice(0, 12)}`;
  };
  const [shop, other] = [await bridgeOf("shop"), await bridgeOf("other")];
  for (const program of ["iptables", "ip6tables"]) {
    for (const from of [shop, other]) {
      await site.host.run([program, "-t", "raw", "-I", "PREROUTING", "-i", from, "-j", "ACCEPT"]);
    }
    for (const [from, to] of [
      [shop, other],
      [other, shop],
    ] as const) {
      const rule = ["DOCKER-USER", "-i", from, "-o", to, "-j", "ACCEPT"];
      await site.host.run([program, "-I", ...rule]);
    }
  }
}

test("another network of the same host as a peer, by its bridge and its addresses", async () => {
  const closed = (peer: string) =>
    policy(
      "closed",
      `${onShop}
  ingress:
    defaultAction: Deny
    rules: [{name: neighbours, action: Allow, from: [{networkSelector: ${peer}}], ports: [{port: 80}]}]`,
    );
  await letNeighboursMeet();
  await enforce(sites, policy("nothing", "  networkSelector: {names: [not-there]}\n  ingress: {}"));
  expect(await fromNeighbour()).toEqual(["open", "open"]);

  await enforce(sites, closed("{names: [other]}"));
  expect(await fromNeighbour()).toEqual(["open", "open"]);
  await expectVerdicts({ "outside tcp/8080": "timeout", "office tcp/8080": "timeout" });

  await enforce(sites, closed("{matchLabels: {stage: gone}}"));
  expect(await fromNeighbour()).toEqual(["timeout", "timeout"]);

  const leaving = policy(
    "leaving",
    `  networkSelector: {names: [other]}
  egress:
    rules: [{name: not-shop, action: Reject, to: [{networkSelector: {matchLabels: {stage: shop}}}]}]`,
  );
  await enforce(sites, leaving);
  expect(await fromNeighbour()).toEqual(["refused", "refused"]);
  await expectVerdicts({ "app→ tcp/7001": "open", "outside tcp/8080": "open" });
}, 180_000);
