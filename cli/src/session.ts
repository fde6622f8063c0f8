import {
  type ClientContext,
  clientConfigPath,
  loadCredentials,
  readClientConfig,
} from "./client-config.ts";
import type { Connection, Credentials } from "./connection.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { printableLines } from "./printable.ts";
import { type ContextFlags, selectContext } from "./select-context.ts";
import { isUtf8, type Paint, paintFor, type Terminal } from "./terminal.ts";
import type { View } from "./views/column.ts";

export interface Access {
  readonly context: ClientContext;
  readonly identity: Credentials;
}

/** One invocation of `seawall`: where it prints, whom it talks to, and how it ends. */
export class Session {
  readonly terminal: Terminal;
  readonly paint: Paint;
  /** Flags given before the verb. */
  globalFlags: ContextFlags = {};
  exitCode: ExitCode = exitCodes.yes;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    this.paint = paintFor(terminal.stdout, terminal.env);
  }

  /** Data, to stdout. */
  print(text: string): void {
    if (text !== "") this.terminal.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Words, to stderr. */
  say(text: string): void {
    this.terminal.stderr.write(`${printableLines(text)}\n`);
  }

  view(wide = false): View {
    return {
      now: this.terminal.now(),
      wide,
      utf8: isUtf8(this.terminal.env),
      paint: this.paint,
    };
  }

  get configPath(): string {
    return clientConfigPath(this.terminal.env, this.terminal.homeDirectory);
  }

  /** The controller that flags, environment or file name, and as whom it is called. */
  async access(flags: ContextFlags): Promise<Access> {
    const path = this.configPath;
    const config = await readClientConfig(path);
    const context = selectContext(
      path,
      config,
      { ...this.globalFlags, ...flags },
      this.terminal.env,
    );
    return { context, identity: await loadCredentials(path, context) };
  }

  /** Runs `use` with a connection to the controller that flags, environment or file name. */
  async withConnection<Result>(
    flags: ContextFlags,
    use: (connection: Connection) => Promise<Result>,
    deadlineMs?: number,
  ): Promise<Result> {
    const { context, identity } = await this.access(flags);
    // Loaded late: help, completion and validate do without gRPC and start faster.
    const { Connection } = await import("./connection.ts");
    const connection = new Connection(
      { context: context.name, address: context.controller },
      identity,
      this.terminal.interrupted,
      deadlineMs,
    );
    try {
      return await use(connection);
    } finally {
      connection.close();
    }
  }
}
