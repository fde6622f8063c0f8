import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach } from "vitest";

export interface KernelFixture {
  /** A kernel of its own, without Docker. */
  node(name: string): LabNode;
  /** The state directory of an agent, empty when a test begins. */
  folder(): string;
}

/** For a whole file: kernels of these names, of the release of Debian that has this engine. */
export function useKernels(names: readonly [string, ...string[]], engine?: Engine): KernelFixture {
  let lab: Lab | undefined;
  let folder = "";

  beforeAll(async () => {
    const unfit = whyUnfit();
    if (unfit !== undefined) throw new Error(unfit);
    const nodes = names.map((name) => ({ name }));
    lab = await startLab({ hosts: [], nodes, ...(engine && { engine }) });
  });

  afterAll(() => lab?.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "seawall-agent-"));
    return () => rm(folder, { recursive: true });
  });

  return {
    node: (name) => {
      if (lab === undefined) throw new Error("a kernel is there from beforeAll on");
      return lab.node(name);
    },
    folder: () => folder,
  };
}
