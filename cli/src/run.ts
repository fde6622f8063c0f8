import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CommandFailure, type ExitCode, exitCodes } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command line, without the name of the program.
 * @returns what the shell is told. Nothing is thrown, whatever happens.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const session = new Session(terminal);
  const program = createProgram(session);
  forAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => {
        terminal.stdout.write(text);
      },
      writeErr: (text) => {
        terminal.stderr.write(text);
      },
    });
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return session.exitCode;
  } catch (error) {
    return failed(error, session);
  }
}

function failed(error: unknown, session: Session): ExitCode {
  if (error instanceof CommanderError) {
    // It has printed itself; 0 is --help and --version.
    return error.exitCode === 0 ? exitCodes.yes : exitCodes.error;
  }
  if (error instanceof CommandFailure) {
    session.say(error.message);
    return error.exitCode;
  }
  if (session.terminal.interrupted.aborted) {
    session.say("Interrupted.");
    return exitCodes.interrupted;
  }
  if (error instanceof Error && "syscall" in error) {
    // A file or socket that the machine refuses; the message names it.
    session.say(`Error: ${error.message}`);
    return exitCodes.error;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  session.say(`Error: this is a bug in seawall, please report it.\n${text}`);
  return exitCodes.error;
}

function forAll(command: CommandUnknownOpts, act: (command: CommandUnknownOpts) => void): void {
  act(command);
  for (const child of command.commands) forAll(child, act);
}
