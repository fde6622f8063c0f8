import type { AgentConfigSources } from "./config.ts";
import { type AgentIdentity, IdentityStore } from "./edge/identity-store.ts";

/** What every agent command gets from the command line. */
export interface CommandOptions extends AgentConfigSources {
  /** Aborted: stop gently. */
  readonly signal: AbortSignal;
}

/** A command ended without doing what it is for; the message says why and what to do. */
export class AgentCommandFailed extends Error {
  override name = "AgentCommandFailed";
  readonly reason: "Refused" | "Unreachable" | "NotJoined" | "AlreadyRunning" | "Failed";

  constructor(reason: AgentCommandFailed["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws AgentCommandFailed when there is none */
export async function joinedIdentity(stateDirectory: string): Promise<AgentIdentity> {
  const stored = await new IdentityStore(stateDirectory).read();
  switch (stored.kind) {
    case "identity":
      return stored.identity;
    case "none":
      throw new AgentCommandFailed(
        "NotJoined",
        "this host has not joined a fleet. Run `seawall agent join` first",
      );
    case "unreadable":
      throw new AgentCommandFailed("NotJoined", stored.message);
  }
}
