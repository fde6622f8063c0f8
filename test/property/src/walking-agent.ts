import {
  type Applied,
  type Footprint,
  footprintAfter,
  footprintBefore,
  isDone,
  planChange,
  readBackOf,
  renderIn,
} from "@seawall/agent/core";
import type { Enforcement } from "@seawall/policy";
import { type DrawnHost, resolved } from "./drawn-state.ts";
import { carryOut, observe, type SimulatedKernel } from "./simulated-kernel.ts";

/** A drawn host, and which backend its rules are to be in. */
export interface WalkingHost extends DrawnHost {
  readonly enforcement: Enforcement;
}

/** A host and what its agent knows, between two passes. */
export interface Standing {
  readonly kernel: SimulatedKernel;
  /** On disk. */
  readonly footprint: Footprint;
  /** In memory: gone after a restart. */
  readonly applied?: Applied;
  /** Why the last pass could not render what is wanted; the rules stay as they were. */
  readonly refused?: readonly string[];
}

/** Into one backend, out of the other, and then what no rule names any more. */
const mostTurns = 3;

/** One pass of the agent, as `enforce` makes it, over a kernel of text. Throws where what it wrote does not read back. */
export function pass(before: Standing, host: WalkingHost): Standing {
  const { ipset, enforcement } = host;
  const rendered = renderIn(enforcement, resolved(host).state, { ipset });
  if (rendered.kind === "refused") return { ...before, refused: rendered.problems };
  const { ruleset } = rendered;
  const { applied } = before;
  let { kernel } = before;
  let observed = observe(kernel, ipset);
  const footprint = footprintBefore(before.footprint, ruleset, observed, applied === undefined);
  let plan = planChange(ruleset, observed, footprint, applied);
  for (let turn = 0; turn < mostTurns; turn += 1) {
    kernel = carryOut(kernel, plan);
    observed = observe(kernel, ipset);
    plan = planChange(ruleset, observed, footprint);
    if (isDone(plan) && plan.leftovers.length === 0) {
      return {
        kernel,
        footprint: footprintAfter(footprint, ruleset, observed),
        applied: { ruleset, written: plan.target, readBack: readBackOf(observed) },
      };
    }
  }
  throw new Error("does not read back");
}

export function restarted({ kernel, footprint }: Standing): Standing {
  return { kernel, footprint };
}
