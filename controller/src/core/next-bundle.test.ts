import { decodeBundle, encodeBundle, resourceOfDocument } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { fleetDirectory } from "./fleet-directory.ts";
import { contentOf, hostCompilerOf } from "./host-compiler.ts";
import { type BundleContext, nextBundle } from "./next-bundle.ts";

/** As it comes from the store. */
const policy = resourceOfDocument(
  JSON.stringify({
    apiVersion: "seawall/v1",
    kind: "FleetPolicy",
    metadata: { name: "p" },
    spec: {
      hostSelector: { matchLabels: { env: "prod" } },
      networkSelector: {
        names: ["shop_*", "a"],
        matchExpressions: [{ key: "k", operator: "In", values: ["v"] }],
      },
      ingress: {
        defaultAction: "Deny",
        rules: [
          {
            name: "r",
            action: "Allow",
            from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }],
            ports: [{ port: 1, endPort: 9 }, { publishedPort: 80 }, { protocol: "ICMP" }],
          },
          { action: "Reject" },
        ],
      },
      egress: {
        host: true,
        rules: [{ log: true, action: "Deny", to: [{ ipBlock: { cidr: "2001:db8::/32" } }] }],
      },
      internal: {
        rules: [
          {
            ports: [{ port: 1 }],
            to: [{ containerSelector: { names: ["a"] } }, { networkSelector: {} }],
            from: [{ hostSelector: {} }],
            action: "Pass",
          },
        ],
      },
      containerSelector: { matchLabels: { b: "c" }, names: ["a"] },
      tests: [{ expect: "Deny", to: { port: 1, network: "a" }, from: "10.0.0.1", name: "t" }],
    },
  }),
);
const compile = hostCompilerOf(
  new Map([["FleetPolicy/p", policy]]),
  fleetDirectory([], [], undefined),
);
if (compile === undefined) throw new Error("the directory is known");
const host = (name: string, env: string) =>
  ({ name, labels: { env, name }, mode: "Enforce" }) as const;
const compiled = compile(host("a", "prod"));
const context: BundleContext = {
  ...compiled,
  host: "a",
  epoch: 2,
  revision: 5,
  stored: { epoch: 2, generation: 7, content: compiled.content, digest: "cd" },
  accepted: { epoch: 2, generation: 7, digest: "cd" },
};

describe("nextBundle", () => {
  test.for<{ name: string; with: Partial<BundleContext>; generation: number | undefined }>([
    { name: "the stored one says the same", with: {}, generation: undefined },
    {
      name: "of another revision that says the same",
      with: { revision: 6 },
      generation: undefined,
    },
    { name: "the host is still behind", with: { accepted: undefined }, generation: undefined },
    {
      name: "the host has another one of the same generation: it takes nothing but a newer one",
      with: { accepted: { epoch: 2, generation: 7, digest: "ee" } },
      generation: 8,
    },
    {
      name: "the host does not say which one it has",
      with: { accepted: { epoch: 2, generation: 7, digest: "" } },
      generation: undefined,
    },
    { name: "nothing is stored", with: { stored: undefined, accepted: undefined }, generation: 1 },
    {
      name: "it says something else",
      with: { stored: { epoch: 2, generation: 7, content: "other", digest: "cd" } },
      generation: 8,
    },
    {
      name: "it is lost, and the host has seen it: the next is beyond",
      with: { stored: undefined },
      generation: 8,
    },
    {
      name: "the host is ahead: an older one was put back",
      with: { accepted: { epoch: 2, generation: 12, digest: "" } },
      generation: 13,
    },
    {
      name: "it is of an older epoch: generations start anew",
      with: {
        stored: { epoch: 1, generation: 7, content: compiled.content, digest: "cd" },
        accepted: undefined,
      },
      generation: 1,
    },
    {
      name: "what the host has seen in another epoch does not count",
      with: { accepted: { epoch: 1, generation: 99, digest: "" } },
      generation: undefined,
    },
  ])("$name → $generation", ({ with: other, generation }) => {
    expect(nextBundle({ ...context, ...other })?.generation).toBe(generation);
  });

  test.for(["Enforce", "Audit"] as const)(
    "what comes back from the store is told to be the same, on a host in %s",
    (mode) => {
      const wanted = compile({ ...host("a", "prod"), mode });
      const bundle = nextBundle({ ...context, ...wanted, stored: undefined });
      if (bundle === undefined) throw new Error("no bundle");
      const decoded = decodeBundle(encodeBundle(bundle));
      if (!decoded.ok) throw new Error(decoded.message);
      expect(contentOf(decoded.bundle)).toBe(wanted.content);
    },
  );
});

test("hosts that should have the same share one answer, whatever their labels", () => {
  expect(compile(host("b", "prod"))).toBe(compiled);
  expect(compile(host("c", "dev")).content).not.toBe(compiled.content);
});
