import { restore, save, saveSets } from "@seawall/agent/testing";
import type { HostView } from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { manifests } from "./drawn-policies.ts";
import type { DrawnHost } from "./drawn-state.ts";
import { networkCount, views } from "./drawn-view.ts";
import { dockerKernel, type SimulatedKernel } from "./simulated-kernel.ts";
import { pass, restarted, type Standing } from "./walking-agent.ts";

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
};

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
  | { readonly kind: "flushed" };

interface Walk {
  readonly end: DrawnHost;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant({ kind: "restart" as const }),
  fc.constant({ kind: "flushed" as const }),
  fc.nat({ max: networkCount - 1 }).map((network) => ({ kind: "recreated" as const, network })),
  fc
    .shuffledSubarray([0, 1, 2, 3])
    .map((policies) => ({ kind: "some policies" as const, policies })),
  manifests.map((documents) => ({ kind: "other policies" as const, documents })),
  views.map((view) => ({ kind: "containers" as const, view })),
);

const drawnWalks: fc.Arbitrary<Walk> = fc.record({
  end: drawnHosts,
  steps: fc.array(step, { maxLength: 6 }),
});

test(`the rules depend on policies and host, not on how they came about (${String(walks)} walks, seed ${String(seed)})`, () => {
  let withSets = 0;
  const result = fc.check(
    fc.property(drawnWalks, ({ end, steps }) => {
      const straight = pass({ kernel: before, footprint: {} }, end);
      const walked = pass(walk(steps, end), inAnotherOrder(end));
      expect(textOf(walked.kernel)).toBe(textOf(straight.kernel));
      if (straight.kernel.sets.size > before.sets.size) withSets += 1;
      const left = pass(walked, { ...end, documents: [] });
      expect(exactTextOf(left.kernel), "nothing is left of us").toBe(exactTextOf(before));
    }),
    { seed, numRuns: walks },
  );
  if (result.failed)
    throw new Error(counterexample(result.counterexample?.[0], result.errorInstance));
  expect(withSets, "walks that end with sets").toBeGreaterThan(0);
}, 600_000);

function walk(steps: readonly Step[], end: DrawnHost): Standing {
  let standing: Standing = { kernel: before, footprint: {} };
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
  const { filter } = kernel.IPv4;
  return filter.has("SEAWALL")
    ? { ...kernel, IPv4: restore(kernel.IPv4, "*filter\n:SEAWALL - [0:0]\nCOMMIT") }
    : kernel;
}

/** The same, as it would be listed on another day. */
function inAnotherOrder({ documents, view, ...rest }: DrawnHost): DrawnHost {
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

/** A set has two names in turn, which the hashes of rules depend on: neither changes what the rules do. */
function textOf(kernel: SimulatedKernel): string {
  const text = exactTextOf(kernel);
  if (kernel.sets.size === before.sets.size) return text;
  return text
    .replaceAll(/(sw[46]-[0-9a-f]{16})-[ab]/g, "$1")
    .replaceAll(/"sw:[A-Za-z0-9_-]{16} /g, '"');
}

function exactTextOf({ IPv4, IPv6, sets }: SimulatedKernel): string {
  return [save(IPv4), save(IPv6), saveSets(sets)].join("\n");
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
