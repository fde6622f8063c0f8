import { probeTcp } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus } from "./host-status.ts";
import { enforceOn, families, policy, probe, type Sites, startSites } from "./sites.ts";

let sites: Sites;

beforeAll(async () => {
  sites = await startSites([{ name: "alpha", labels: { env: "prod" } }]);
}, 240_000);

afterAll(async () => {
  await sites.fleet.stop();
}, 60_000);

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
  const apply = ["apply", "-f", "-", "--wait", "--timeout=30s"];
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
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=30s"]);
  expect(await fromOutside()).toEqual(["open", "open"]);
}, 180_000);

test("a test that fails on the host as it is now is a condition of the host", async () => {
  const { fleet } = sites;
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const failed = async () => {
    const { conditions } = await hostStatus(fleet, "alpha");
    return conditions.filter(({ type }) => type === "PolicyTestFailed");
  };
  const within = { timeout: 60_000, interval: 250 };
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
}, 180_000);
