import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { factsOfHost, type HostFacts } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { type TracedEnd, type TracedPath, traceOn } from "./trace.ts";
import { changeOf, stateOf, type TraceChange } from "./trace-change.ts";
import { parseTrace, type TraceQuestion } from "./trace-question.ts";
import { tracePaths } from "./trace-ways.ts";

const policies = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: db}
spec:
  networkSelector: {names: [db]}
  ingress:
    defaultAction: Deny
    rules:
      - {name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 3306}]}
      - {name: bad, action: Reject, from: [{ipBlock: {cidr: 203.0.113.0/24}}]}
  internal:
    rules:
      - {name: no-cron, action: Deny, from: [{containerSelector: {names: [cron]}}]}
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: guard}
spec:
  tier: Guardrail
  networkSelector: {names: [db, front]}
  ingress:
    rules:
      - {name: teams, action: Pass, ports: [{port: 3306}]}
      - {name: no-telnet, action: Deny, ports: [{port: 23}]}
  egress:
    host: true
    rules:
      - {name: no-mail, action: Deny, ports: [{port: 25}]}
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: tight}
spec:
  networkSelector: {names: [other]}
  egress:
    host: true
    rules: [{action: Deny, to: [{ipBlock: {cidr: 192.0.2.10/32}}]}]
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: trial}
spec:
  mode: Audit
  networkSelector: {names: [front]}
  ingress: {defaultAction: Deny}
`;

function hostWith(engine: object, more: object = {}): HostFacts {
  return factsOfHost({
    metadata: { name: "shop-1" },
    spec: { addresses: ["192.0.2.10/32"] },
    status: {
      networks: [
        { name: "db", bridge: "br-db", subnets: ["10.1.0.0/16"] },
        { name: "front", bridge: "br-front", subnets: ["10.2.0.0/16", "2001:db8:2::/64"] },
        { name: "back", bridge: "br-back", subnets: ["10.3.0.0/16"], internal: true },
        { name: "quiet", bridge: "br-quiet", subnets: ["10.4.0.0/16"], icc: false },
        { name: "lan", driver: "macvlan" },
        { name: "other", bridge: "br-other", subnets: ["10.6.0.0/16"] },
      ],
      containers: [
        {
          name: "mysql",
          attachments: [{ network: "db", addresses: ["10.1.0.2"] }],
          published: [
            { hostPort: 13306, containerPort: 3306 },
            { hostPort: 13306, containerPort: 3306, hostAddress: "::" },
          ],
        },
        { name: "cron", attachments: [{ network: "db", addresses: ["10.1.0.3"] }] },
        {
          name: "web",
          attachments: [{ network: "front", addresses: ["10.2.0.2", "2001:db8:2::2"] }],
          published: [{ hostPort: 80, containerPort: 8080 }],
        },
        { name: "job", attachments: [{ network: "back", addresses: ["10.3.0.2"] }] },
        {
          name: "q1",
          attachments: [{ network: "quiet", addresses: ["10.4.0.2"] }],
        },
        { name: "q2", attachments: [{ network: "quiet", addresses: ["10.4.0.3"] }] },
        { name: "front2", attachments: [{ network: "other", addresses: ["10.6.0.2"] }] },
        {
          name: "both",
          attachments: [
            { network: "front", addresses: ["10.2.0.9"] },
            { network: "lan", addresses: ["192.0.2.77"] },
          ],
        },
        { name: "exporter", hostNetwork: true },
        { name: "cam", attachments: [{ network: "lan", addresses: ["192.168.1.9"] }] },
      ],
      engine: { version: "28.5.2", ...engine },
      ...more,
    },
  });
}

const proxies = [
  {
    protocol: "TCP",
    hostAddress: "::",
    hostPort: 13306,
    containerAddress: "10.1.0.2",
    containerPort: 3306,
  },
  {
    protocol: "TCP",
    hostAddress: "0.0.0.0",
    hostPort: 80,
    containerAddress: "10.2.0.2",
    containerPort: 8080,
  },
];
const engine28 = hostWith({ proxies });
const engine20 = hostWith({ version: "20.10.24", dockerRules: ["IPv4"], bridgeNf: ["IPv6"] });

const counters = [
  {
    ...{ policy: "db", rule: "default", direction: "ingress", network: "db", family: "IPv4" },
    ...{ packets: 7, bytes: 420, audited: false, guard: false },
  },
  {
    ...{ policy: "trial", rule: "default", direction: "ingress", network: "front", family: "IPv4" },
    ...{ packets: 3, bytes: 180, audited: true, guard: false },
  },
];

function treeOf(content: string) {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return resources.map(({ resource }) => resource);
}

function questionOf(text: string): TraceQuestion {
  const [source = "", destination = "", protocol = "TCP"] = text.split(" ");
  const parsed = parseTrace(source, destination, protocol as TraceQuestion["protocol"]);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.question;
}

function lines(text: string, host: HostFacts, content = policies): readonly string[] {
  const desired = compile(treeOf(content), [], host);
  const trace = traceOn(questionOf(text), desired, host, counters);
  return trace.found ? trace.paths.map(lineOf) : [trace.reason];
}

function lineOf(path: TracedPath): string {
  const { outcome, route, family = "-", verdict, counter, wouldDenyCounter } = path;
  const judgement = verdict?.decidedBy;
  const by = judgement?.decidedBy;
  const words = [
    ...[outcome, route, family, `${endOf(path.source)}>${endOf(path.destination)}`],
    judgement === undefined
      ? ""
      : `${judgement.scope}:${by === undefined ? "-" : `${by.policy}/${by.rule}`}`,
    (judgement?.passedBy ?? []).map(({ rule }) => `passed:${rule}`).join(),
    counter === undefined ? "" : `hits:${String(counter.packets)}`,
    verdict?.wouldDeny === undefined ? "" : `would:${verdict.wouldDeny.decidedBy?.policy ?? ""}`,
    wouldDenyCounter === undefined ? "" : `wouldHits:${String(wouldDenyCounter.packets)}`,
    path.published ?? "",
    path.ungoverned?.reason ?? "",
    path.docker.lets === "Yes" ? "" : `docker:${path.docker.lets}`,
  ];
  return words.filter((word) => word !== "").join(" ");
}

function endOf({ container, network, address, port }: TracedEnd): string {
  const who = container ?? address ?? "*";
  return `${who}${network === undefined ? "" : `@${network}`}${port === undefined ? "" : `:${String(port)}`}`;
}

const v6Proxy = (from: string) =>
  `Denied DockerProxy IPv6 ${from}>mysql:3306 ingress:db/default passed:teams [::]:13306/TCP`;

test("where the guard of published ports is off, what docker-proxy answers is not governed", () => {
  const host = { ...engine28, options: { inputGuard: "Off" as const } };
  expect(lines("2001:db8:9::1 host:13306", host)).toEqual([
    "Allowed DockerProxy IPv6 2001:db8:9::1>mysql:3306 [::]:13306/TCP ClientsThroughProxy",
  ]);
  expect(lines("cron host:80", host)).toEqual([
    "Allowed DockerProxy IPv4 cron@db>web:80 host:- 0.0.0.0:80/TCP ContainersThroughProxy",
  ]);
});

const named = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: named}
spec:
  ingress: {rules: [{action: Allow, ports: [{publishedPort: 9000}, {publishedPort: 9001}, {publishedPort: 80}]}]}
`;

test.each([
  ["internet host:9000", "Denied Input IPv4 *>*:9000 ingress:-"],
  ["2001:db8:9::1 host:9000", "Denied Input IPv4 2001:db8:9::1>*:9000 ingress:-"],
  ["internet 192.0.2.10:9000", "Denied Input IPv4 *>192.0.2.10:9000 ingress:-"],
  ["cron 192.0.2.10:9000", "Denied Input IPv4 cron@db>192.0.2.10:9000 ingress:-"],
  ["internet 192.0.2.10:9001", "Allowed Input IPv4 *>192.0.2.10:9001 HostItself"],
  [
    "internet 192.0.2.10:80",
    "Allowed Forwarded IPv4 *>web@front:8080 ingress:named/rules[0] 0.0.0.0:80/TCP",
  ],
])("a port that policies name, and nobody publishes: %s", (question, line) => {
  const own = hostWith({ proxies }, { ownPorts: [{ protocol: "TCP", port: 9001 }] });
  expect(lines(question, own, named)).toEqual([line]);
});

test.each([
  ["internet host:9100", "Denied Input IPv4 *>*:9100 ingress:-"],
  ["internet 192.0.2.10:9101", "Allowed Input IPv4 *>192.0.2.10:9101 HostItself"],
])("a port that a container will publish, once it runs: %s", (question, line) => {
  const late = (port: number, network: string) => {
    return { protocol: "TCP", first: port, last: port, container: "late", networks: [network] };
  };
  const awaitedPorts = [late(9100, "db"), late(9101, "quiet")];
  expect(lines(question, hostWith({ proxies }, { awaitedPorts }))).toEqual([line]);
});

const management = [
  { address: "192.0.2.10", port: 13306, container: "mysql" },
  { address: "2001:db8::10", port: 13306, container: "mysql" },
];
const guarded = hostWith({ proxies }, { management });

describe("where agents reach the controller, no policy is asked", () => {
  test("redirected, and by docker-proxy", () => {
    expect(lines("internet mysql:3306", guarded)).toEqual([
      "Allowed Forwarded IPv4 *>mysql@db:3306 0.0.0.0:13306/TCP",
      "Allowed DockerProxy IPv6 *>mysql:3306 [::]:13306/TCP",
    ]);
  });

  test("unless the guard is off", () => {
    const off = { ...guarded, options: { managementGuard: "Off" as const } };
    expect(lines("internet mysql:3306", off)).toEqual(lines("internet mysql:3306", engine28));
  });
});

describe("which way it goes, and what becomes of it", () => {
  test.for<[string, string[]]>([
    // From outside, by the port that is published.
    [
      "198.51.100.7 mysql:3306",
      [
        "Allowed Forwarded IPv4 198.51.100.7>mysql@db:3306 ingress:db/office passed:teams 0.0.0.0:13306/TCP",
      ],
    ],
    [
      "internet mysql:3306",
      [
        "Denied Forwarded IPv4 *>mysql@db:3306 ingress:db/default passed:teams hits:7 0.0.0.0:13306/TCP",
        v6Proxy("*"),
      ],
    ],
    [
      "203.0.113.4 host:13306",
      [
        "Rejected Forwarded IPv4 203.0.113.4>mysql@db:3306 ingress:db/bad passed:teams 0.0.0.0:13306/TCP",
      ],
    ],
    ["2001:db8:9::1 host:13306", [v6Proxy("2001:db8:9::1")]],
    [
      "internet web:8080",
      [
        "Allowed Forwarded IPv4 *>web@front:8080 ingress:- would:trial wouldHits:3 0.0.0.0:80/TCP",
        "Closed Forwarded IPv6 *>web@front:8080 ingress:- would:trial docker:No",
      ],
    ],
    // Not published.
    [
      "198.51.100.7 web:23",
      ["Denied Forwarded IPv4 198.51.100.7>web@front:23 ingress:guard/no-telnet docker:No"],
    ],
    [
      "198.51.100.7 10.1.0.2:3306",
      [
        "Allowed".replace("Allowed", "Closed") +
          " Forwarded IPv4 198.51.100.7>mysql@db:3306 ingress:db/office passed:teams docker:No",
      ],
    ],
    ["internet host:22", ["Allowed Input - *>*:22 HostItself"]],
    ["internet exporter:9100", ["Allowed Input - *>exporter:9100 HostNetworkContainer"]],
    ["internet 192.0.2.10:22", ["Allowed Input IPv4 *>192.0.2.10:22 HostItself"]],
    // A bridge's own address is the host's, of whichever network.
    ["cron 10.1.0.1:25", ["Denied Input IPv4 cron@db>10.1.0.1:25 host:guard/no-mail"]],
    ["cron 10.2.0.1:25", ["Denied Input IPv4 cron@db>10.2.0.1:25 host:guard/no-mail"]],
    ["job 10.3.0.1:22", ["Allowed Input IPv4 job@back>10.3.0.1:22"]],
    ["internet 10.1.0.1:22", ["Allowed Input IPv4 *>10.1.0.1:22 HostItself"]],
    // Between containers.
    ["cron mysql:3306", ["Denied SameBridge IPv4 cron@db>mysql@db:3306 internal:db/no-cron"]],
    ["mysql cron:1", ["Allowed SameBridge IPv4 mysql@db>cron@db:1 internal:-"]],
    ["q1 q2:1", ["Closed SameBridge IPv4 q1@quiet>q2@quiet:1 docker:No"]],
    [
      "web mysql:3306",
      [
        "Denied Forwarded IPv4 web@front>mysql@db:3306 ingress:db/default passed:teams hits:7 docker:No",
      ],
    ],
    [
      "web mysql ICMP",
      ["Denied Forwarded IPv4 web@front>mysql@db ingress:db/default hits:7 docker:No"],
    ],
    // A container to what its host publishes.
    [
      "cron host:80",
      [
        "Allowed DockerProxy IPv4 cron@db>web:8080 ingress:- would:trial wouldHits:3 0.0.0.0:80/TCP",
      ],
    ],
    [
      "web host:13306",
      [
        "Denied Forwarded IPv4 web@front>mysql@db:3306 ingress:db/default passed:teams hits:7 0.0.0.0:13306/TCP docker:No".replace(
          "passed",
          "passed",
        ),
        "Denied DockerProxy IPv6 web@front>mysql:3306 ingress:db/default passed:teams [::]:13306/TCP",
      ],
    ],
    [
      "web host:25",
      [
        "Denied Input IPv4 web@front>*:25 host:guard/no-mail",
        "Denied Input IPv6 web@front>*:25 host:guard/no-mail",
      ],
    ],
    // By which address of the host, where policies tell them apart.
    [
      "front2 host:22",
      [
        "Denied Input IPv4 front2@other>192.0.2.10:22 host:tight/rules[0]",
        "Allowed Input IPv4 front2@other>10.1.0.1:22 host:-",
      ],
    ],
    // A container to itself.
    ["web web:8080", ["a container reaches itself without leaving its own network"]],
    ["web 10.2.0.2:8080", ["a container reaches itself without leaving its own network"]],
    [
      "web 127.0.0.1:9100",
      ["127.0.0.1 is whoever uses it: write host, or the name of a container"],
    ],
    // Out of the host.
    ["web 203.0.113.5:25", ["Denied Forwarded IPv4 web@front>203.0.113.5:25 egress:guard/no-mail"]],
    ["job internet:443", ["Closed Forwarded IPv4 job@back>*:443 docker:No"]],
    ["host mysql:3306", ["Allowed Output - *>mysql@db:3306 HostItself"]],
    ["cam internet:443", ["Allowed NoBridge - cam>* UnsupportedDriver"]],
    // By each of its networks, and only to whoever is there too or outside.
    [
      "both internet:25",
      [
        "Denied Forwarded IPv4 both@front>*:25 egress:guard/no-mail",
        "Allowed NoBridge - both>* UnsupportedDriver",
      ],
    ],
    ["both cam:80", ["Allowed NoBridge - both>cam UnsupportedDriver"]],
    ["cam both:80", ["Allowed NoBridge - cam>both UnsupportedDriver"]],
    ["both web:80", ["Allowed SameBridge IPv4 both@front>web@front:80"]],
    // A network is each of its containers.
    [
      "internet network/db:3306",
      [
        "Denied Forwarded IPv4 *>mysql@db:3306 ingress:db/default passed:teams hits:7 0.0.0.0:13306/TCP",
        v6Proxy("*"),
        "Denied Forwarded IPv4 *>cron@db:3306 ingress:db/default passed:teams hits:7 docker:No",
      ],
    ],
    // Not here.
    ["198.51.100.7 203.0.113.1:80", ["neither end is on this host"]],
    ["internet nobody:80", ['no running container and no network is called "nobody"']],
    ["internet cam:80", ["Allowed NoBridge - *>cam UnsupportedDriver"]],
    [
      "internet both:80",
      [
        "Closed Forwarded IPv4 *>both@front:80 ingress:- would:trial wouldHits:3 docker:No",
        "Allowed NoBridge - *>both UnsupportedDriver",
      ],
    ],
  ])("%s", ([text, expected]) => {
    expect(lines(text, engine28)).toEqual(expected);
  });

  test.for<[string, string[]]>([
    ["cron mysql:3306", ["Allowed SameBridge IPv4 cron@db>mysql@db:3306 BridgeNfOff"]],
    [
      "198.51.100.7 10.1.0.2:3306",
      ["Allowed Forwarded IPv4 198.51.100.7>mysql@db:3306 ingress:db/office passed:teams"],
    ],
    [
      "198.51.100.7 10.1.0.3:3306",
      [
        "Unknown Forwarded IPv4 198.51.100.7>cron@db:3306 ingress:db/office passed:teams docker:Unknown",
      ],
    ],
    [
      "2001:db8:9::1 web:8080",
      ["Unknown Forwarded IPv6 2001:db8:9::1>web@front:8080 ingress:- would:trial docker:Unknown"],
    ],
  ])("on an older engine: %s", ([text, expected]) => {
    expect(lines(text, engine20)).toEqual(expected);
  });
});

test("Docker leads no published port through an internal network", () => {
  const published = [{ hostPort: 80, containerPort: 8080 }];
  const both = hostWith(
    {},
    {
      containers: [
        {
          ...{ name: "web", published },
          attachments: [
            { network: "back", addresses: ["10.3.0.2"] },
            { network: "front", addresses: ["10.2.0.2"] },
          ],
        },
        {
          ...{ name: "job", published: [{ hostPort: 81, containerPort: 8080 }] },
          attachments: [{ network: "back", addresses: ["10.3.0.3"] }],
        },
      ],
    },
  );
  const to = (port: number) => lines(`internet host:${String(port)}`, both);
  expect(to(80)).toEqual([
    "Allowed Forwarded IPv4 *>web@front:8080 ingress:- would:trial wouldHits:3 0.0.0.0:80/TCP",
  ]);
  expect(to(81)).toEqual(["Closed None IPv4 *>job:8080 0.0.0.0:81/TCP docker:No"]);
});

describe("a port that is published on one address of the host", () => {
  const web = {
    name: "web",
    attachments: [{ network: "front", addresses: ["10.2.0.2", "2001:db8:2::2"] }],
    published: [
      { hostPort: 9000, containerPort: 9000, hostAddress: "127.0.0.1" },
      { hostPort: 7000, containerPort: 7001, hostAddress: "192.0.2.99" },
      { hostPort: 7000, containerPort: 7002, hostAddress: "192.0.2.98" },
    ],
  };
  const cron = { name: "cron", attachments: [{ network: "db", addresses: ["10.1.0.3"] }] };
  const host = hostWith(
    {
      proxies: web.published.map((port) => ({
        ...port,
        protocol: "TCP",
        containerAddress: "10.2.0.2",
      })),
    },
    { containers: [web, cron], addresses: ["192.0.2.10", "192.0.2.98", "192.0.2.99"] },
  );
  const loopback = "Closed None IPv4";
  test.for<[string, string[]]>([
    ["internet host:9000", [`${loopback} *>web:9000 127.0.0.1:9000/TCP docker:No`]],
    ["cron host:9000", [`${loopback} cron@db>web 127.0.0.1:9000/TCP docker:No`]],
    [
      "internet 192.0.2.99:7000",
      [
        "Allowed Forwarded IPv4 *>web@front:7001 ingress:- would:trial wouldHits:3 192.0.2.99:7000/TCP",
      ],
    ],
    [
      "internet 192.0.2.98:7000",
      [
        "Allowed Forwarded IPv4 *>web@front:7002 ingress:- would:trial wouldHits:3 192.0.2.98:7000/TCP",
      ],
    ],
    // There somebody else may listen, on the host itself.
    ["internet 192.0.2.10:7000", ["Allowed Input IPv4 *>192.0.2.10:7000 HostItself"]],
    ["cron 192.0.2.10:7000", ["Allowed Input IPv4 cron@db>192.0.2.10:7000 host:-"]],
    ["internet 192.0.2.10:9000", ["Allowed Input IPv4 *>192.0.2.10:9000 HostItself"]],
    [
      "cron 192.0.2.98:7000",
      [
        "Allowed DockerProxy IPv4 cron@db>web:7002 ingress:- would:trial wouldHits:3 192.0.2.98:7000/TCP",
      ],
    ],
  ])("%s", ([text, expected]) => {
    expect(lines(text, host)).toEqual(expected);
  });
});

test("the host's own addresses are those that it reported, where it did", () => {
  const reported = hostWith({}, { addresses: ["192.0.2.11", "10.1.0.254"] });
  const [first, far] = ["cron 10.1.0.1:25", "cron 10.1.0.254:25"].map((text) =>
    lines(text, reported),
  );
  expect(first).toEqual(["Denied SameBridge IPv4 cron@db>10.1.0.1@db:25 internal:db/no-cron"]);
  expect(far).toEqual(["Denied Input IPv4 cron@db>10.1.0.254:25 host:guard/no-mail"]);
});

test("a name that two have", () => {
  const twins = hostWith({}, { networks: [{ name: "mysql" }] });
  expect(lines("internet mysql:1", twins)).toEqual([
    'both a container and a network are called "mysql": write container/mysql or network/mysql',
  ]);
});

describe("the smallest change that turns it round", () => {
  function changes(text: string, content = policies, host = engine28): readonly string[] {
    const question = questionOf(text);
    const context = { question, host, tree: treeOf(content), fleet: [] };
    const found = tracePaths(question, stateOf(context.tree, context), host);
    if (!found.ok) throw new Error(found.reason);
    return found.paths.map((path) => changeText(changeOf(path, context)));
  }

  function changeText(change: TraceChange): string {
    if (!change.possible) return change.reason;
    const edits = change.edits.map(
      ({ policy, field = "new", position, yaml }) =>
        `${policy} ${field}${position === undefined ? "" : `[${String(position)}]`}: ${yaml.join(" ").replaceAll(/\s+/g, " ")}`,
    );
    return `${change.wanted}: ${edits.join("; ")}`;
  }

  const from = (address: string) => `from: - ipBlock: cidr: ${address}`;
  const tcp = (port: number) => `ports: - protocol: TCP port: ${String(port)}`;
  const to = (...addresses: readonly string[]) =>
    `to: ${addresses.map((address) => `- ipBlock: cidr: ${address}/32`).join(" ")}`;
  const own = to("192.0.2.10", "10.1.0.1", "10.2.0.1", "10.3.0.1", "10.4.0.1", "10.6.0.1");
  test.for<[string, string[]]>([
    // Before the rule that decides, and behind all rules where a default does.
    [
      "203.0.113.4 mysql:3306",
      [`Allow: db spec.ingress.rules[1]: - action: Allow ${from("203.0.113.4/32")} ${tcp(3306)}`],
    ],
    [
      "192.0.2.1 mysql:3306",
      [`Allow: db spec.ingress.rules[2]: - action: Allow ${from("192.0.2.1/32")} ${tcp(3306)}`],
    ],
    [
      "198.51.100.7 mysql:3306",
      [`Deny: db spec.ingress.rules[0]: - action: Deny ${from("198.51.100.7/32")} ${tcp(3306)}`],
    ],
    [
      "internet mysql:3306",
      [
        `Allow: db spec.ingress.rules[2]: - action: Allow ${tcp(3306)}`,
        `Allow: db spec.ingress.rules[2]: - action: Allow ${tcp(3306)}`,
      ],
    ],
    // In the tier that decides.
    [
      "web 203.0.113.5:25",
      [
        `Allow: guard spec.egress.rules[0]: - action: Allow to: - ipBlock: cidr: 203.0.113.5/32 ${tcp(25)}`,
      ],
    ],
    [
      "web 203.0.113.5:26",
      [
        `Deny: guard spec.egress.rules[1]: - action: Deny to: - ipBlock: cidr: 203.0.113.5/32 ${tcp(26)}`,
      ],
    ],
    [
      "cron mysql:3306",
      [
        `Allow: db spec.internal.rules[0]: - action: Allow from: - containerSelector: names: - cron to: - containerSelector: names: - mysql ${tcp(3306)}`,
      ],
    ],
    // Of the host alone, not of everybody's port 25.
    [
      "cron 10.1.0.1:25",
      [`Allow: guard spec.egress.rules[0]: - action: Allow ${to("10.1.0.1")} ${tcp(25)}`],
    ],
    ["cron host:25", [`Allow: guard spec.egress.rules[0]: - action: Allow ${own} ${tcp(25)}`]],
    ["cron host:26", [`Deny: guard spec.egress.rules[1]: - action: Deny ${own} ${tcp(26)}`]],
    // docker-proxy passes it on, and is guarded.
    ...(["cron", "q1"].map((name) => [
      `${name} host:80`,
      [
        `Deny: guard spec.ingress.rules[2]: - action: Deny from: - containerSelector: names: - ${name} ${tcp(8080)}`,
      ],
    ]) satisfies [string, string[]][]),
    [
      "2001:db8:9::1 host:13306",
      [
        `Allow: db spec.ingress.rules[2]: - action: Allow ${from("2001:db8:9::1/128")} ${tcp(3306)}`,
      ],
    ],
    // Nothing speaks yet.
    [
      "q1 internet:80",
      [
        `Deny: deny-traced new: apiVersion: seawall/v1 kind: FleetPolicy metadata: name: deny-traced spec: priority: 0 networkSelector: names: - quiet egress: rules: - action: Deny ${tcp(80)}`,
      ],
    ],
    // No policy can.
    [
      "web mysql:3306",
      ["no policy can open it: Docker keeps its bridges apart: front and db are two of them"],
    ],
    ["internet host:22", ["no policy governs this path: filter it in the host's own INPUT rules"]],
    [
      "198.51.100.7 10.1.0.99:3306",
      [
        "the policies allow it already; Docker does not: Docker 28.5.2 drops what comes to a container's own address from outside its bridge",
      ],
    ],
  ])("%s", ([text, expected]) => {
    expect(changes(text)).toEqual(expected);
  });

  test("egress and ingress both stand against it", () => {
    const routed = hostWith(
      {},
      {
        networks: [
          { name: "a", bridge: "br-a", subnets: ["10.8.0.0/16"] },
          { name: "b", bridge: "br-b", subnets: ["10.9.0.0/16"], routed: ["IPv4"] },
        ],
        containers: [
          { name: "x", attachments: [{ network: "a", addresses: ["10.8.0.2"] }] },
          {
            name: "y",
            attachments: [{ network: "b", addresses: ["10.9.0.2"] }],
            published: [{ hostPort: 5, containerPort: 5 }],
          },
        ],
      },
    );
    const closed = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec: {ingress: {defaultAction: Deny}, egress: {defaultAction: Reject}}
`;
    expect(changes("x y:5", closed, routed)).toEqual([
      `Allow: closed spec.egress.rules[0]: - action: Allow to: - containerSelector: names: - y ${tcp(5)}; closed spec.ingress.rules[0]: - action: Allow from: - containerSelector: names: - x ${tcp(5)}`,
    ]);
  });

  test("a rule that a Guardrail passes over stands in the next tier", () => {
    const guarded = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: guard}
spec:
  tier: Guardrail
  networkSelector: {names: [db]}
  ingress: {defaultAction: Deny, rules: [{name: on, action: Pass}]}
`;
    expect(changes("192.0.2.1 mysql:3306", guarded)).toEqual([
      `Allow: guard spec.ingress.rules[0]: - action: Allow ${from("192.0.2.1/32")} ${tcp(3306)}`,
    ]);
  });

  test("where agents reach the controller, none can deny it", () => {
    const reason =
      "agents reach the controller there, and no policy denies that: seawall set host NAME --option managementGuard=Off";
    expect(changes("internet mysql:3306", policies, guarded)).toEqual([reason, reason]);
  });

  test("a host in Audit denies nothing", () => {
    expect(changes("192.0.2.1 mysql:3306", policies, { ...engine28, mode: "Audit" })).toEqual([
      "the host is in Audit, so its policies deny nothing",
    ]);
  });
});
