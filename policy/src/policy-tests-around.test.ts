import { expect, test } from "vitest";
import { factsOfHost, type HostFacts } from "./facts.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { failureText } from "./policy-tests-issues.ts";

/** Everything is closed, and this host has what goes around that. */
const closed = (test: string, egress = "") => `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec:
  networkSelector: {names: [shop, front, lan]}
  ingress: {defaultAction: Deny}
  internal: {defaultAction: Deny}
  egress: {defaultAction: Deny${egress}}
  tests: [${test}]
`;

const proxy = {
  protocol: "TCP" as const,
  ...{ hostPort: 8080, containerAddress: "172.18.0.2", containerPort: 80 },
};

function hostWith(
  engine: object,
  addresses: readonly string[] = [],
  options: ChosenHostOptions = {},
): HostFacts {
  return factsOfHost({
    metadata: { name: "a" },
    spec: { addresses: ["192.0.2.10/32"], options },
    status: {
      networks: [
        { name: "shop", subnets: ["172.18.0.0/16"] },
        { name: "front", subnets: ["172.19.0.0/16", "2001:db8:19::/64"] },
        { name: "lan", driver: "macvlan" },
      ],
      containers: [
        {
          name: "web",
          attachments: [{ network: "shop", addresses: ["172.18.0.2"] }],
          published: [
            { hostPort: 8080, containerPort: 80 },
            { hostPort: 8080, containerPort: 80, hostAddress: "::" },
            { hostPort: 9000, containerPort: 9000, hostAddress: "127.0.0.1" },
          ],
        },
        { name: "api", attachments: [{ network: "shop", addresses: ["172.18.0.3"] }] },
        { name: "job", attachments: [{ network: "front", addresses: ["172.19.0.3"] }] },
        { name: "cam", attachments: [{ network: "lan", addresses: ["192.168.1.9"] }] },
        { name: "exporter", hostNetwork: true },
        {
          name: "two",
          attachments: [
            { network: "shop", addresses: ["172.18.0.9"] },
            { network: "lan", addresses: ["192.168.1.10"] },
          ],
          published: [{ hostPort: 7000, containerPort: 70 }],
        },
      ],
      engine: { version: "26.1.5", ...engine },
      addresses: [...addresses],
    },
  });
}

const engine = {
  bridgeNf: [],
  proxies: [
    { ...proxy, hostAddress: "::" },
    { ...proxy, hostAddress: "0.0.0.0" },
    { ...proxy, hostAddress: "127.0.0.1", hostPort: 9000, containerPort: 9000 },
  ],
};
const both = hostWith(engine, [], { inputGuard: "Off" });
/** docker-proxy is guarded there. */
const guarded = hostWith(engine);
const none = hostWith({ bridgeNf: ["IPv4", "IPv6"] });

function judged(content: string, host: HostFacts): string {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  const tree = resources.map(({ resource }) => resource);
  const results = judgePolicyTests(tree, [host]);
  return results
    .flatMap((result) => result.cases.map(({ outcome }) => ({ result, outcome })))
    .map(({ result, outcome }) =>
      `${outcome.kind} ${outcome.kind === "Skipped" ? outcome.reason : failureText(result, outcome)}`.trimEnd(),
    )
    .join("; ");
}

const noHostRule =
  "no rule matches and no policy that selects the network and says `host: true` denies by default";
const unseen = (family: string) =>
  `the kernel does not show iptables the ${family} traffic between containers of one bridge: shop; load the module br_netfilter and set net.bridge.bridge-nf-call-iptables=1, now and at every boot`;

test.for<readonly [string, string, HostFacts?, string?]>([
  // To the host itself, by whichever of its addresses.
  [
    "{from: {network: shop}, to: {address: 192.0.2.10, port: 22}, expect: Deny}",
    `Failed shop to 192.0.2.10 (the host itself) TCP/22, one of shop to 192.0.2.10 TCP/22, must be Deny and is Allow: ${noHostRule}`,
  ],
  [
    "{from: {network: shop}, to: {address: 172.18.0.1, port: 22}, expect: Deny}",
    `Failed shop to 172.18.0.1 (the host itself) TCP/22, one of shop to 172.18.0.1 TCP/22, must be Deny and is Allow: ${noHostRule}`,
  ],
  ["{from: {network: shop}, to: {address: 172.19.0.1, protocol: ICMP}, expect: Allow}", "Passed"],
  [
    "{from: {network: shop}, to: {address: 192.0.2.10, port: 22}, expect: Deny}",
    "Passed",
    both,
    ", host: true",
  ],
  // One address of the block is the host's.
  [
    "{from: {network: shop}, to: {address: 192.0.2.0/24, port: 22}, expect: Deny}",
    `Failed shop to 192.0.2.10 (the host itself) TCP/22, one of shop to 192.0.2.0/24 TCP/22, must be Deny and is Allow: ${noHostRule}`,
  ],
  ["{from: {network: shop}, to: {address: 192.0.2.11, port: 22}, expect: Deny}", "Passed"],
  // Only what it reported is its own.
  [
    "{from: {network: shop}, to: {address: 192.0.2.10, port: 22}, expect: Deny}",
    "Passed",
    hostWith({}, ["192.0.2.99"]),
  ],
  // A published port of the host is not the host: Docker redirects, or docker-proxy takes it.
  ["{from: {network: front}, to: {address: 192.0.2.10, port: 8080}, expect: Deny}", "Passed", none],
  [
    "{from: {container: job}, to: {address: 192.0.2.10, port: 8080}, expect: Deny}",
    'Ungoverned container job to 192.0.2.10 TCP/80 published as 8080, one of container job to 192.0.2.10 TCP/8080, must be Deny, and no policy governs it: what containers of this host send to its own published ports is passed on by docker-proxy: 8080/TCP of web; run Docker with "userland-proxy": false',
  ],
  [
    "{from: {container: job}, to: {address: 192.0.2.10, port: 8080}, expect: Deny}",
    "Passed",
    both,
    ", host: true",
  ],
  [
    "{from: {container: job}, to: {container: web, publishedPort: 8080}, expect: Deny}",
    'Ungoverned container job to container web TCP/80 published as 8080, one of container job to container web TCP published as 8080, must be Deny, and no policy governs it: what containers of this host send to its own published ports is passed on by docker-proxy: 8080/TCP of web; run Docker with "userland-proxy": false',
  ],
  [
    "{from: {container: job}, to: {address: 192.0.2.10, port: 8080}, expect: Allow}",
    "Failed container job to 192.0.2.10 TCP/80 published as 8080, one of container job to 192.0.2.10 TCP/8080, must be Allow and is Deny: the egress defaultAction of FleetPolicy/closed decides",
    guarded,
  ],
  [
    "{from: {container: job}, to: {address: 192.0.2.10, port: 8080}, expect: Deny}",
    "Passed",
    guarded,
  ],
  [
    "{from: {container: job}, to: {container: web, publishedPort: 8080}, expect: Deny}",
    "Passed",
    guarded,
  ],
  // What stays on a bridge that the kernel does not show.
  [
    "{from: {container: api}, to: {container: web, port: 80}, expect: Deny}",
    `Ungoverned container api to container web TCP/80 must be Deny, and no policy governs it: ${unseen("IPv4")}`,
  ],
  ["{from: {container: api}, to: {container: web, port: 80}, expect: Deny}", "Passed", none],
  [
    "{from: {container: api}, to: {container: web, port: 80}, expect: Allow}",
    "Failed container api to container web TCP/80 must be Allow and is Deny: the internal defaultAction of FleetPolicy/closed decides",
  ],
  // IPv6 clients of a container that has only IPv4.
  [
    "{from: '2001:db8::/32', to: {container: web, publishedPort: 8080}, expect: Deny}",
    'Ungoverned 2001:db8:: to container web TCP/80 published as 8080, one of 2001:db8::/32 to container web TCP published as 8080, must be Deny, and no policy governs it: what comes by IPv6 to a published port that Docker does not redirect in IPv6 is passed on by docker-proxy: 8080/TCP of web; give the container a network with IPv6, publish on an IPv4 address only, or run Docker with "userland-proxy": false',
  ],
  [
    "{from: '2001:db8::/32', to: {container: web, publishedPort: 8080}, expect: Deny}",
    "Passed",
    none,
  ],
  [
    "{from: '2001:db8::/32', to: {container: web, publishedPort: 8080}, expect: Deny}",
    "Passed",
    guarded,
  ],
  [
    "{from: '2001:db8::/32', to: {container: web, publishedPort: 8080}, expect: Allow}",
    "Failed 2001:db8:: to container web TCP/1 published as 8080, one of 2001:db8::/32 to container web TCP published as 8080, must be Allow and is Deny: the ingress defaultAction of FleetPolicy/closed decides",
    guarded,
  ],
  ["{from: 203.0.113.7, to: {container: web, publishedPort: 8080}, expect: Deny}", "Passed"],
  // Published on the host's loopback address only, so nobody comes by it.
  [
    "{from: 203.0.113.7, to: {container: web, publishedPort: 9000}, expect: Deny}",
    "Skipped has no running container that the test's packets could come from or go to; Passed",
  ],
  [
    "{from: {container: job}, to: {container: web, publishedPort: 9000}, expect: Deny}",
    "Skipped has no running container that the test's packets could come from or go to; Passed",
  ],
  // By another network of the container, without a bridge; what is published does not come by that.
  [
    "{from: 203.0.113.7, to: {container: two, port: 70}, expect: Deny}",
    "Ungoverned 203.0.113.7 to container two TCP/70 must be Deny, and no policy governs it: traffic of networks of driver macvlan passes no bridge of this host: lan; use a network of driver bridge, or filter where that traffic passes",
  ],
  ["{from: 203.0.113.7, to: {container: two, network: shop, port: 70}, expect: Deny}", "Passed"],
  ["{from: 203.0.113.7, to: {container: two, publishedPort: 7000}, expect: Deny}", "Passed"],
  // No bridge at all.
  [
    "{from: 203.0.113.7, to: {network: lan}, expect: Deny}",
    "Ungoverned 203.0.113.7 to lan must be Deny, and no policy governs it: traffic of networks of driver macvlan passes no bridge of this host: lan; use a network of driver bridge, or filter where that traffic passes",
  ],
  [
    "{from: 203.0.113.7, to: {container: exporter}, expect: Deny}",
    "Ungoverned 203.0.113.7 to container exporter must be Deny, and no policy governs it: containers in the network namespace of the host send and receive as the host itself: exporter; run them on a Docker network of driver bridge and publish their ports",
  ],
  [
    "{from: 203.0.113.7, to: {network: lan}, expect: Allow}",
    'Skipped network "lan" has no bridge; Failed 203.0.113.7 to lan TCP/1, one of 203.0.113.7 to lan, must be Allow and is Deny: the ingress defaultAction of FleetPolicy/closed decides',
  ],
])("%s: %s", ([text, expected, host = both, egress]) => {
  expect(judged(closed(text, egress), host)).toBe(expected);
});
