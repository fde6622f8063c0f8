import {
  compile,
  type DesiredState,
  desiredDigest,
  type HostView,
  parseManifests,
} from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { type Announcement, announcementOf, coverageOf } from "./announcement.ts";
import { connection, ground, view } from "./testing/live-host.ts";

const desired = (...specs: readonly string[]): DesiredState => {
  const content = specs
    .map(
      (spec, index) =>
        `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p${String(index)}}\nspec: ${spec}\n`,
    )
    .join("---\n");
  const { resources } = parseManifests([{ name: "p.yaml", content }]);
  const tree = resources.map(({ resource }) => resource);
  return compile(tree, [], { name: "h", labels: {}, mode: "Enforce" });
};

const shop = "networkSelector: {names: [shop]}";
const office = "{action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}]}";
const open = desired();
const closed = desired(`{${shop}, ingress: {defaultAction: Deny, rules: [${office}]}}`);
const dbClosed = desired(
  `{${shop}, containerSelector: {names: [db]}, ingress: {defaultAction: Deny}}`,
);

const frontClosed = desired("{networkSelector: {names: [front]}, ingress: {defaultAction: Deny}}");
const allClosed = desired("{ingress: {defaultAction: Deny}}");
/** Before there was a network front. */
const withoutFront = {
  ...view,
  networks: view.networks.filter(({ name }) => name !== "front"),
  containers: view.containers.filter(({ name }) => name !== "api"),
  interfaces: view.interfaces.filter((name) => name !== "br-front"),
};

const announced = (
  before: DesiredState,
  after: DesiredState,
  then: HostView = view,
): Announcement => ({
  ...{ revision: 8, before: desiredDigest(before), after: desiredDigest(after) },
  view: then,
});

describe("a connection was announced", () => {
  const change = { revision: 8, before: open, after: closed };
  const already = { revision: 8, before: closed, after: closed };
  const database = { revision: 8, before: open, after: dbClosed };
  test.for([
    ["that is denied from then on", change, "TCP 203.0.113.7 > 172.18.0.2 80", true],
    [
      "of somebody who came meanwhile, to the same service",
      change,
      "TCP 203.0.113.200 > 192.0.2.11 8080 = 172.18.0.2 80",
      true,
    ],
    [
      "to a container that came meanwhile, of a network of then",
      change,
      "TCP 203.0.113.7 > 172.18.0.99 80",
      true,
    ],
    ["not where it stays allowed", change, "TCP 198.51.100.10 > 172.18.0.2 80", false],
    ["not where it was denied before", already, "TCP 203.0.113.7 > 172.18.0.2 80", false],
    ["not in another network", change, "TCP 203.0.113.7 > 172.19.0.2 80", false],
    ["of the container that it was said of", database, "TCP 203.0.113.7 > 172.18.0.3 80", true],
    ["not of another one", database, "TCP 203.0.113.7 > 172.18.0.2 80", false],
    [
      "of what is held until it is known whose it is: it was said of addresses of no container",
      database,
      "TCP 203.0.113.7 > 172.18.0.99 80",
      true,
    ],
  ] as const)("%s", ([, what, text, isCovered]) => {
    const covers = coverageOf(announced(what.before, what.after), what, ground.routes);
    expect(covers(connection(text))).toBe(isCovered);
  });
});

test.for([
  ["that the first policy names", frontClosed],
  ["of all that the first policy closes", allClosed],
] as const)("a network that has come since was not announced: one %s", ([, after]) => {
  const change = { revision: 8, before: open, after };
  const covers = coverageOf(announced(open, after, withoutFront), change, ground.routes);
  expect(covers(connection("TCP 203.0.113.7 > 172.19.0.2 80"))).toBe(false);
});

test("it is of exactly this change, and the newest", () => {
  const older = announced(open, closed);
  const newer = { ...announced(open, closed), view: { ...view, containers: [] } };
  const all = [older, newer, announced(open, dbClosed)];
  const change = { revision: 8, before: open, after: closed };
  expect(announcementOf(all, change)).toBe(newer);
  expect(announcementOf(all, { ...change, revision: 9 })).toBeUndefined();
  expect(announcementOf(all, { ...change, before: dbClosed })).toBeUndefined();
  expect(announcementOf(all, { ...change, before: undefined })).toBeUndefined();
  expect(announcementOf(all, { ...change, after: open })).toBeUndefined();
});
