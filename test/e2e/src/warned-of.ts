import { type Container, type ProbeOrigin, probeTcp, probeUdp } from "@seawall/lab";
import type { ShopFleet } from "./shop-fleet.ts";
import { policy } from "./sites.ts";

/** On alpha: what no policy can govern there, and who publishes the ports of the controller. */
export interface OddContainers {
  /** In the network of the host. */
  readonly exporter: Container;
  readonly standIn: Container;
}

export async function startOdd({ alpha }: ShopFleet): Promise<OddContainers> {
  const [exporter, standIn] = await Promise.all([
    alpha.runContainer({ name: "exporter", network: "host", listen: ["tcp:9100"] }),
    alpha.runContainer({
      ...{ name: "stand-in", network: "other", publish: ["7443:80", "7422:81"] },
      listen: ["tcp:80", "tcp:81"],
    }),
  ]);
  return { exporter, standIn };
}

/** All of them are valid, and none does what it seems to say. */
export function oddPolicies({ client }: Pick<ShopFleet, "client">): string {
  const of = (name: string, network = "shop") =>
    `  networkSelector: {names: [${network}]}\n  containerSelector: {names: [${name}]}\n`;
  return [
    policy(
      "shadowed",
      `${of("web")}  ingress:
    rules:
      - {name: all, action: Allow, ports: [{port: 80}]}
      - {name: not-the-client, action: Deny, from: [{ipBlock: {cidr: ${client.ipv4}/32}}], ports: [{port: 80}]}`,
    ),
    policy(
      "half",
      `${of("db")}  ingress:
    defaultAction: Deny
    rules: [{name: client, action: Allow, from: [{ipBlock: {cidr: ${client.ipv4}/32}}]}]`,
    ),
    policy(
      "neighbours",
      `${of("api")}  ingress:
    defaultAction: Deny
    rules: [{name: app, action: Allow, from: [{networkSelector: {names: [other]}}]}]`,
    ),
    policy(
      "web-only",
      `${of("api")}  egress: {defaultAction: Deny, rules: [{name: web, action: Allow, ports: [{port: 443}]}]}`,
    ),
    policy(
      "not-closed",
      `${of("db")}  internal: {rules: [{name: web, action: Allow, ports: [{port: 80}]}]}`,
    ),
    policy("metrics", `${of("exporter")}  ingress: {defaultAction: Deny}`),
    policy("front-door", `${of("stand-in", "other")}  ingress: {defaultAction: Deny}`),
  ].join("");
}

export interface Warned {
  /** As `apply` says it, and `validate` where it needs no hosts. */
  readonly by: "apply" | "validate";
  readonly path: string;
  readonly says: RegExp;
  /** What packets meet, and so show that it is true. */
  readonly packets: readonly ProvingPacket[];
}

export interface ProvingPacket {
  readonly from: ProbeOrigin;
  readonly protocol: "TCP" | "UDP";
  readonly address: string;
  readonly port: number;
  readonly meets: "open" | "timeout";
}

export function warnedOf(shop: ShopFleet): readonly Warned[] {
  const { alpha, beta, client, web, db, api, app } = shop;
  const to = (from: ProbeOrigin, address: string, port: number, meets: ProvingPacket["meets"]) =>
    ({ from, protocol: "TCP", address, port, meets }) as const;
  const dns = (from: ProbeOrigin, meets: ProvingPacket["meets"]) =>
    ({ ...to(from, client.ipv4, 53, meets), protocol: "UDP" }) as const;
  return [
    {
      ...{
        by: "validate",
        path: "spec.ingress.rules[1]",
        says: /never decides: rule all comes before/,
      },
      packets: [to(client, alpha.ipv4, 8080, "open")],
    },
    {
      ...{ by: "validate", path: "spec.ingress.rules[0]", says: /IPv6/ },
      packets: [to(client, alpha.ipv4, 3306, "open"), to(client, alpha.ipv6, 3306, "timeout")],
    },
    {
      ...{
        by: "validate",
        path: "spec.ingress.rules[0]",
        says: /opens no(thing| more than published)/,
      },
      packets: [to(app, api.ipv4, 80, "timeout"), to(app, api.ipv6, 80, "timeout")],
    },
    {
      ...{ by: "validate", path: "spec.egress.defaultAction", says: /UDP and TCP port 53/ },
      packets: [dns(api, "timeout"), dns(app, "open")],
    },
    {
      ...{ by: "validate", path: "spec.internal.rules[0]", says: /what is allowed anyway/ },
      packets: [to(web, db.ipv4, 3306, "open"), to(api, db.ipv4, 3306, "open")],
    },
    {
      ...{
        by: "apply",
        path: "spec",
        says: /every host that it is for .*has a way around it: .*exporter/,
      },
      packets: [to(client, alpha.ipv4, 9100, "open")],
    },
    {
      ...{
        by: "apply",
        path: "spec.ingress",
        says: /cuts? the fleet from its controller, .* of host alpha/,
      },
      packets: [to(beta, alpha.ipv4, 7443, "timeout"), to(beta, alpha.ipv4, 7422, "timeout")],
    },
  ];
}

export async function meets({ from, protocol, address, port }: ProvingPacket): Promise<string> {
  const send = protocol === "UDP" ? probeUdp : probeTcp;
  return (await send(from, { address, port })).kind;
}
