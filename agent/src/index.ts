export {
  AgentCommandFailed,
  type CommandOptions,
  join,
  restore,
  run,
  uninstall,
} from "./commands.ts";
export { AgentConfigError } from "./config.ts";
