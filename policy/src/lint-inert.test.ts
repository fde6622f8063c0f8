import { describe, expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { type DockerNetwork, type EngineFacts, type HostView, unknownEngine } from "./host-view.ts";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";
import { container, network, host as viewOf } from "./testing/judged-host.ts";

/** The warnings about Allow rules between networks, in a fleet of these hosts. */
function warnings(spec: string, hosts: readonly HostFacts[] = []): readonly string[] {
  const content = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p}\nspec: ${spec}\n`;
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  const tree = resources.map(({ resource }) => resource);
  return lint(tree, resources, { hosts, controller: { ports: [] } })
    .filter(({ message }) => message.startsWith("opens "))
    .map(({ path, message }) => `${path}: ${message}`);
}

function facts(view: HostView, name = "a"): HostFacts {
  return { name, labels: { role: name }, mode: "Enforce", addresses: [], view };
}

const inert =
  "opens nothing: Docker drops what one of its networks sends to another, and no published port of the hosts that it is for leads from one to the other; put both ends on one network, where `internal` governs them";
const publishedAtMost =
  "opens no more than published ports: Docker drops what one of its networks sends to another; put both ends on one network, where `internal` governs them, or name the ports by publishedPort to show that it is meant";

const from = (peers: string, ports = "") =>
  `{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [${peers}]${ports}}]}}`;
const to = (peers: string, ports = "") =>
  `{networkSelector: {names: [shop]}, egress: {rules: [{action: Allow, to: [${peers}]${ports}}]}}`;
const front = "{networkSelector: {names: [front]}}";

describe("without hosts an Allow between networks", () => {
  test.for<[string, readonly string[]]>([
    [from(front), [`spec.ingress.rules[0]: ${publishedAtMost}`]],
    [
      to(front),
      [
        `spec.egress.rules[0]: ${publishedAtMost.replace(", or name the ports by publishedPort to show that it is meant", "")}`,
      ],
    ],
    [from(front, ", ports: [{publishedPort: 13306}]"), []],
    // It may be the network itself, an address, or anywhere; a Deny is a Deny.
    [from("{networkSelector: {names: ['s*']}}"), []],
    [from(`${front}, {ipBlock: {cidr: '::/0'}}`), []],
    [from("{containerSelector: {}}"), []],
    [from(front).replace("Allow", "Deny"), []],
  ])("%s", ([spec, expected]) => {
    expect(warnings(spec)).toEqual(expected);
  });
});

describe("where hosts are known, an Allow from another network", () => {
  const one = (shop: Partial<DockerNetwork>) =>
    facts(
      viewOf(
        [network("shop", shop), network("front")],
        [
          container("db", { shop: ["172.18.0.2"] }),
          container("api", { front: ["172.19.0.2"] }),
          container("web", { shop: ["172.18.0.3"], front: ["172.19.0.3"] }),
        ],
      ),
    );
  test.for([
    [front, {}, true],
    ["{networkSelector: {names: ['*']}}", {}, false],
    ["{containerSelector: {names: [api]}}", {}, true],
    // By a published port of the host, on one bridge.
    ["{containerSelector: {names: [web]}}", {}, false],
    ["{containerSelector: {names: [db]}}", {}, false],
    [front, { routed: ["IPv6"] }, false],
  ] as const)("%s with %j opens nothing: %s", ([peers, shop, isInert]) => {
    expect(warnings(from(peers), [one(shop)])).toEqual(
      isInert ? [`spec.ingress.rules[0]: ${inert}`] : [],
    );
  });
});

/** As Docker starts them for these containers, unless it is told not to. */
function withProxies(view: HostView, engine: Partial<EngineFacts> = {}): HostView {
  const proxies = view.containers.flatMap(({ attachments, published }) =>
    published.map((binding) => ({
      ...binding,
      containerAddress: attachments.flatMap(({ addresses }) => addresses)[0] ?? "",
    })),
  );
  return { ...view, engine: { ...unknownEngine, version: "28.5.2", proxies, ...engine } };
}

const both = [network("shop"), network("front")];
const api = container("api", { front: ["172.19.0.2"] }, "8080:80");
const db = container("db", { shop: ["172.18.0.2"] }, "13306:3306");
const web = container("web", { shop: ["172.18.0.3"], front: ["172.19.0.3"] }, "8443:443");
const hidden = {
  ...db,
  published: db.published.map((binding) => ({ ...binding, hostAddress: "127.0.0.1" })),
};
const withProxy = withProxies(viewOf(both, [api, db]));
const withoutProxy = withProxies(viewOf(both, [api, db]), { proxies: [] });
const port = (number: number) => `, ports: [{port: ${String(number)}}]`;

describe("a published port leads from one network to another", () => {
  test.for<[string, string, HostView, boolean]>([
    // docker-proxy passes it on, and that is judged as if Docker had redirected it.
    ["by docker-proxy", from(front, port(3306)), withProxy, false],
    ["every port", from(front), withProxy, false],
    [
      "by its number on the host",
      from(front, ", ports: [{publishedPort: 13306}]"),
      withProxy,
      false,
    ],
    ["from a container", from("{containerSelector: {names: [api]}}"), withProxy, false],
    ["to one by docker-proxy", to(front, port(80)), withProxy, false],
    ["to a container", to("{containerSelector: {names: [api]}}"), withProxy, false],
    ["not at this port", from(front, port(3307)), withProxy, true],
    ["not to this port", to(front, port(81)), withProxy, true],
    ["not to its number on the host", to(front, port(8080)), withProxy, true],
    ["not at another's", from(front, port(80)), withProxy, true],
    ["not of this protocol", from(front, ", ports: [{protocol: UDP}]"), withProxy, true],
    ["not without docker-proxy", from(front), withoutProxy, true],
    ["not to one without docker-proxy", to(front), withoutProxy, true],
    ["not at the loopback address", from(front), withProxies(viewOf(both, [api, hidden])), true],
    [
      "not of a container that the policy does not select",
      from(front).replace("}, ", "}, containerSelector: {names: [web]}, "),
      withProxy,
      true,
    ],
    [
      "not from an internal network",
      from(front),
      withProxies(viewOf([network("shop"), network("front", { internal: true })], [api, db])),
      true,
    ],
    // On the client's own bridge, where the rules of all networks of the container judge it.
    [
      "by Docker's redirection to a container on both",
      from(front, port(443)),
      withProxies(viewOf(both, [api, web]), { proxies: [] }),
      false,
    ],
    [
      "where the engine is not known",
      from(front),
      { ...withoutProxy, engine: unknownEngine },
      false,
    ],
  ])("%s: %s", ([, spec, view, isInert]) => {
    const direction = spec.includes("egress") ? "egress" : "ingress";
    expect(warnings(spec, [facts(view)])).toEqual(
      isInert ? [`spec.${direction}.rules[0]: ${inert}`] : [],
    );
  });

  test("on one host of several", () => {
    expect(warnings(from(front), [facts(withoutProxy), facts(withProxy, "b")])).toEqual([]);
  });
});

describe("Docker keeps networks apart", () => {
  const dual = { subnets: ["172.18.0.0/16", "2001:db8:1::/64"] };
  const view = (more: Partial<DockerNetwork>, IPv6: boolean) =>
    withProxies(viewOf([network("shop", more), network("front", more)]), {
      dockerRules: { IPv4: true, IPv6 },
    });
  test.for([
    ["where it keeps rules in both IP versions", view(dual, true), true],
    ["not in an IP version without its rules", view(dual, false), false],
    ["where they have no such addresses", view({ subnets: ["172.18.0.0/16"] }, false), true],
  ] as const)("%s", ([, host, isInert]) => {
    expect(warnings(from(front), [facts(host)])).toEqual(
      isInert ? [`spec.ingress.rules[0]: ${inert}`] : [],
    );
  });
});
