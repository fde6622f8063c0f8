import type * as Agent from "@seawall/agent";
import { CommandFailure, exitCodes } from "./exit-code.ts";

/**
 * Runs a command of the agent, loaded late: clients and the controller do without it.
 * @throws CommandFailure for what the agent says in words.
 */
export async function withAgent(use: (agent: typeof Agent) => Promise<void>): Promise<void> {
  const agent = await import("@seawall/agent");
  try {
    await use(agent);
  } catch (error) {
    if (error instanceof agent.AgentConfigError) {
      throw new CommandFailure(exitCodes.error, `Error: ${error.message}`);
    }
    if (!(error instanceof agent.AgentCommandFailed)) throw error;
    throw new CommandFailure(
      error.reason === "Unreachable" ? exitCodes.unreachable : exitCodes.error,
      `Error (${error.reason}): ${error.message}`,
    );
  }
}
