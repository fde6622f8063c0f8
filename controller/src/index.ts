export { ConfigError } from "./config.ts";
export { type AdminAccess, AlreadyInitialised, type InitOptions, init } from "./init.ts";
export { CannotStart, type RunOptions, run } from "./run.ts";
