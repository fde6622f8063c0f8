export { AgentCommandFailed, type CommandOptions } from "./command.ts";
export { join, restore, run, uninstall } from "./commands.ts";
export { AgentConfigError } from "./config.ts";
export { close, open } from "./open-commands.ts";
