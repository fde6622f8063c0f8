import { type Container, type Fleet, type ProbeOrigin, probeTcp } from "@seawall/lab";
import { traceDocument } from "@seawall/policy";
import type { ShopFleet } from "./shop-fleet.ts";
import { policy } from "./sites.ts";

/** On beta, where docker-proxy runs: a network without IPv6, and a client on it. */
export interface PlainContainers {
  /** tcp 80 and 81, published as 8081 and 8181. */
  readonly old: Container;
  readonly caller: Container;
}

export async function startPlain({ beta }: ShopFleet): Promise<PlainContainers> {
  await beta.createNetwork("plain", { subnet4: "10.66.0.0/24" });
  const [old, caller] = await Promise.all([
    beta.runContainer({
      ...{ name: "old", network: "plain", publish: ["8081:80", "8181:81"] },
      listen: ["tcp:80", "tcp:81"],
    }),
    beta.runContainer({ name: "caller", network: "plain" }),
  ]);
  return { old, caller };
}

/** On each way that policies govern something is denied, and something is not. The test of the last one says the same. */
export function waysPolicies(
  { client, inner }: Pick<ShopFleet, "client" | "inner">,
  expected: "Allow" | "Deny" = "Deny",
): string {
  const inside = `{address: ${inner.ipv4}, interface: eth1, port: 7001}`;
  return [
    policy(
      "ways-shop",
      `  networkSelector: {names: [shop]}
  ingress: {rules: [{name: no-db, action: Deny, ports: [{port: 3306}]}]}
  internal: {rules: [{name: no-db, action: Deny, ports: [{port: 3306}]}]}
  egress: {host: true, rules: [{name: not-the-host, action: Deny, ports: [{port: 9999}]}]}`,
    ),
    policy(
      "ways-plain",
      `  networkSelector: {names: [plain]}
  ingress: {rules: [{name: no-81, action: Deny, ports: [{port: 81}]}]}`,
    ),
    policy(
      "ways-inner",
      `  hostSelector: {matchLabels: {role: db}}
  interfaces: [eth1]
  ingress:
    defaultAction: Deny
    rules: [{name: one, action: Allow, ports: [{port: 7000}]}]
  tests: [{name: inside, from: ${client.ipv4}, to: ${inside}, expect: ${expected}}]`,
    ),
  ].join("");
}

export interface TracedWay {
  readonly host: "alpha" | "beta";
  readonly question: readonly [string, string];
  /** IP version, path and outcome of each way that trace tells of. */
  readonly says: readonly string[];
  readonly from: ProbeOrigin;
  /** The packets that are really sent, one for each of these addresses, and what becomes of them. */
  readonly to: readonly string[];
  readonly port: number;
  readonly fate: "open" | "timeout";
}

type Way = Omit<TracedWay, "host">;

export function tracedWays(shop: ShopFleet, plain: PlainContainers): readonly TracedWay[] {
  return [
    ...onAlpha(shop).map((way) => ({ ...way, host: "alpha" as const })),
    ...onBeta(shop, plain).map((way) => ({ ...way, host: "beta" as const })),
  ];
}

function onAlpha({ alpha, client, inner, web, db, api, app }: ShopFleet): readonly Way[] {
  const both = ({ ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string }) => [ipv4, ipv6];
  const two = (words: string) => [`IPv4 ${words}`, `IPv6 ${words}`];
  const closed = { fate: "timeout" as const };
  const open = { fate: "open" as const };
  return [
    // From outside, redirected by a published port.
    {
      ...{ question: ["internet", "host:8080"], says: two("Forwarded Allowed") },
      ...{ from: client, to: both(alpha), port: 8080, ...open },
    },
    {
      ...{ question: ["internet", "host:3306"], says: two("Forwarded Denied") },
      ...{ from: client, to: both(alpha), port: 3306, ...closed },
    },
    // To the container's own address, which engines before 28 take where the port is published.
    {
      ...{ question: [inner.ipv4, `${web.ipv4}:80`], says: ["IPv4 Forwarded Allowed"] },
      ...{ from: inner, to: [web.ipv4], port: 80, ...open },
    },
    {
      ...{ question: [inner.ipv4, `${db.ipv4}:3306`], says: ["IPv4 Forwarded Denied"] },
      ...{ from: inner, to: [db.ipv4], port: 3306, ...closed },
    },
    // On one bridge.
    {
      ...{ question: ["api", "web:80"], says: two("SameBridge Allowed") },
      ...{ from: api, to: both(web), port: 80, ...open },
    },
    {
      ...{ question: ["api", "db:3306"], says: two("SameBridge Denied") },
      ...{ from: api, to: both(db), port: 3306, ...closed },
    },
    // From one bridge to another Docker stops it, whatever policies say.
    {
      ...{ question: ["app", "api:80"], says: two("Forwarded Closed") },
      ...{ from: app, to: both(api), port: 80, ...closed },
    },
    // To the host itself: nobody is asked about who comes from outside, nor about a network without egress.host.
    {
      ...{ question: ["internet", "host:9999"], says: ["- Input Allowed"] },
      ...{ from: client, to: both(alpha), port: 9999, ...open },
    },
    {
      ...{ question: ["api", "host:9999"], says: two("Input Denied") },
      ...{ from: api, to: both(alpha), port: 9999, ...closed },
    },
    {
      ...{ question: ["app", "host:9999"], says: two("Input Allowed") },
      ...{ from: app, to: both(alpha), port: 9999, ...open },
    },
    // Between interfaces. Docker leaves the rest to FORWARD, so trace never calls it allowed.
    ...[
      { family: "IPv4", source: client.ipv4, at: inner.ipv4, written: `${inner.ipv4}%eth1` },
      { family: "IPv6", source: client.ipv6, at: inner.ipv6, written: `[${inner.ipv6}%eth1]` },
    ].flatMap(({ family, source, at, written }): readonly Way[] => [
      {
        question: [`${source}%eth0`, `${written}:7000`],
        says: [`${family} BetweenInterfaces Unknown`],
        ...{ from: client, to: [at], port: 7000, ...open },
      },
      {
        question: [`${source}%eth0`, `${written}:7001`],
        says: [`${family} BetweenInterfaces Denied`],
        ...{ from: client, to: [at], port: 7001, ...closed },
      },
    ]),
  ];
}

/** docker-proxy answers where Docker does not redirect. */
function onBeta({ beta, client }: ShopFleet, { caller }: PlainContainers): readonly Way[] {
  const closed = { fate: "timeout" as const };
  const open = { fate: "open" as const };
  return [
    // An IPv6 client of a container that has only IPv4.
    {
      question: ["internet", "host:8081"],
      says: ["IPv4 Forwarded Allowed", "IPv6 DockerProxy Allowed"],
      ...{ from: client, to: [beta.ipv4, beta.ipv6], port: 8081, ...open },
    },
    {
      question: ["internet", "host:8181"],
      says: ["IPv4 Forwarded Denied", "IPv6 DockerProxy Denied"],
      ...{ from: client, to: [beta.ipv4, beta.ipv6], port: 8181, ...closed },
    },
    // A container that uses a published port of its own host.
    {
      ...{ question: ["caller", "host:8081"], says: ["IPv4 DockerProxy Allowed"] },
      ...{ from: caller, to: [beta.ipv4], port: 8081, ...open },
    },
    {
      ...{ question: ["caller", "host:8181"], says: ["IPv4 DockerProxy Denied"] },
      ...{ from: caller, to: [beta.ipv4], port: 8181, ...closed },
    },
    // What the host sends to itself nobody is asked about, also where the port is closed for others.
    {
      ...{ question: ["host", "host:8181"], says: ["- Output Allowed"] },
      ...{ from: beta, to: ["127.0.0.1"], port: 8181, ...open },
    },
  ];
}

/** What trace says of it. */
export async function said(
  fleet: Fleet,
  { host, question }: TracedWay,
): Promise<readonly string[]> {
  const { stdout } = await fleet.seawall(["trace", ...question, "--host", host, "-o", "json"]);
  const { groups } = traceDocument.parse(JSON.parse(stdout));
  return groups
    .flatMap(({ paths }) => paths)
    .map(({ family = "-", route, outcome }) => `${family} ${route} ${outcome}`);
}

/** What becomes of its packets. */
export async function fates({ from, to, port }: TracedWay): Promise<readonly string[]> {
  return await Promise.all(
    to.map(async (address) => (await probeTcp(from, { address, port })).kind),
  );
}
