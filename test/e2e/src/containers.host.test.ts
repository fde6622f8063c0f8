import { eventually, type LabProcess, probeTcp } from "@seawall/lab";
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

test("flows: who asks is told what is denied, and what would be, by whom and whose; nobody else costs anything", async () => {
  const { fleet, alpha, client, db, web } = shop;
  const dns = await alpha.runContainer({
    ...{ name: "dns", network: "shop", publish: ["5353:53/udp"], listen: ["udp:53"] },
  });
  await enforceOn(
    fleet,
    [
      policy(
        "protect",
        `${onShop}
  ingress:
    defaultAction: Deny
    rules: [{name: web, action: Allow, ports: [{port: 80}]}]
  egress:
    rules: [{name: no-mail, action: Reject, ports: [{port: 25}]}]`,
      ),
      policy(
        "trial",
        `${onShop}
  mode: Audit
  priority: 400
  ingress:
    rules: [{name: web-closed, action: Deny, ports: [{port: 80}]}]`,
      ),
    ].join(""),
  );
  const tcpdumps = (count: number) =>
    eventually(
      async () => Number((await alpha.exec(["pgrep", "-c", "tcpdump"])).stdout) === count,
      { what: `${String(count)} tcpdump on alpha`, timeoutMs: 60_000 },
    );
  const look = (command: string) => fleet.controller.spawn(["bash", "-c", `exec ${command}`]);
  await tcpdumps(0);

  const following = await look("seawall flows --follow -o json");
  const onShopNetwork = { interface: expect.stringMatching(/^br-/) as string, network: "shop" };
  const outside = { interface: "eth0", network: "", container: "" };
  const at = expect.any(Number) as number;
  const [dbAt, webAt] = [await db.addressesOn("shop"), await web.addressesOn("shop")];
  const inward = (family: "ipv4" | "ipv6", container: "db" | "web") => ({
    ...{ host: "alpha", verdict: "Deny", held: false, direction: "ingress", protocol: "TCP" },
    ...(container === "db"
      ? { audited: false, policy: "protect", rule: "default", port: 3306, publishedPorts: [3306] }
      : { audited: true, policy: "trial", rule: "web-closed", port: 80, publishedPorts: [8080] }),
    ...{ packets: at, firstMs: at, lastMs: at },
    source: { ...outside, address: client[family] },
    destination: {
      ...{ ...onShopNetwork, container },
      address: (container === "db" ? dbAt : webAt)[family],
    },
  });
  const outward = {
    ...{ host: "alpha", verdict: "Reject", audited: false, held: false, policy: "protect" },
    ...{ rule: "no-mail", direction: "egress", protocol: "TCP", port: 25, publishedPorts: [] },
    ...{ packets: at, firstMs: at, lastMs: at },
    source: { ...onShopNetwork, address: dbAt.ipv4, container: "db" },
    destination: { ...outside, address: client.ipv4 },
  };
  const everything = [
    ...[inward("ipv4", "db"), inward("ipv6", "db"), inward("ipv4", "web"), inward("ipv6", "web")],
    outward,
  ];
  const attempt = async () => {
    expect(await met(client, alpha, 3306)).toEqual(dropped);
    expect(await met(client, alpha, 8080)).toEqual(open);
    expect((await probeTcp(db, { address: client.ipv4, port: 25 })).kind).toBe("refused");
  };
  // Until each is told of: what happens before somebody listens, nobody hears.
  await eventually(
    async () => {
      await attempt();
      expect(await flowsIn(following)).toEqual(expect.arrayContaining(everything));
      return true;
    },
    { what: "all that is denied to be told of", timeoutMs: 60_000 },
  );
  expect(await following.output()).toContain("beta does not tell (TcpdumpMissing)");

  // Another one hears with the same tcpdump, and ends when its reader has enough.
  const second = await look("bash -c 'seawall flows --follow --audited --host alpha | head -1'");
  await eventually(
    async () => {
      await attempt();
      return !second.isRunning();
    },
    { what: "the second reader to have enough", timeoutMs: 60_000 },
  );
  expect(await second.output()).toMatch(
    /^\S+Z alpha WOULD DENY trial\/web-closed \(ingress\) .* → web .* TCP\/80 \(published 8080\) \d+ packets?$/m,
  );
  expect(await second.output()).not.toContain("protect");
  await tcpdumps(1);

  // A flood is told of by some of its packets.
  await eventually(
    async () => {
      const send = `for i in {1..400}; do echo >&3; done 3> /dev/udp/${alpha.ipv4}/5353`;
      await client.run(["bash", "-c", send]);
      return /alpha: and [\d,]+ more packets/.test(await following.output());
    },
    { what: "what is left out to be said", timeoutMs: 60_000, intervalMs: 1_000 },
  );
  expect(await flowsIn(following)).toContainEqual(
    expect.objectContaining({
      ...{ policy: "protect", rule: "default", protocol: "UDP", port: 53, publishedPorts: [5353] },
      destination: { ...onShopNetwork, address: dns.ipv4, container: "dns" },
    }),
  );

  await fleet.stopAgent("alpha");
  await following.waitForOutput(/alpha does not tell \(Disconnected\)/, 60_000);
  await tcpdumps(0);
  await fleet.startAgent("alpha");
  await tcpdumps(1);
  await following.waitForOutput(/alpha tells again/, 60_000);
  following.kill("SIGINT");
  expect(await following.exited).toBe(130);
  await tcpdumps(0);
}, 240_000);

/** What is on its standard output: a document a line. */
async function flowsIn(following: LabProcess): Promise<readonly unknown[]> {
  const lines = (await following.output()).split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line): unknown => JSON.parse(line));
}
