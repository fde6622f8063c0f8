export type * from "./ports.ts";
export type { Failure, FailureClass } from "./core/failure.ts";
export type { Condition, DriftRecord, PolicyStatus, Status, Versions } from "./core/status.ts";
export { hostReport } from "./core/host-report.ts";
