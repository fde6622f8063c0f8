/** As given on the command line; they win over environment and file. */
export interface AgentFlags {
  readonly stateDirectory?: string | undefined;
}

export interface AgentOptions {
  readonly flags: AgentFlags;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface JoinOptions extends AgentOptions {
  /** host:port of the join listener. */
  readonly controllerAddress: string;
  readonly token: string;
  readonly host: string;
}

/** What the CLI needs of @seawall/agent. */
export interface AgentModule {
  readonly join: (options: JoinOptions) => Promise<void>;
  /** Resolves when `signal` has ended it. */
  readonly run: (options: AgentOptions) => Promise<void>;
  /** Resolves when its rules are gone and that was read back. */
  readonly uninstall: (options: AgentOptions) => Promise<void>;
}

/** Loaded late: clients and the controller do without it. */
export function loadAgent(): Promise<AgentModule> {
  return import("@seawall/agent");
}
