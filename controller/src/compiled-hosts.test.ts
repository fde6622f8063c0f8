import { beforeEach, describe, expect, test } from "vitest";
import { CompiledHosts } from "./compiled-hosts.ts";
import type { ResourceTree } from "./core/change-set.ts";
import type { FleetDirectory } from "./core/fleet-directory.ts";
import { enrolledHost } from "./testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "./testing/policy-tree.ts";

const closed = "{ingress: {defaultAction: Deny}}";
const web = enrolledHost("web");
const one: FleetDirectory = { hosts: [] };
const another: FleetDirectory = { hosts: [{ labels: { role: "app" }, addresses: [] }] };

let directory: FleetDirectory | undefined;
let reads: number;
const compiledFrom = (tree: ResourceTree) =>
  new CompiledHosts(
    () => {
      reads += 1;
      return Promise.resolve(tree);
    },
    () => directory,
  );
beforeEach(() => {
  directory = one;
  reads = 0;
});

describe("a revision that names no hosts", () => {
  const plain = () => compiledFrom(policyTree({ closed }));

  test("is compiled once for a host, whatever the directory", async () => {
    const compiled = plain();
    const first = await compiled.compiled(web, 1);
    expect(first?.desired.policies).toMatchObject([{ name: "closed" }]);
    for (const next of [another, undefined, one]) {
      directory = next;
      expect(await compiled.compiled(web, 1)).toBe(first);
    }
    expect(reads).toBe(1);
  });

  test("says so", async () => {
    expect(await plain().namesHosts(1)).toBe(false);
  });
});

describe("a revision that names hosts", () => {
  const naming = () => compiledFrom(policyTree({ closed, app: namesAppHosts }));

  test("is compiled anew for another directory, and only then", async () => {
    const compiled = naming();
    const first = await compiled.compiled(web, 1);
    expect(await compiled.compiled(web, 1)).toBe(first);
    directory = another;
    const second = await compiled.compiled(web, 1);
    expect(second).not.toBe(first);
    expect(second).toEqual(first);
    expect(await compiled.compiled(web, 1)).toBe(second);
  });

  test("is not compiled at all while the directory is not known", async () => {
    const compiled = naming();
    directory = undefined;
    expect(await compiled.compiled(web, 1)).toBeUndefined();
    directory = another;
    expect(await compiled.compiled(web, 1)).toBeDefined();
    directory = undefined;
    expect(await compiled.compiled(web, 1)).toBeUndefined();
  });

  test("says so", async () => {
    expect(await naming().namesHosts(1)).toBe(true);
  });
});

describe("a host that joined with a stolen token", () => {
  test("gets the policies that the labels of the token select, with the addresses in them, and no others", async () => {
    directory = {
      hosts: [
        { labels: { role: "app" }, addresses: ["192.0.2.7/32"] },
        { labels: { role: "web" }, addresses: ["192.0.2.8/32"] },
      ],
    };
    const fromApps = "from: [{hostSelector: {matchLabels: {role: app}}}]";
    const fromWebs = "from: [{hostSelector: {matchLabels: {role: web}}}]";
    const of = (role: string, from: string) =>
      `{hostSelector: {matchLabels: {role: ${role}}}, ingress: {defaultAction: Deny, rules: [{action: Allow, ${from}}]}}`;
    const tree = policyTree({ db: of("db", fromApps), web: of("web", fromWebs) });
    const stolen = await compiledFrom(tree).compiled(enrolledHost("evil", { role: "db" }), 1);
    expect(stolen?.desired.policies).toMatchObject([{ name: "db" }]);
    const bundle = JSON.stringify(stolen?.desired);
    expect(bundle).toContain("192.0.2.7");
    expect(bundle).not.toContain("192.0.2.8");
  });
});
