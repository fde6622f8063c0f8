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
