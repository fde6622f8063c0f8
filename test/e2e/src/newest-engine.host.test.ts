import { EngineUnavailableError } from "@seawall/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enforce, families, policy, probe, type Sites, startSites } from "./sites.ts";

/** The main job once more on the newest engine there is: other chains, IPv6 on by itself. */
let sites: Sites | undefined;

beforeAll(async () => {
  try {
    sites = await startSites([{ name: "alpha", labels: { env: "prod" } }], "28.5");
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error;
    process.stderr.write(`\nLEFT OUT: the newest engine: ${error.message}\n\n`);
  }
}, 240_000);

afterAll(async () => {
  await sites?.fleet.stop();
}, 60_000);

test("Docker 28.5: closed, open for the office, and after uninstall as before", async (context) => {
  if (sites === undefined) {
    context.skip("this engine cannot be had today");
    return;
  }
  const [site] = sites.sites;
  if (site === undefined) throw new Error("one site was asked for");
  const { fleet } = sites;
  const saved = async () => {
    const texts = ["iptables-save", "ip6tables-save"].map((program) =>
      site.host.run([program, "-t", "filter"]),
    );
    return (await Promise.all(texts))
      .join("\n")
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .map((line) => line.replace(/\[\d+:\d+\]/, ""));
  };
  const before = await saved();
  await enforce(
    sites,
    policy(
      "office",
      `
  networkSelector: {names: [shop]}
  ingress:
    defaultAction: Reject
    rules:
      - {name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}, {ipBlock: {cidr: "2001:db8:7::/48"}}]}`,
    ),
  );
  for (const family of families) {
    expect((await probe(sites, site, "office tcp/8080", family)).kind, family).toBe("open");
    expect((await probe(sites, site, "outside tcp/8080", family)).kind, family).toBe("refused");
    expect((await probe(sites, site, "outside udp/5353", family)).kind, family).toBe("refused");
  }
  await fleet.stopAgent("alpha");
  await site.host.run(["seawall", "agent", "uninstall"]);
  expect(await saved()).toEqual(before);
});
