import { setTimeout } from "node:timers/promises";
import type { Connection } from "./connection.ts";
import { humanDuration } from "./duration.ts";
import { CommandFailure, type ExitCode, exitCodes } from "./exit-code.ts";
import type { Target } from "./kind.ts";
import type { Session } from "./session.ts";
import type { WaitCondition } from "./wait-condition.ts";
import { type Look, lookAt } from "./wait-look.ts";

export interface Wanted {
  readonly target: Target;
  readonly selector: string;
  readonly for: WaitCondition;
  /** In milliseconds. */
  readonly timeout: number;
}

/** How the wait ended, and for which objects, by `prefix/name`. */
export interface Waited {
  readonly exitCode: ExitCode;
  readonly names: readonly string[];
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Looks again and again, and says on stderr what is new, until it is so (yes), cannot be any more (no), or time is up. */
export async function waitUntil(
  wanted: Wanted,
  connection: Connection,
  session: Session,
): Promise<Waited> {
  const begin = session.terminal.now();
  const shown = new Map<string, string>();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const waited = session.terminal.now() - begin;
    const look = await tolerant(
      () => lookAt(wanted.target, wanted.selector, wanted.for, connection, waited),
      shown,
      session,
    );
    const names = [...(look?.lines.keys() ?? [])];
    for (const [name, line] of look?.lines ?? []) {
      if (shown.get(name) !== line) session.say(`${name} ${line}`);
      shown.set(name, line);
    }
    if (look?.verdict === "met") return { exitCode: exitCodes.yes, names };
    if (look?.verdict === "failed") return { exitCode: exitCodes.no, names };
    if (waited + pause > wanted.timeout) {
      const rest = [...shown].map(([name, line]) => `  ${name} ${line}`);
      session.say(`Error: not there after ${humanDuration(wanted.timeout)}:\n${rest.join("\n")}`);
      return { exitCode: exitCodes.timeout, names: [...shown.keys()] };
    }
    await pauseFor(pause, session);
  }
}

/** A controller that goes away after it was seen once is waited for too. */
async function tolerant(
  look: () => Promise<Look>,
  shown: ReadonlyMap<string, string>,
  session: Session,
): Promise<Look | undefined> {
  try {
    return await look();
  } catch (error) {
    const away = error instanceof CommandFailure && error.exitCode === exitCodes.unreachable;
    if (!away || shown.size === 0) throw error;
    session.say("The controller is not reachable; trying again.");
    return undefined;
  }
}

async function pauseFor(milliseconds: number, session: Session): Promise<void> {
  const { interrupted } = session.terminal;
  await setTimeout(milliseconds, undefined, { signal: interrupted }).catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
    throw new CommandFailure(exitCodes.interrupted, "Interrupted. The change itself goes on.");
  });
}
