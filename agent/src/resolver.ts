import {
  type DesiredState,
  type HostView,
  type ResolvedState,
  remembered,
  resolve,
  shared,
} from "@seawall/policy";

/** As `resolve`, and what says the same as the time before is the same object. */
export type Resolver = (desired: DesiredState, view: HostView) => ResolvedState;

/** Chains of what has not changed are then rendered, hashed and compared once (`remembered`), not with every pass. */
export function createResolver(): Resolver {
  let before: ResolvedState | undefined;
  return remembered((desired: DesiredState, view: HostView) => {
    before = shared(before, resolve(desired, view));
    return before;
  });
}
