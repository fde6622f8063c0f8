export type * from "./ports.ts";
export type { Failure, FailureClass } from "./core/failure.ts";
export type { Condition, DriftRecord, PolicyStatus, Status, Versions } from "./core/status.ts";
export { hostReport } from "./core/host-report.ts";
export { type AgentLock, lockNetworkNamespace } from "./edge/agent-lock.ts";
export { createDocker, type DockerOptions, type WatchedDocker } from "./edge/docker.ts";
export { exec } from "./edge/exec.ts";
export { createIptables, type IptablesOptions } from "./edge/iptables.ts";
export { createLastGood } from "./edge/last-good.ts";
export { systemClock } from "./edge/system-clock.ts";
export {
  createReconciler,
  type Reconciler,
  type ReconcilerOptions,
  type ReconcilerPorts,
} from "./reconciler.ts";
export { uninstall, type Uninstalled } from "./uninstall.ts";
