import type { ClientConfig, ClientContext } from "./client-config.ts";
import { CommandFailure, exitCodes } from "./exit-code.ts";

export interface ContextFlags {
  readonly context?: string | undefined;
  readonly controller?: string | undefined;
}

/**
 * Which controller, and as whom: flag over environment over file.
 * @throws CommandFailure that says how to get a context.
 */
export function selectContext(
  path: string,
  config: ClientConfig | undefined,
  flags: ContextFlags,
  env: Readonly<Record<string, string | undefined>>,
): ClientContext {
  if (config === undefined || config.contexts.length === 0) {
    throw failure(
      `no context in ${path}.\nOn the controller, seawall controller init writes one; from elsewhere, copy that file here (0600) or name another one in SEAWALL_CONFIG.`,
    );
  }
  const name = flags.context ?? env["SEAWALL_CONTEXT"] ?? config.currentContext;
  const names = config.contexts.map((context) => context.name).join(", ");
  if (name === undefined) {
    throw failure(
      `no current context in ${path}.\nRun: seawall config use-context NAME (one of ${names})`,
    );
  }
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    throw failure(`no context "${name}" in ${path}; there are ${names}`);
  }
  const controller = flags.controller ?? env["SEAWALL_CONTROLLER"] ?? context.controller;
  return { ...context, controller };
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
