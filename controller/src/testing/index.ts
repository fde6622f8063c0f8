/** For simulations of whole fleets: the controller's own part on a real store, without its listeners. */
export type { ResourceTree } from "../core/change-set.ts";
export { planRollout } from "../core/plan-rollout.ts";
export { movedHosts, type RolloutRecord } from "../core/rollout-record.ts";
export { type RunningFleet, startFleet } from "../start-fleet.ts";
export type { Store } from "../store/open-store.ts";
export { storedEnrolments } from "../stored-enrolments.ts";
export { enrolledHost } from "./memory-fleet.ts";
export { startTestNats, type TestNats } from "./test-nats.ts";
export { type TestController, testController } from "./test-store.ts";
