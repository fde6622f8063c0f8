import { describeStream, eventually, startStream } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostStatus } from "./host-status.ts";
import { dropped, met, open, refused, type ShopFleet, startShopFleet } from "./shop-fleet.ts";
import { enforceOn, policy } from "./sites.ts";

let shop: ShopFleet;

beforeAll(async () => {
  shop = await startShopFleet();
}, 240_000);

afterAll(async () => {
  await shop.fleet.stop();
}, 60_000);

const onShop = "  networkSelector: {names: [shop]}";

async function reasonOf(name: string) {
  const { policies } = await hostStatus(shop.fleet, "alpha");
  return policies.find((one) => one.name === name)?.reason;
}

test("containerSelector: only connections to these containers, also when addresses move", async () => {
  const { fleet, alpha, client, db, web } = shop;
  await enforceOn(
    fleet,
    policy(
      "close-db",
      `${onShop}
  containerSelector: {matchLabels: {app: db}}
  ingress: {defaultAction: Deny}`,
    ),
  );
  expect(await met(client, alpha, 3306)).toEqual(dropped);
  expect(await met(client, alpha, 8080)).toEqual(open);

  // Docker gives the lowest free address: started in another order they exchange theirs.
  const before = [await db.addressesOn("shop"), await web.addressesOn("shop")];
  await Promise.all([db.stop(), web.stop()]);
  for (const container of before[0]?.ipv4.endsWith(".2") ? [web, db] : [db, web]) {
    await container.start();
  }
  expect([await db.addressesOn("shop"), await web.addressesOn("shop")]).not.toEqual(before);
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=30s"]);
  expect(await met(client, alpha, 3306)).toEqual(dropped);
  expect(await met(client, alpha, 8080)).toEqual(open);
}, 120_000);

test("a published port follows its container to another network", async () => {
  const { fleet, alpha, client, db } = shop;
  await enforceOn(fleet, policy("close-shop", `${onShop}\n  ingress: {defaultAction: Reject}`));
  expect(await met(client, alpha, 3306)).toEqual(refused);
  await db.connect("other");
  await db.disconnect("shop");
  await db.connect("shop");
  expect(await met(client, alpha, 3306)).toEqual(refused);
  await db.disconnect("other");
}, 120_000);

test("a published port is closed while Docker leads it to another network", async () => {
  const { fleet, alpha, client, db } = shop;
  const start = () =>
    Promise.all(
      [alpha.ipv4, alpha.ipv6].map((address) =>
        startStream(client, { protocol: "udp", address, port: 5353, counter: db }, { rate: 2000 }),
      ),
    );
  await enforceOn(fleet, policy("nothing", "  networkSelector: {names: [gone]}\n  ingress: {}"));
  for (const stream of await start()) {
    const what = `datagrams of ${stream.name} that nothing denies`;
    await eventually(async () => (await stream.through()) > 200, { what });
    await stream.stop();
  }
  await enforceOn(fleet, policy("close-shop", `${onShop}\n  ingress: {defaultAction: Deny}`));
  const streams = await start();
  // The engine leads published ports through the network whose name comes first.
  for (let round = 1; round <= 3; round += 1) {
    await db.connect("other");
    await db.disconnect("other");
  }
  const results = await Promise.all(streams.map((stream) => stream.stop()));
  const leaks = results.filter(({ through }) => through > 0);
  expect(leaks.map(describeStream)).toEqual([]);
}, 120_000);

test("internal: between containers of one bridge, by container", async () => {
  const { fleet, alpha, api, db, web } = shop;
  await enforceOn(
    fleet,
    policy(
      "db-for-api",
      `${onShop}
  containerSelector: {names: [db]}
  internal:
    defaultAction: Deny
    rules:
      - name: api
        action: Allow
        from: [{containerSelector: {names: [api]}}]
        ports: [{port: 3306}]`,
    ),
  );
  const target = await db.addressesOn("shop");
  expect(await met(api, target, 3306)).toEqual(open);
  expect(await met(web, target, 3306)).toEqual(dropped);
  expect(await met(db, await web.addressesOn("shop"), 80)).toEqual(open);
  expect(await reasonOf("db-for-api")).toBe("Enforced");

  // The kernel shows rules nothing of what stays on a bridge, and the host says so.
  await alpha.setBridgeNfCall("iptables", false);
  await alpha.setBridgeNfCall("ip6tables", false);
  await expect.poll(() => reasonOf("db-for-api"), { timeout: 15_000 }).toBe("PartiallyEnforced");
  expect((await hostStatus(fleet, "alpha")).limits).toContainEqual(
    expect.objectContaining({ path: "same-bridge", policies: ["db-for-api"] }),
  );
  const compliance = await fleet.seawall(["compliance"]);
  expect(compliance).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("PartiallyEnforced") as string,
  });
  await alpha.setBridgeNfCall("iptables", true);
  await alpha.setBridgeNfCall("ip6tables", true);
  await expect.poll(() => reasonOf("db-for-api"), { timeout: 15_000 }).toBe("Enforced");
}, 120_000);

test("egress.host: what containers send to the host itself", async () => {
  const { fleet, alpha, api, app } = shop;
  await enforceOn(fleet, policy("nothing", `${onShop}\n  egress: {defaultAction: Deny}`));
  expect(await met(api, alpha, 9999)).toEqual(open);
  await enforceOn(
    fleet,
    policy("not-the-host", `${onShop}\n  egress: {host: true, defaultAction: Reject}`),
  );
  expect(await met(api, alpha, 9999)).toEqual(refused);
  expect(await met(app, alpha, 9999)).toEqual(open);
}, 120_000);

test("interfaces: what is forwarded outside Docker", async () => {
  const { fleet, alpha, client, inner } = shop;
  await enforceOn(
    fleet,
    policy(
      "inner",
      `  interfaces: [eth1]
  ingress:
    defaultAction: Deny
    rules: [{name: one, action: Allow, ports: [{port: 7000}]}]`,
    ),
  );
  expect(await met(client, inner, 7000)).toEqual(open);
  expect(await met(client, inner, 7001)).toEqual(dropped);
  expect(await met(client, alpha, 8080)).toEqual(open);
}, 120_000);
