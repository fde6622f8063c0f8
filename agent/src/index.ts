export { AgentCommandFailed, type CommandOptions, join, run, uninstall } from "./commands.ts";
export { AgentConfigError } from "./config.ts";
