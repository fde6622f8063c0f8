import { probeTcp } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus, lookEveryMs } from "./host-status.ts";
import {
  enforce,
  enforceOn,
  families,
  kindOf,
  type ProbeName,
  policy,
  probe,
  type Sites,
  startSites,
} from "./sites.ts";

let sites: Sites;

beforeAll(async () => {
  sites = await startSites([{ name: "alpha", labels: { role: "db", env: "prod" } }]);
});

afterAll(async () => {
  await sites.fleet.stop();
});

type Verdicts = Partial<Record<ProbeName, "open" | "timeout" | "refused">>;

/** What these probes meet, over both families. */
async function expectVerdicts(want: Verdicts): Promise<void> {
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const names = Object.keys(want) as ProbeName[];
  const byFamily = families.map(async (family) => {
    const verdicts = await Promise.all(
      names.map(async (name) => {
        const isPatient = want[name] !== "timeout";
        return [name, await kindOf(sites, site, name, family, isPatient)] as const;
      }),
    );
    return [family, Object.fromEntries(verdicts)] as const;
  });
  expect(Object.fromEntries(await Promise.all(byFamily))).toEqual({ v4: want, v6: want });
}

const onShop = "  networkSelector: {names: [shop]}";
const closed = policy(
  "closed",
  `${onShop}
  ingress: {defaultAction: Deny}
  tests:
    - {name: nobody, from: 203.0.113.9, to: {network: shop, port: 80}, expect: Deny}
    - {name: nobody-v6, from: "2001:db8:bad::9", to: {network: shop, port: 80}, expect: Deny}`,
);
const opening = policy(
  "opening",
  `${onShop}
  ingress: {rules: [{name: web, action: Allow, ports: [{port: 80}]}]}`,
);

async function fromOutside(): Promise<readonly string[]> {
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  return await Promise.all(
    families.map(async (family) => (await probe(sites, site, "outside tcp/8080", family)).kind),
  );
}

test("a test of a policy holds on the host, and refuses what would break it", async () => {
  const { fleet } = sites;
  const apply = ["apply", "-f", "-", "--wait", "--timeout=60s"];
  expect(await fleet.mustSeawall(apply, closed)).toContain("revision 1");
  expect(await fromOutside()).toEqual(["timeout", "timeout"]);

  const refused = await fleet.seawall(["apply", "-f", "-"], opening);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(
    /FleetPolicy\/closed: test nobody fails on alpha: 203\.0\.113\.9 to shop TCP\/80 must be Deny and is Allow: ingress rule web of FleetPolicy\/opening \(-:\d+:\d+\) decides/,
  );
  expect((await fleet.seawall(["get", "fleetpolicy", "opening"])).code).toBe(1);
  expect(await fromOutside()).toEqual(["timeout", "timeout"]);

  // The same verdict offline, from what the fleet knows of its hosts.
  const facts = await fleet.mustSeawall(["get", "hosts", "-o", "json"]);
  const controller = fleet.lab.node("controller");
  await controller.run(["tee", "/tmp/facts.json"], { input: facts });
  const offline = ["test", "-f", "-", "--facts", "/tmp/facts.json"];
  expect(await fleet.seawall(offline, closed + opening)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/nobody .*Failed +alpha/) as string,
  });
  expect(await fleet.seawall(offline, closed)).toMatchObject({ code: 0 });

  // Without the test that speaks against it, it goes through, and the packets too.
  const untested = policy("closed", `${onShop}\n  ingress: {defaultAction: Deny}`);
  await fleet.mustSeawall(["apply", "-f", "-"], untested + opening);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  expect(await fromOutside()).toEqual(["open", "open"]);
});

test("a test that fails on the host as it is now is a condition of the host", async () => {
  const { fleet } = sites;
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const failed = async () => {
    const { conditions } = await hostStatus(fleet, "alpha");
    return conditions.filter(({ type }) => type === "PolicyTestFailed");
  };
  const within = { timeout: 60_000, interval: lookEveryMs };
  const narrow = policy(
    "narrow",
    `${onShop}
  containerSelector: {names: [web]}
  ingress: {defaultAction: Deny}
  tests: [{name: nobody, from: 203.0.113.9, to: {network: shop}, expect: Deny}]`,
  );
  await enforceOn(fleet, narrow);
  expect(await fromOutside()).toEqual(["timeout", "timeout"]);
  expect(await failed()).toEqual([]);

  // The policy does not select it, so what its test claims of the whole network holds no longer.
  await site.host.runContainer({
    ...{ name: "late", network: "shop", publish: ["9191:80"], listen: ["tcp:80"] },
  });
  await expect.poll(failed, within).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(
        /^policy narrow: test nobody fails: .* must be Deny/,
      ) as string,
    }),
  ]);
  const { kind } = await probeTcp(fleet.lab.node("client"), {
    ...{ address: site.host.ipv4, port: 9191 },
  });
  expect(kind).toBe("open");
  expect(await fromOutside()).toEqual(["timeout", "timeout"]);

  await site.host.removeContainer("late");
  await expect.poll(failed, within).toEqual([]);
});

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
});

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
});
