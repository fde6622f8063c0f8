import { restore, save, saveSets } from "@seawall/agent/testing";
import type { Enforcement, HostView } from "@seawall/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { manifests } from "./drawn-policies.ts";
import { networkCount, views } from "./drawn-view.ts";
import { nftText } from "./list-nft.ts";
import { emptyNftTables, runNft } from "./nft-tables.ts";
import { dockerKernel, type SimulatedKernel } from "./simulated-kernel.ts";
import { pass, restarted, type Standing, type WalkingHost } from "./walking-agent.ts";

/** SEAWALL_WALKS=20000 npm test -- test/property/src/walk.test.ts */
const walks = Number(process.env["SEAWALL_WALKS"] ?? 100);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** With rules of others where ours come in. */
const before: SimulatedKernel = {
  IPv4: restore(
    dockerKernel.IPv4,
    [
      ...["*filter", "-A DOCKER-USER -j RETURN", "-A INPUT -i lo -j ACCEPT", "COMMIT"],
      ...["*security", "-A FORWARD -i eth9 -j DROP", "COMMIT"],
    ].join("\n"),
  ),
  IPv6: restore(dockerKernel.IPv6, "*filter\n-A DOCKER-USER -s fd66::/64 -j DROP\nCOMMIT"),
  sets: new Map([["somebody", { header: "hash:net family inet", cidrs: ["192.0.2.66/32"] }]]),
  nft: runNft(
    emptyNftTables,
    [
      ...["add table inet somebody", "add chain inet somebody own"],
      'add rule inet somebody own iifname "eth9" counter drop comment "not ours"',
    ].join("\n"),
  ),
};

const start: Standing = { kernel: before, footprint: {} };

/** On the way to a host. */
type Step =
  | { readonly kind: "restart" }
  /** Of those of the end, by their indices. */
  | { readonly kind: "some policies"; readonly policies: readonly number[] }
  | { readonly kind: "other policies"; readonly documents: readonly object[] }
  /** Containers came, went and moved. */
  | { readonly kind: "containers"; readonly view: HostView }
  /** Another bridge and id, under the same name. */
  | { readonly kind: "recreated"; readonly network: number }
  /** Somebody emptied our first chain. */
  | { readonly kind: "flushed" }
  /** The rules are wanted in the other backend, or in the same. */
  | { readonly kind: "backend"; readonly enforcement: Enforcement }
  /** The program was installed, or removed. */
  | { readonly kind: "ipset"; readonly ipset: WalkingHost["ipset"] };

interface Walk {
  readonly end: WalkingHost;
  readonly steps: readonly Step[];
}

const backends = fc.constantFrom("iptables" as const, "nftables" as const);
const programs = fc.constantFrom("available" as const, "missing" as const);

/** Denies what goes from many addresses, and to many: at one end it takes a set, at both more than plain rules may be. */
function denying(name: string, ends: object): object {
  return {
    ...{ apiVersion: "seawall/v1", kind: "FleetPolicy", metadata: { name } },
    spec: { internal: { rules: [{ action: "Deny", ...ends }] } },
  };
}
const many = [{ addressGroup: "crowd" }];
const crowded = denying("crowded", { from: many });
const wide = denying("wide", { from: many, to: many });
const policies = fc
  .tuple(manifests, fc.constantFrom([], [crowded], [wide]))
  .map(([drawn, more]) => [...drawn, ...more]);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant({ kind: "restart" as const }),
  fc.constant({ kind: "flushed" as const }),
  fc.nat({ max: networkCount - 1 }).map((network) => ({ kind: "recreated" as const, network })),
  fc
    .shuffledSubarray([0, 1, 2, 3, 4])
    .map((policies) => ({ kind: "some policies" as const, policies })),
  policies.map((documents) => ({ kind: "other policies" as const, documents })),
  views.map((view) => ({ kind: "containers" as const, view })),
  backends.map((enforcement) => ({ kind: "backend" as const, enforcement })),
  programs.map((ipset) => ({ kind: "ipset" as const, ipset })),
);

function walksTo({ enforcement, ipset }: Pick<WalkingHost, "enforcement" | "ipset">) {
  const end = fc
    .tuple(drawnHosts, policies)
    .map(([host, documents]): WalkingHost => ({ ...host, documents, enforcement, ipset }));
  return fc.record<Walk>({ end, steps: fc.array(step, { maxLength: 6 }) });
}

/** What a walk ends with, where it is to be told. */
type End = "sets" | "rules in place of sets" | "refused";

/** Where walks lead to, and what some of them have to end with. */
const destinations: readonly (readonly [Enforcement, WalkingHost["ipset"], readonly End[]])[] = [
  ["iptables", "available", ["sets"]],
  ["iptables", "missing", ["rules in place of sets", "refused"]],
  ["nftables", "missing", []],
];

describe(`the rules depend on policies and host, not on how they came about (${String(walks)} walks, seed ${String(seed)})`, () => {
  test.for(destinations)("to %s, ipset %s", { timeout: 600_000 }, ([enforcement, ipset, ends]) => {
    const seen = new Set<End>();
    const result = fc.check(
      fc.property(walksTo({ enforcement, ipset }), ({ end, steps }) => {
        const straight = pass(start, end);
        const walked = pass(walk(steps, end), inAnotherOrder(end));
        // What cannot be rendered leaves the last good rules, which are others on every way.
        expect(walked.refused?.toSorted()).toEqual(straight.refused?.toSorted());
        if (straight.refused === undefined) {
          expect(textOf(walked.kernel, end)).toBe(textOf(straight.kernel, end));
        }
        for (const one of endOf(straight, end)) seen.add(one);
        // Sets that no rule names any more have waited for the program.
        const left = pass(walked, { ...end, documents: [], ipset: "available" });
        expect(exactTextOf(left.kernel), "nothing is left of us").toBe(exactTextOf(before));
      }),
      { seed, numRuns: Math.ceil(walks / 3) },
    );
    if (result.failed)
      throw new Error(counterexample(result.counterexample?.[0], result.errorInstance));
    expect([...seen].toSorted()).toEqual(ends.toSorted());
  });
});

function endOf({ kernel, refused }: Standing, end: WalkingHost): readonly End[] {
  if (refused !== undefined) return ["refused"];
  if (hasSets(kernel)) return ["sets"];
  if (end.enforcement === "nftables") return [];
  const withIpset = pass(start, { ...end, ipset: "available" });
  return hasSets(withIpset.kernel) ? ["rules in place of sets"] : [];
}

function hasSets({ sets }: SimulatedKernel): boolean {
  return sets.size > before.sets.size;
}

function walk(steps: readonly Step[], end: WalkingHost): Standing {
  let standing = start;
  let host = end;
  for (const step of steps) {
    switch (step.kind) {
      case "restart":
        standing = restarted(standing);
        break;
      case "some policies":
        host = { ...host, documents: step.policies.flatMap((at) => end.documents[at] ?? []) };
        break;
      case "other policies":
        host = { ...host, documents: step.documents };
        break;
      case "containers":
        host = { ...host, view: step.view };
        break;
      case "recreated":
        host = { ...host, view: recreated(host.view, step.network) };
        break;
      case "flushed":
        standing = { ...standing, kernel: flushed(standing.kernel) };
        break;
      case "backend":
        host = { ...host, enforcement: step.enforcement };
        break;
      case "ipset":
        host = { ...host, ipset: step.ipset };
        break;
    }
    standing = pass(standing, host);
  }
  return standing;
}

function recreated(view: HostView, index: number): HostView {
  const old = view.networks[index];
  if (old === undefined) return view;
  const id = `${old.id.slice(0, 1)}f${old.id.slice(2)}`;
  return {
    ...view,
    networks: view.networks.with(index, { ...old, id, bridge: `br-${id.slice(0, 12)}` }),
    containers: view.containers.map((container) => ({
      ...container,
      attachments: container.attachments.map((one) =>
        one.networkId === old.id ? { ...one, networkId: id } : one,
      ),
    })),
  };
}

function flushed(kernel: SimulatedKernel): SimulatedKernel {
  const { IPv4, nft } = kernel;
  return {
    ...kernel,
    IPv4: IPv4.filter.has("SEAWALL") ? restore(IPv4, "*filter\n:SEAWALL - [0:0]\nCOMMIT") : IPv4,
    nft: nft.get("seawall")?.chains.has("forward")
      ? runNft(nft, "flush chain inet seawall forward")
      : nft,
  };
}

/** The same, as it would be listed on another day. */
function inAnotherOrder({ documents, view, ...rest }: WalkingHost): WalkingHost {
  return {
    ...rest,
    documents: documents.toReversed(),
    view: {
      ...view,
      networks: view.networks.toReversed(),
      containers: view.containers.toReversed(),
    },
  };
}

/**
 * A set has two names in turn, which the hashes of rules depend on: neither changes what the rules do. Without the program
 * nobody can take away what no rule names.
 */
function textOf(kernel: SimulatedKernel, { ipset }: WalkingHost): string {
  const seen = ipset === "missing" ? { ...kernel, sets: before.sets } : kernel;
  const text = exactTextOf(seen);
  if (seen.sets.size === before.sets.size) return text;
  return text
    .replaceAll(/(sw[46]-[0-9a-f]{16})-[ab]/g, "$1")
    .replaceAll(/"sw:[A-Za-z0-9_-]{16} /g, '"');
}

function exactTextOf({ IPv4, IPv6, sets, nft }: SimulatedKernel): string {
  return [save(IPv4), save(IPv6), saveSets(sets), nftText(nft)].join("\n");
}

/** The shortest walk that ends elsewhere. */
function counterexample(drawn: Walk | undefined, error: unknown): string {
  const lines =
    drawn === undefined
      ? []
      : [...describeCase(drawn.end, []), JSON.stringify(drawn.steps, undefined, 2)];
  return [`SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`, ...lines, String(error)].join(
    "\n---\n",
  );
}
