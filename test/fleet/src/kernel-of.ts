import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceTree } from "@seawall/controller/testing";
import { eventually } from "@seawall/lab";
import {
  type CompileHost,
  compilerOf,
  encodeBundle,
  featuresOf,
  type Labels,
} from "@seawall/policy";
import { type Signer, seal, type TrustedKeys } from "@seawall/proto";
import { randomOf } from "./random.ts";
import { type Machine, SimulatedHost } from "./simulated-host.ts";
import { Timeline } from "./timeline.ts";

const host: CompileHost = {
  ...{ name: "alone", mode: "Enforce", options: {}, labels: {}, addresses: [] },
};

/** The kernel of a new host that never had anything but this: what every way must lead to. */
export async function kernelOf(
  tree: ResourceTree,
  labels: Labels,
  machine: Machine,
  { key, trusted }: { readonly key: Signer; readonly trusted: TrustedKeys },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "seawall-fleet-alone-"));
  const desired = compilerOf([...tree.values()], [])({ ...host, labels });
  const payload = encodeBundle({
    ...{ format: 1, requires: featuresOf(desired), host: host.name },
    ...{ epoch: 1, generation: 1, revision: 1, desired },
  });
  const envelope = seal("bundle", payload, key);
  const clock = new Timeline().clockOf(host.name, randomOf(0));
  const alone = new SimulatedHost({ name: host.name, folder, machine, trusted, clock });
  alone.startAgent();
  alone.connect(() => ({
    send: () => undefined,
    fetch: () => Promise.resolve(envelope),
    close: () => undefined,
  }));
  try {
    await eventually(() => alone.said?.state === "InSync" && alone.said.observed.generation === 1, {
      what: "a host that is alone to be InSync",
      timeoutMs: 60_000,
      intervalMs: 5,
    });
    return alone.kernel.text();
  } finally {
    await alone.stopAgent();
    await rm(folder, { recursive: true });
  }
}
