import { describe, expect, test } from "vitest";
import type { DesiredDirection, DesiredPolicy } from "./desired-state.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import {
  type DockerContainer,
  type DockerNetwork,
  type EngineFacts,
  type HostView,
  type ManagementBinding,
  type PublishedPort,
  unknownEngine,
} from "./host-view.ts";
import { limitsOf } from "./limits.ts";

const deny: DesiredDirection = { defaultAction: "Deny", rules: [] };
const allow: DesiredDirection = {
  defaultAction: "Allow",
  rules: [{ name: "a", action: "Allow" }],
};
const rejectsSome: DesiredDirection = {
  defaultAction: "Allow",
  rules: [{ name: "a", action: "Reject" }],
};

function policy(name: string, more: object = {}): DesiredPolicy {
  return { name, tier: "Standard", priority: 500, networkSelector: {}, ...more };
}

const noBridge = (name: string, driver: string): DockerNetwork => ({
  id: `id-${name}`,
  name,
  driver,
  subnets: ["172.18.0.0/16"],
  labels: {},
  internal: false,
});

function network(name: string, more: Partial<DockerNetwork> = {}): DockerNetwork {
  return { ...noBridge(name, "bridge"), bridge: `br-${name}`, ...more };
}

function container(
  name: string,
  on: Readonly<Record<string, string>>,
  more: Partial<DockerContainer> = {},
): DockerContainer {
  return {
    id: `id-${name}`,
    name,
    labels: {},
    hostNetwork: false,
    attachments: Object.entries(on).map(([at, address]) => ({
      networkId: `id-${at}`,
      addresses: [address],
    })),
    published: [],
    ...more,
  };
}

const proxy = (hostAddress: string, containerAddress = "172.18.0.2") => ({
  protocol: "TCP" as const,
  hostAddress,
  hostPort: 8080,
  containerAddress,
  containerPort: 80,
});

interface Host {
  readonly networks?: readonly DockerNetwork[];
  readonly containers?: readonly DockerContainer[];
  readonly interfaces?: readonly string[];
  readonly engine?: Partial<EngineFacts>;
  readonly management?: readonly ManagementBinding[];
}

const view = ({
  networks = [network("shop")],
  containers = [],
  interfaces = ["eth0"],
  engine,
  management = [],
}: Host) =>
  ({
    networks,
    containers,
    interfaces,
    addresses: [],
    engine: { ...unknownEngine, ...engine },
    management,
  }) satisfies HostView;

/** `path reason [policies] what`: what stands behind the last colon of the message. */
const said = (
  policies: readonly DesiredPolicy[],
  host: Host,
  options: ChosenHostOptions = {},
): readonly string[] =>
  limitsOf({ policies, options }, view(host)).map(
    ({ path, reason, policies: names, message }) =>
      `${path} ${reason} [${names.join(",")}] ${message.split(": ").at(-1) ?? ""}`,
  );

interface Case {
  readonly name: string;
  readonly policies?: readonly DesiredPolicy[];
  readonly host?: Host;
  readonly are: readonly string[];
}

const web = container("web", { shop: "172.18.0.2" });
const ingress = policy("in", { ingress: deny });
const egress = policy("out", { egress: deny });
const internal = policy("between", { internal: deny });
const macvlan = noBridge("lan", "macvlan");

function table(name: string, cases: readonly Case[], options: ChosenHostOptions = {}): void {
  describe(name, () => {
    test.for(cases)("$name", ({ policies = [], host = {}, are }) => {
      const found = said(policies, host, options).filter((line) => !line.includes(" GuardOff "));
      expect(found).toEqual(are);
    });
  });
}

table("nothing", [
  { name: "on a host that is as it should be", policies: [ingress, egress, internal], are: [] },
]);

test("what docker-proxy answers is no limit where the guard of published ports stands", () => {
  const engine = { proxies: [proxy("0.0.0.0"), proxy("::")] };
  expect(said([ingress, egress], { containers: [web], engine })).toEqual([]);
  const dockerRules = { IPv4: false, IPv6: false };
  expect(said([ingress], { containers: [web], engine: { ...engine, dockerRules } })).toEqual([]);
});

test("a guard that is off is said, whoever has policies", () => {
  expect(said([], {}, { forwardGuard: "Off" })).toEqual([
    expect.stringContaining("forward-guard GuardOff [] the guard behind filter is switched off"),
  ]);
});

test.each<[string, ChosenHostOptions, Partial<EngineFacts>]>([
  ["as Docker does", {}, { firewall: "nftables" }],
  ["chosen", { enforcement: "nftables" }, {}],
])("in nftables, %s, nobody gets ahead of us, so no guard is missed", (_, options, engine) => {
  expect(said([], { engine }, { ...options, forwardGuard: "Off" })).toEqual([]);
});

describe("where agents reach NATS in a container of the host", () => {
  const nats = container("nats", { ops: "172.18.0.2" });
  const published = {
    protocol: "TCP",
    hostAddress: "0.0.0.0",
    hostPort: 7422,
    containerPort: 4222,
  };
  const host: Host = {
    networks: [network("ops"), network("shop")],
    containers: [
      { ...nats, published: [published as PublishedPort] },
      container("web", { shop: "172.19.0.2" }),
    ],
    management: [{ address: "192.0.2.11", port: 7422, container: "nats" }],
  };
  const never = (policies: string) => `management-guard NeverDenied [${policies}] 7422/TCP of nats`;
  const ops = { networkSelector: { names: ["ops"] } };
  const shop = { networkSelector: { names: ["shop"] } };
  const natsPort = { kind: "port", protocol: "TCP", ports: { first: 4222, last: 4222 } } as const;
  const everybody: DesiredDirection = {
    defaultAction: "Deny",
    rules: [{ name: "agents", action: "Allow", ports: [natsPort] }],
  };
  const some: DesiredDirection = {
    defaultAction: "Deny",
    rules: [
      { name: "office", action: "Allow", from: { addresses: { v4: ["198.51.100.0/24"], v6: [] } } },
    ],
  };
  test.each<[string, readonly DesiredPolicy[], readonly string[]]>([
    ["no policy", [], []],
    ["one that closes it", [policy("in", { ...ops, ingress: deny })], [never("in")]],
    ["one that lets some in", [policy("in", { ...ops, ingress: some })], [never("in")]],
    ["one that lets everybody in", [policy("in", { ...ops, ingress: everybody })], []],
    [
      "one that lets other containers not out",
      [policy("out", { ...shop, egress: deny })],
      [never("out")],
    ],
    ["one that lets them out there", [policy("out", { ...shop, egress: everybody })], []],
    ["one about something else", [policy("in", { ...shop, ingress: deny })], []],
  ])("%s", (_, policies, are) => {
    expect(said(policies, host)).toEqual(are);
  });

  test("the guard that is off is said, and then nothing lands there", () => {
    const off = { managementGuard: "Off" } as const;
    expect(said([policy("in", { ...ops, ingress: deny })], host, off)).toEqual([
      expect.stringContaining("management-guard GuardOff [] the management guard is switched off"),
    ]);
  });
});

const guardOff = { inputGuard: "Off" } as const;
const through = "docker-proxy ContainersThroughProxy";
const clients = "docker-proxy ClientsThroughProxy";
table(
  "docker-proxy",
  [
    {
      name: "IPv4 is redirected by Docker, but not for the host's own containers",
      policies: [ingress],
      host: { containers: [web], engine: { proxies: [proxy("0.0.0.0")] } },
      are: [`${through} [in] 8080/TCP of web`],
    },
    {
      name: "IPv6 clients of a container that has IPv4 only",
      policies: [ingress],
      host: { containers: [web], engine: { proxies: [proxy("::")] } },
      are: [`${clients} [in] 8080/TCP of web`, `${through} [in] 8080/TCP of web`],
    },
    {
      name: "IPv6 clients of a container with IPv6",
      host: {
        containers: [container("web", { shop: "fd00::2" })],
        engine: { proxies: [proxy("::", "fd00:0::2")] },
      },
      are: [`${through} [] 8080/TCP of web`],
    },
    {
      name: "IPv6 clients where Docker keeps no rules in ip6tables",
      host: {
        containers: [container("web", { shop: "fd00::2" })],
        engine: { dockerRules: { IPv4: true, IPv6: false }, proxies: [proxy("::", "fd00::2")] },
      },
      are: [`${clients} [] 8080/TCP of web`, `${through} [] 8080/TCP of web`],
    },
    {
      name: "a port of the loopback is nobody's but the host's",
      policies: [ingress],
      host: { containers: [web], engine: { proxies: [proxy("127.0.0.1"), proxy("::1")] } },
      are: [],
    },
    {
      name: "a policy of another network, of other containers, or that denies nothing",
      policies: [
        policy("elsewhere", { networkSelector: { names: ["db"] }, ingress: deny }),
        policy("others", { containerSelector: { names: ["db"] }, ingress: deny }),
        policy("opens", { ingress: allow }),
        policy("inside", { internal: deny }),
        policy("some", { ingress: rejectsSome }),
      ],
      host: { containers: [web], engine: { proxies: [proxy("0.0.0.0")] } },
      are: [`${through} [some] 8080/TCP of web`],
    },
    {
      name: "what leaves by the host is not asked by egress, unless egress is for the host too",
      policies: [egress, policy("both", { egress: { ...deny, host: true } })],
      host: { containers: [web], engine: { proxies: [proxy("0.0.0.0")] } },
      are: [`${through} [out] 8080/TCP of web`],
    },
    {
      name: "a multi-homed container, by the policies of all its networks",
      policies: [policy("back", { networkSelector: { names: ["back"] }, ingress: deny })],
      host: {
        networks: [network("shop"), network("back")],
        containers: [container("web", { shop: "172.18.0.2", back: "172.19.0.2" })],
        engine: { proxies: [proxy("0.0.0.0")] },
      },
      are: [`${through} [back] 8080/TCP of web`],
    },
    {
      name: "a container that is not known may be anyone's",
      policies: [policy("others", { containerSelector: { names: ["db"] }, ingress: deny })],
      host: { engine: { proxies: [proxy("0.0.0.0")] } },
      are: [`${through} [others] 8080/TCP of unknown container`],
    },
  ],
  guardOff,
);

const onHost = container("exporter", {}, { hostNetwork: true });
table("containers in the host's network", [
  {
    name: "nobody's",
    host: { containers: [onHost] },
    are: ["host-network HostNetworkContainer [] exporter"],
  },
  {
    name: "of a policy that names them, selects everything, or neither",
    policies: [
      policy("all", { ingress: deny }),
      policy("named", {
        networkSelector: { names: ["shop"] },
        containerSelector: { names: ["exp*"] },
        egress: deny,
      }),
      policy("other", { containerSelector: { names: ["web"] }, ingress: deny }),
      policy("shop", { networkSelector: { names: ["shop"] }, ingress: deny }),
      policy("wire", { networkSelector: undefined, interfaces: ["eth0"], ingress: deny }),
      internal,
    ],
    host: { containers: [onHost] },
    are: ["host-network HostNetworkContainer [all,named] exporter"],
  },
]);

table("networks without a bridge", [
  {
    name: "by driver, and by who selects them",
    policies: [policy("lan", { networkSelector: { names: ["lan"] }, egress: deny }), ingress],
    host: { networks: [noBridge("mesh", "overlay"), macvlan, noBridge("lan2", "macvlan")] },
    are: [
      "no-bridge UnsupportedDriver [in,lan] lan",
      "no-bridge UnsupportedDriver [in] lan2",
      "no-bridge UnsupportedDriver [in] mesh",
    ],
  },
  {
    name: "Docker's own, unless host is selected by its name",
    policies: [ingress],
    host: { networks: [noBridge("host", "host"), noBridge("none", "null")] },
    are: [],
  },
  {
    name: "host by its name",
    policies: [policy("h", { networkSelector: { names: ["host"] }, ingress: deny })],
    host: { networks: [noBridge("host", "host")] },
    are: ["no-bridge UnsupportedDriver [h] host"],
  },
  {
    name: "a bridge that is not there yet is nothing that flows",
    policies: [ingress],
    host: { networks: [noBridge("soon", "bridge")] },
    are: [],
  },
]);

table("one bridge", [
  {
    name: "without bridge-nf in IPv4: internal alone",
    policies: [internal, ingress],
    host: { engine: { bridgeNf: { IPv4: false, IPv6: false } } },
    are: ["same-bridge BridgeNfOff [between] shop"],
  },
  {
    name: "IPv6 where the network has it, and who selects what",
    policies: [policy("six", { networkSelector: { names: ["six"] }, internal: deny })],
    host: {
      networks: [network("shop"), network("six", { subnets: ["fd00::/64"] })],
      engine: { bridgeNf: { IPv4: true, IPv6: false } },
    },
    are: ["same-bridge BridgeNfOff [six] six"],
  },
]);

table("Swarm", [
  {
    name: "its published ports come by docker_gwbridge",
    policies: [ingress, egress],
    host: {
      networks: [network("docker_gwbridge"), noBridge("ingress", "overlay")],
      engine: { swarm: true },
    },
    are: [
      "no-bridge UnsupportedDriver [in,out] ingress",
      "swarm-ingress SwarmIngress [in] docker_gwbridge, ingress",
    ],
  },
  {
    name: "a bridge that Swarm left behind",
    policies: [ingress],
    host: { networks: [network("docker_gwbridge")] },
    are: [],
  },
]);

table(
  "Docker without rules",
  [
    {
      name: "everything that may deny on a bridge",
      policies: [ingress, egress, internal, policy("opens", { ingress: allow })],
      host: { engine: { dockerRules: { IPv4: false, IPv6: false } } },
      are: [
        "docker-without-rules DockerWithoutRules [between,in,out] Docker keeps no rules of its own, so docker-proxy alone serves published ports, and nobody judges what comes to them",
      ],
    },
    {
      name: "none in ip6tables, as engines before 27 by default: ours are led to all the same",
      policies: [ingress],
      host: { engine: { dockerRules: { IPv4: true, IPv6: false } } },
      are: [],
    },
  ],
  guardOff,
);

const twoHomes = container("web", { shop: "172.18.0.2", back: "172.19.0.2" });
const shopOnly = policy("out", { networkSelector: { names: ["shop"] }, egress: deny });
table("egress by another network", [
  {
    name: "that is not selected",
    policies: [shopOnly, ingress],
    host: { networks: [network("shop"), network("back")], containers: [twoHomes] },
    are: ["other-network OtherNetwork [out] web by back"],
  },
  {
    name: "that has no bridge",
    policies: [shopOnly],
    host: {
      networks: [network("shop"), noBridge("back", "macvlan")],
      containers: [twoHomes],
    },
    are: ["no-bridge UnsupportedDriver [] back", "other-network OtherNetwork [out] web by back"],
  },
  {
    name: "that leads nowhere",
    policies: [shopOnly],
    host: {
      networks: [network("shop"), network("back", { internal: true })],
      containers: [twoHomes],
    },
    are: [],
  },
  {
    name: "that is selected, or of a container that is not",
    policies: [
      egress,
      policy("db", { ...shopOnly, name: "db", containerSelector: { names: ["db"] } }),
    ],
    host: { networks: [network("shop"), network("back")], containers: [twoHomes] },
    are: [],
  },
]);

const wire = (name: string, interfaces: readonly string[]) =>
  policy(name, { networkSelector: undefined, interfaces, ingress: deny });
table("interfaces", [
  {
    name: "there, missing, and Docker's",
    policies: [wire("a", ["eth0"]), wire("b", ["eth9", "br-shop"]), wire("c", ["eth9"])],
    are: ["interface DockerBridge [b] br-shop", "interface NoInterface [b,c] eth9"],
  },
]);

test("a long list is cut, and says by how much", () => {
  const containers = Array.from({ length: 12 }, (_, i) =>
    container(`c${String(i).padStart(2, "0")}`, {}, { hostNetwork: true }),
  );
  expect(said([], { containers })).toEqual([
    "host-network HostNetworkContainer [] c00, c01, c02, c03, c04 and 7 more",
  ]);
});

test("the order in which the host has things makes no difference", () => {
  const networks = [network("shop"), network("back"), macvlan, noBridge("mesh", "overlay")];
  const containers = [twoHomes, onHost, container("api", { shop: "172.18.0.3" })];
  const proxies = [proxy("::"), proxy("0.0.0.0", "172.18.0.3")];
  const engine = { proxies, swarm: true, bridgeNf: { IPv4: false, IPv6: false } };
  const policies = [ingress, shopOnly, internal];
  const desired = { policies, options: guardOff };
  const forward = limitsOf(desired, view({ networks, containers, engine }));
  const backward = limitsOf(
    desired,
    view({
      networks: networks.toReversed(),
      containers: containers.toReversed(),
      engine: { ...engine, proxies: proxies.toReversed() },
    }),
  );
  expect(forward.length).toBeGreaterThan(5);
  expect(backward).toEqual(forward);
});
