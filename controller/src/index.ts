export { CannotStart } from "./cannot-start.ts";
export { ConfigError } from "./config.ts";
export { type AdminAccess, AlreadyInitialised, type InitOptions, init } from "./init.ts";
export { writeNatsFiles } from "./nats-files.ts";
export { newEpoch } from "./new-epoch.ts";
export { type RunOptions, run } from "./run.ts";
