import {
  type Applied,
  type Footprint,
  footprintAfter,
  footprintBefore,
  type Plan,
  planChange,
  readBackOf,
  render,
} from "@seawall/agent/core";
import { type DrawnHost, resolved } from "./drawn-state.ts";
import { carryOut, observe, type SimulatedKernel } from "./simulated-kernel.ts";

/** A host and what its agent knows, between two passes. */
export interface Standing {
  readonly kernel: SimulatedKernel;
  /** On disk. */
  readonly footprint: Footprint;
  /** In memory: gone after a restart. */
  readonly applied?: Applied;
}

/** One pass of the agent, as `enforce` makes it, over a kernel of text. Throws where what it wrote does not read back. */
export function pass(before: Standing, host: DrawnHost): Standing {
  const rendered = render(resolved(host).state, { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(JSON.stringify(rendered));
  const { ruleset } = rendered;
  const { applied, kernel } = before;
  const observed = observe(kernel);
  const footprint = footprintBefore(before.footprint, ruleset, observed, applied === undefined);
  const plan = planChange(ruleset, observed, footprint, applied);
  const after = carryOut(kernel, plan);
  const readBack = observe(after);
  if (!isDone(planChange(ruleset, readBack, footprint))) throw new Error("does not read back");
  return {
    kernel: after,
    footprint: footprintAfter(footprint, ruleset, readBack),
    applied: { ruleset, written: plan.target, readBack: readBackOf(readBack) },
  };
}

function isDone({ sets, commits, leftovers }: Plan): boolean {
  return sets.length === 0 && commits.length === 0 && leftovers.length === 0;
}

export function restarted({ kernel, footprint }: Standing): Standing {
  return { kernel, footprint };
}
