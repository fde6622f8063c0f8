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
export { acceptBundle, type Acceptance } from "./accept-bundle.ts";
export { connectController, type RenewOutcome, renewOnce } from "./edge/controller-client.ts";
export { ControllerStream, type ControllerStreamOptions } from "./edge/controller-stream.ts";
export { type DesiredSourceOptions, NatsDesiredSource } from "./edge/desired-source.ts";
export {
  type AgentIdentity,
  IdentityStore,
  type StoredIdentity,
  trustedKeys,
} from "./edge/identity-store.ts";
export { LiveIdentity } from "./edge/live-identity.ts";
export { join, type JoinOptions, type JoinOutcome } from "./join.ts";
export { CredentialRenewal } from "./renew.ts";
