/** As given on the command line; they win over environment and file. */
export interface ControllerFlags {
  readonly stateDirectory?: string | undefined;
  readonly advertise?: readonly string[] | undefined;
  readonly listenAddress?: string | undefined;
  readonly grpcPort?: number | undefined;
  readonly joinPort?: number | undefined;
  readonly natsPort?: number | undefined;
  readonly natsServer?: string | undefined;
  readonly natsUrl?: string | undefined;
}

export interface ControllerOptions {
  readonly flags: ControllerFlags;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What the CLI needs of @seawall/controller. */
export interface ControllerModule {
  /** Makes the keys of a new fleet; answers with how its first admin reaches it. */
  readonly init: (options: ControllerOptions) => Promise<{
    /** host:port */
    readonly controllerAddress: string;
    readonly caPem: string;
    readonly certPem: string;
    readonly keyPem: string;
  }>;
  /** Resolves when `signal` has ended it. */
  readonly run: (options: ControllerOptions & { readonly signal: AbortSignal }) => Promise<void>;
}

/** Loaded late: clients and agents do without it. */
export function loadController(): Promise<ControllerModule> {
  return import("@seawall/controller");
}
