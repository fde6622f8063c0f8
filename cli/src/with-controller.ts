import type * as Controller from "@seawall/controller";
import { CommandFailure, exitCodes } from "./exit-code.ts";

/**
 * Runs a command of the controller, loaded late: clients and agents do without it.
 * @throws CommandFailure for what the controller says in words.
 */
export async function withController<Result>(
  use: (controller: typeof Controller) => Promise<Result>,
): Promise<Result> {
  const controller = await import("@seawall/controller");
  try {
    return await use(controller);
  } catch (error) {
    const { AlreadyInitialised, CannotStart, ConfigError } = controller;
    const isInWords =
      error instanceof AlreadyInitialised ||
      error instanceof CannotStart ||
      error instanceof ConfigError;
    if (!isInWords) throw error;
    throw new CommandFailure(exitCodes.error, `Error: ${error.message}`);
  }
}
