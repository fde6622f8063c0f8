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
